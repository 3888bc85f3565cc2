import type { Alert, AlertChange, Untrusted } from '../alert.js';

/** A value of the watched system as it was read. */
export const foreign = (untrusted: string | null): Untrusted => ({ untrusted });

/** Coins that were diverted. */
export const walletChange: AlertChange = {
  severity: 'critical',
  collection: 'wallet_routes',
  kind: 'wallet-route',
  headline: 'wallet route now pays elsewhere',
  key: [{ name: 'id', value: foreign('3') }],
  fields: [
    {
      name: 'sell_wallet_address',
      before: foreign('bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq'),
      after: foreign('bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440'),
    },
  ],
  fieldsLeftOut: 0,
};

/** Code of the watched database. */
export const functionChange: AlertChange = {
  severity: 'critical',
  collection: 'sensor_cas',
  kind: 'sensor',
  headline: 'database object was changed',
  key: [
    { name: 'object', value: foreign('function') },
    { name: 'identity', value: foreign('public.round_amount(numeric)') },
  ],
  fields: [
    {
      name: 'definition/source',
      before: foreign('begin return round($1, 2); end'),
      after: foreign('begin return round($1, 4); end'),
    },
  ],
  fieldsLeftOut: 0,
};

/** With a password that is only a fingerprint. */
export const adminAdded: AlertChange = {
  severity: 'critical',
  collection: 'admin_users',
  kind: 'admin',
  headline: 'new administrator',
  key: [{ name: 'username', value: foreign('gb') }],
  fields: [
    { name: 'role', before: null, after: foreign('superuser') },
    { name: 'enabled', before: null, after: foreign('true') },
    {
      name: 'password',
      before: null,
      after: { untrusted: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', form: 'hmac' },
    },
  ],
  fieldsLeftOut: 0,
};

/** With a name in another script, and a field that is null. */
export const terminalAdded: AlertChange = {
  severity: 'high',
  collection: 'terminals',
  kind: 'terminal',
  headline: 'new terminal',
  key: [{ name: 'serial_number', value: foreign('BT123456') }],
  fields: [
    { name: 'name', before: null, after: foreign('Касса 7') },
    { name: 'active', before: null, after: foreign('true') },
    { name: 'deleted_at', before: null, after: foreign(null) },
  ],
  fieldsLeftOut: 0,
};

/** With paths into a document, values too large to show, and fields left out. */
export const configChange: AlertChange = {
  severity: 'medium',
  collection: 'settings',
  kind: 'config',
  headline: 'setting changed',
  key: [
    { name: 'scope', value: foreign('global') },
    { name: 'name', value: foreign('commissions') },
  ],
  fields: [
    {
      name: 'data',
      path: foreign('wallets_BTC_zeroConfLimit'),
      before: foreign('0'),
      after: foreign('10000'),
    },
    {
      name: 'data',
      path: foreign('wallets_USDT_TRON_wallet'),
      before: null,
      after: foreign('http://10.0.0.7:8332'),
    },
    {
      name: 'logo',
      before: { untrusted: 'a'.repeat(64), form: 'digest', bytes: 1_048_577 },
      after: { untrusted: 'b'.repeat(64), form: 'digest', bytes: 1_048_577 },
    },
  ],
  fieldsLeftOut: 2,
};

/** With a value that is masked. */
export const contactChange: AlertChange = {
  severity: 'high',
  collection: 'persons',
  kind: 'contact',
  headline: 'contact changed',
  key: [{ name: 'id', value: foreign('12') }],
  fields: [
    {
      name: 'email',
      before: { untrusted: 'j', form: 'masked', masked: { end: '@example.org', characters: 16 } },
      after: { untrusted: 'j', form: 'masked', masked: { end: '@example.net', characters: 16 } },
      notes: [{ note: 'masked', differ: true }],
    },
  ],
  fieldsLeftOut: 0,
};

/** A thief can make an address whose ends are those of the approved one. */
export const lookalikeChange: AlertChange = {
  ...walletChange,
  key: [{ name: 'id', value: foreign('5') }],
  about: [{ name: 'crypto_currency', value: foreign('LTC') }],
  fields: [
    {
      name: 'sell_wallet_address',
      before: foreign('ltc1qg9stkxrszkdqsuj92lm4c7akvk36zvhqw7p6ck'),
      after: foreign('ltc1qg9x0cm2qkp7vda3nhe8wztl64sjyf5d0w7p6ck'),
      notes: [{ note: 'same-ends', first: 7, last: 6 }],
    },
  ],
};

/** Hex SHA-256 of something. */
export const DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
/** The first thing to do when money may be flowing. */
export const STOP =
  'If none of you did this: stop the admin and master services, and deactivate the terminals, now.';

const base = {
  id: '01994f2e-7f3a-7c11-9d53-a1c0ffee0001',
  site: 'prague-1',
  facts: [],
  changes: [],
  changesLeftOut: 0,
  nextSteps: [],
  observedAtMs: Date.UTC(2026, 10, 24, 2, 13, 7),
  timeZone: 'Europe/Prague',
  head: { baselineVersion: 12, journal: DIGEST },
} satisfies Partial<Alert>;

type Frame = Omit<Alert, 'type' | 'title' | 'consequence'>;
/** Members that every alert has which wakes somebody about an incident. */
export const page = (incident: string, pages = 1): Frame => ({
  ...base,
  role: 'page',
  state: 'open',
  severity: 'critical',
  incident,
  dedupKey: `${incident}-${pages}`,
});
/** The same for what comes after the page. */
export const followUp = (incident: string): Frame => ({ ...page(incident), role: 'follow-up' });
/** The same for what is about no incident. */
export const notice: Frame = {
  ...base,
  role: 'notice',
  state: null,
  severity: 'high',
  incident: null,
  dedupKey: null,
};

/** Steps to take next. */
export const showStep = (incident: string) => ({
  text: 'See everything about it:',
  command: `tillwarden show ${incident}`,
});
export const CHECK = { text: 'Look for yourself:', command: 'tillwarden check prague-1' };
export const VERIFY = { text: 'Check the files offline:', command: 'tillwarden verify prague-1' };
