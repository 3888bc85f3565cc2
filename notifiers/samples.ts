import type { Alert, AlertChange, AlertType, Untrusted } from './alert.js';

const text = (untrusted: string | null): Untrusted => ({ untrusted });

const walletChange: AlertChange = {
  severity: 'critical',
  collection: 'wallet_routes',
  kind: 'wallet-route',
  headline: 'wallet route now pays elsewhere',
  key: [{ name: 'id', value: text('3') }],
  fields: [
    {
      name: 'sell_wallet_address',
      before: text('bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq'),
      after: text('bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440'),
    },
  ],
  fieldsLeftOut: 0,
};

const adminAdded: AlertChange = {
  severity: 'critical',
  collection: 'admin_users',
  kind: 'admin',
  headline: 'new administrator',
  key: [{ name: 'username', value: text('gb') }],
  fields: [
    { name: 'role', before: null, after: text('superuser') },
    { name: 'enabled', before: null, after: text('true') },
    {
      name: 'password',
      before: null,
      after: { untrusted: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', form: 'hmac' },
    },
  ],
  fieldsLeftOut: 0,
};

const terminalAdded: AlertChange = {
  severity: 'high',
  collection: 'terminals',
  kind: 'terminal',
  headline: 'new terminal',
  key: [{ name: 'serial_number', value: text('BT123456') }],
  fields: [
    { name: 'name', before: null, after: text('Касса 7') },
    { name: 'active', before: null, after: text('true') },
    { name: 'deleted_at', before: null, after: text(null) },
  ],
  fieldsLeftOut: 0,
};

const configChange: AlertChange = {
  severity: 'medium',
  collection: 'settings',
  kind: 'config',
  headline: 'setting changed',
  key: [
    { name: 'scope', value: text('global') },
    { name: 'name', value: text('commissions') },
  ],
  fields: [
    {
      name: 'data',
      path: text('wallets_BTC_zeroConfLimit'),
      before: text('0'),
      after: text('10000'),
    },
    {
      name: 'data',
      path: text('wallets_USDT_TRON_wallet'),
      before: null,
      after: text('http://10.0.0.7:8332'),
    },
    {
      name: 'logo',
      before: { untrusted: 'a'.repeat(64), form: 'digest', bytes: 1_048_577 },
      after: { untrusted: 'b'.repeat(64), form: 'digest', bytes: 1_048_577 },
    },
  ],
  fieldsLeftOut: 2,
};

const contactChange: AlertChange = {
  severity: 'high',
  collection: 'persons',
  kind: 'contact',
  headline: 'contact changed',
  key: [{ name: 'id', value: text('12') }],
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
const lookalikeChange: AlertChange = {
  ...walletChange,
  key: [{ name: 'id', value: text('5') }],
  about: [{ name: 'crypto_currency', value: text('LTC') }],
  fields: [
    {
      name: 'sell_wallet_address',
      before: text('ltc1qg9stkxrszkdqsuj92lm4c7akvk36zvhqw7p6ck'),
      after: text('ltc1qg9x0cm2qkp7vda3nhe8wztl64sjyf5d0w7p6ck'),
      notes: [{ note: 'same-ends', first: 7, last: 6 }],
    },
  ],
};

const digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const STOP =
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
  head: { baselineVersion: 12, journal: digest },
} satisfies Partial<Alert>;

type Frame = Omit<Alert, 'type' | 'title' | 'consequence'>;
const page = (incident: string, pages = 1): Frame => ({
  ...base,
  standing: 'page',
  state: 'open',
  severity: 'critical',
  incident,
  dedupKey: `${incident}-${pages}`,
});
const followUp = (incident: string): Frame => ({ ...page(incident), standing: 'follow-up' });
const notice: Frame = {
  ...base,
  standing: 'notice',
  state: null,
  severity: 'high',
  incident: null,
  dedupKey: null,
};

const show = (incident: string) => ({
  text: 'See everything about it:',
  command: `tillwarden show ${incident}`,
});
const check = { text: 'Look for yourself:', command: 'tillwarden check prague-1' };
const verify = { text: 'Check the files offline:', command: 'tillwarden verify prague-1' };

const drift: Alert = {
  ...page('7f3a'),
  type: 'drift',
  title: '1 wallet route now pays elsewhere, 1 new administrator, and 3 more',
  consequence:
    'Coins may be going to an address nobody approved, with every transaction, until this is put right.',
  who: { confidence: 'unknown' },
  facts: [
    {
      label: 'Records touched',
      text: '5: 1 in wallet_routes, 1 in admin_users, 1 in terminals, 1 in persons, 1 in settings',
    },
  ],
  changes: [walletChange, adminAdded, terminalAdded, contactChange, configChange],
  nextSteps: [
    { text: STOP },
    show('7f3a'),
    {
      text: 'Put the approved values back and test the crypto settings. Review users and terminals too. Reactivate terminals only then.',
    },
    { text: 'If it is right as it is, sign it:', command: 'tillwarden approve prague-1' },
  ],
};

/**
 * Realistic alerts, made up, of each type in each standing it comes in: what `tillwarden notify preview` renders, what people look at
 * when they lay out a channel, and what its tests send.
 */
export const sampleAlerts: Readonly<Record<AlertType, readonly Alert[]>> = {
  drift: [
    drift,
    {
      ...drift,
      dedupKey: '7f3a-2',
      title: '1 wallet route now pays elsewhere',
      facts: [{ label: 'Also open in this incident', text: '5' }],
      changes: [lookalikeChange],
    },
    {
      ...drift,
      standing: 'follow-up',
      severity: 'high',
      title: '1 new terminal',
      consequence: 'Right now a machine nobody approved can do business with the server.',
      facts: [{ label: 'Also open in this incident', text: '4' }],
      changes: [
        {
          ...terminalAdded,
          key: [{ name: 'serial_number', value: text('ВТ100200') }],
          twinOf: [{ name: 'serial_number', value: text('BT100200') }],
        },
      ],
      nextSteps: [
        { text: STOP },
        show('7f3a'),
        {
          text: 'Delete every terminal you do not recognise, not only this one. Reactivate the others only then.',
        },
        { text: 'If it is right as it is, sign it:', command: 'tillwarden approve prague-1' },
      ],
    },
  ],
  'back-to-baseline': [
    {
      ...followUp('7f3a'),
      type: 'back-to-baseline',
      severity: 'high',
      title: '1 wallet route is back to the baseline after 4 min 12 s of paying elsewhere',
      consequence:
        'For 4 min 12 s coins may have gone to an address nobody approved. Somebody changed it and changed it back, and nobody signed either.',
      who: { confidence: 'unknown' },
      facts: [
        { label: 'Still open in this incident', text: '0' },
        { label: 'Incident', text: 'stays open until people sign a baseline of this site' },
      ],
      changes: [
        {
          ...walletChange,
          headline: 'back to the baseline: wallet route paid elsewhere',
          fields: walletChange.fields.map((one) => ({ ...one, before: one.after, after: one.before })),
        },
      ],
      nextSteps: [
        { text: 'Find out who did it, and look at the transactions of that time.' },
        show('7f3a'),
        {
          text: 'Close it when that is done, by signing anew:',
          command: 'tillwarden approve prague-1 --renew',
        },
      ],
    },
  ],
  unknown: [
    {
      ...page('81c0'),
      type: 'unknown',
      title: 'wallet_routes is unknown: reading was denied',
      consequence:
        'What wallet_routes holds could not be compared with what people signed. Treat it as changed until it can.',
      facts: [{ label: 'Not compared', text: 'wallet_routes: reading was denied (SQLSTATE 42501)' }],
      nextSteps: [
        {
          text: 'If none of you did this: treat it as changed. Stop the admin and master services, and deactivate the terminals.',
        },
        show('81c0'),
        check,
      ],
    },
  ],
  'readable-again': [
    {
      ...followUp('81c0'),
      type: 'readable-again',
      severity: 'low',
      title: 'wallet_routes can be compared again, after 9 min, resolved',
      consequence: 'It is compared with what people signed again. What changed meanwhile is told by itself.',
      facts: [{ label: 'Still open in this incident', text: '0' }],
    },
  ],
  blind: [
    {
      ...page('90aa'),
      type: 'blind',
      severity: 'high',
      title: 'source cas cannot be heard',
      consequence: 'Changes are found by the timed read alone, later than usual, while this lasts.',
      facts: [{ label: 'Found', text: 'no notification of our own came back for 10 s' }],
      nextSteps: [check, show('90aa')],
    },
  ],
  'sight-restored': [
    {
      ...followUp('90aa'),
      type: 'sight-restored',
      severity: 'low',
      title: 'source cas can be heard again, after 3 min 5 s, resolved',
      consequence: 'Changes are noticed at once again, and everything was read anew.',
      facts: [{ label: 'Still open in this incident', text: '0' }],
    },
  ],
  'baseline-installed': [
    {
      ...notice,
      type: 'baseline-installed',
      title: 'baseline 13 is in force, signed by alice and bob: 1 new terminal',
      consequence:
        'From now on the site is compared with what these people signed. If you know of no such approval, act at once.',
      facts: [
        { label: 'Signed by', text: 'alice and bob' },
        { label: 'Digest', text: `sha256:${digest}` },
        { label: 'Follows', text: 'baseline 12' },
      ],
      changes: [terminalAdded],
      nextSteps: [
        { text: 'See what is still open:', command: 'tillwarden check prague-1' },
        { text: 'Check the signatures offline:', command: 'tillwarden verify prague-1' },
      ],
      head: { ...base.head, baselineVersion: 13 },
    },
  ],
  'baseline-refused': [
    {
      ...page('a001'),
      type: 'baseline-refused',
      title: '000013.json: two statements of version 13 with different bytes are signed',
      consequence: 'The baseline remembered from before stays the yardstick; nothing was accepted.',
      facts: [
        {
          label: '000013.json',
          text: 'two statements of version 13 with different bytes are signed (BASELINE_EQUIVOCATION)',
        },
      ],
      nextSteps: [{ text: 'Find out who wrote to the baseline or trust directory.' }, verify, show('a001')],
    },
  ],
  'baseline-missing': [
    {
      ...page('a002'),
      type: 'baseline-missing',
      title: 'the newest baseline is 11, and 12 was in force already',
      consequence: 'The baseline remembered from before stays the yardstick; nothing was accepted.',
      facts: [
        {
          label: 'Files of approval',
          text: 'the newest baseline is 11, and 12 was in force already (BASELINE_ROLLED_BACK)',
        },
      ],
      nextSteps: [{ text: 'Find out who wrote to the baseline or trust directory.' }, verify, show('a002')],
    },
  ],
  'trust-changed': [
    {
      ...notice,
      type: 'trust-changed',
      title: 'trust root 2 is in force, signed by alice and bob',
      consequence:
        'From now on other keys, people or rules decide who may approve a baseline. If you know of no such change, act at once.',
      facts: [
        { label: 'Signed by', text: 'alice and bob' },
        { label: 'Digest', text: `sha256:${digest}` },
        { label: 'Added', text: 'carol' },
      ],
      nextSteps: [{ text: 'Check the signatures offline:', command: 'tillwarden verify' }],
    },
  ],
  'config-changed': [
    {
      ...notice,
      type: 'config-changed',
      title: 'the configuration of tillwarden changed and takes effect',
      consequence:
        'What is watched, how it is ranked or who is told may be different from now on. If you did not expect this, somebody else wrote the file.',
      facts: [
        { label: 'Changed', text: 'rules is another' },
        { label: 'Changed', text: 'channel oncall is set otherwise' },
      ],
      nextSteps: [{ text: 'See what is in force:', command: 'tillwarden status' }],
    },
    {
      ...page('c0f1'),
      type: 'config-changed',
      severity: 'high',
      title: 'the configuration on disk cannot be used',
      consequence: 'The configuration in force before stays in force.',
      facts: [{ label: 'Found', text: '2 problems; "tillwarden check" names each with its line' }],
      nextSteps: [{ text: 'Repair the configuration file; it is read again by itself.' }, show('c0f1')],
    },
  ],
  acknowledged: [
    {
      ...followUp('7f3a'),
      type: 'acknowledged',
      state: 'acknowledged',
      severity: 'info',
      title: 'acknowledged by alice',
      consequence: 'Somebody answers for what was there when they looked. Whatever is new is told anew.',
      facts: [
        {
          label: 'Acknowledged by',
          text: 'alice, until Tue 2026-11-24 04:14:00 Europe/Prague (2026-11-24 03:14:00 UTC)',
        },
        { label: 'Reason', quoted: text('calling the data centre') },
      ],
      nextSteps: [show('7f3a')],
    },
  ],
  'acknowledgement-expired': [
    {
      ...page('7f3a', 2),
      type: 'acknowledgement-expired',
      title: 'still so after 1 h, and nobody answers for it any more: 1 wallet route now pays elsewhere',
      consequence:
        'Coins may be going to an address nobody approved, with every transaction, until this is put right.',
      who: { confidence: 'unknown' },
      changes: [walletChange],
      nextSteps: [{ text: STOP }, show('7f3a')],
    },
  ],
  resolved: [
    {
      ...followUp('7f3a'),
      type: 'resolved',
      state: 'resolved',
      severity: 'info',
      title: 'resolved: people signed what had changed',
      consequence: 'Nothing of it is open any more.',
      facts: [{ label: 'Still open in this incident', text: '0' }],
    },
  ],
  'proposal-waits': [
    {
      ...notice,
      type: 'proposal-waits',
      severity: 'medium',
      title: 'baseline 8 is proposed, signed by alice, and waits for others',
      consequence: 'Nothing has changed yet. Look at what it would change before you sign, or withdraw it.',
      facts: [{ label: 'Signed by', text: 'alice' }],
      nextSteps: [
        { text: 'Look at it, and sign it if it is right:', command: 'tillwarden approve prague-1' },
      ],
    },
  ],
  'proposal-ended': [
    {
      ...notice,
      type: 'proposal-ended',
      severity: 'medium',
      title: 'the proposal of baseline 8 expired before enough people had signed it',
      consequence: 'Nothing of it has taken effect. What it would have signed is still drift.',
      nextSteps: [{ text: 'Propose it anew:', command: 'tillwarden approve prague-1' }],
    },
  ],
  'changes-rejected': [
    {
      ...notice,
      type: 'changes-rejected',
      severity: 'critical',
      title: 'alice calls 1 change of incident 7f3a hostile',
      consequence: 'A person has looked at it, and it is not what should be there. Act on it now.',
      facts: [{ label: 'Rejected by', text: 'alice' }],
      changes: [walletChange],
      nextSteps: [{ text: STOP }, show('7f3a')],
    },
  ],
  'excuse-installed': [
    {
      ...notice,
      type: 'excuse-installed',
      title: 'alice and bob signed: expected until 2026-11-25 02:00 UTC: 1 new terminal',
      consequence: 'What is exactly so wakes nobody. If you know of no such thing, act at once.',
      facts: [
        { label: 'Signed by', text: 'alice and bob' },
        { label: 'Reason', quoted: text('new machine at Anděl, ticket 4711') },
      ],
      changes: [terminalAdded],
      nextSteps: [{ text: 'See all of them:', command: 'tillwarden expect prague-1 --list' }],
    },
  ],
  'expected-change': [
    {
      ...notice,
      type: 'expected-change',
      severity: 'info',
      title: 'as expected: 1 new terminal',
      consequence:
        'It is exactly what people signed in advance. Until it is in a baseline it stays a difference, and is told as one when its time is over.',
      facts: [{ label: 'Expected by', text: 'alice and bob' }],
      changes: [terminalAdded],
      nextSteps: [{ text: 'Sign it:', command: 'tillwarden approve prague-1' }],
    },
  ],
  'excuse-ended': [
    {
      ...notice,
      type: 'excuse-ended',
      severity: 'low',
      title: 'expected and not there: 1 new terminal',
      consequence: 'Its time is over: if it happens from now on it is told like any other change.',
      facts: [{ label: 'Expected by', text: 'alice and bob' }],
      changes: [terminalAdded],
      nextSteps: [check],
    },
  ],
  'state-restored': [
    {
      ...notice,
      type: 'state-restored',
      title: 'the state of tillwarden was restored from a backup',
      consequence: 'What was decided after the backup is forgotten here.',
      facts: [{ label: 'Journal head replaced', text: digest }],
      nextSteps: [{ text: 'See what is in force:', command: 'tillwarden status' }],
    },
  ],
  'state-empty': [
    {
      ...notice,
      type: 'state-empty',
      title: 'the state store is empty: the memory of the highest baseline version is lost',
      consequence: 'Whatever is on disk now counts as the newest.',
      facts: [{ label: 'Begins with', text: 'baseline 7 of prague-1' }],
      nextSteps: [verify],
    },
  ],
  digest: [
    {
      ...notice,
      type: 'digest',
      severity: 'info',
      title: 'daily digest: nothing is open',
      consequence: 'This message comes every day. When it does not, somebody should find out why.',
      facts: [
        { label: 'prague-1', text: 'baseline 12, all is as signed' },
        { label: 'Read and heard', text: '2,880 reads and 14 notifications since the last digest' },
      ],
      nextSteps: [{ text: 'See more:', command: 'tillwarden status' }],
    },
  ],
  'clock-jumped': [
    {
      ...notice,
      type: 'clock-jumped',
      title: 'the clock of this machine was set back by 1 h',
      consequence: 'Times in alerts before and after do not fit together.',
      nextSteps: [{ text: 'Find out who or what set the clock.' }],
    },
  ],
  'not-recording': [
    {
      ...notice,
      type: 'not-recording',
      severity: 'critical',
      title: 'the disk of the state store is full: nothing can be recorded',
      consequence: 'Changes are still looked for, but nothing is recorded.',
      facts: [{ label: 'Code', text: 'STORE_FULL' }],
      nextSteps: [{ text: 'Free the disk of the state directory, then:', command: 'tillwarden status' }],
    },
  ],
  'recording-again': [
    {
      ...notice,
      type: 'recording-again',
      severity: 'low',
      title: 'the state store can be written again after 12 min',
      consequence: 'What is so now is recorded and told.',
      nextSteps: [check],
    },
  ],
  test: [
    {
      ...notice,
      type: 'test',
      severity: 'info',
      title: 'this is a test of this channel',
      consequence:
        'Nothing has happened. Somebody ran "tillwarden notify test" to see whether messages arrive here.',
      facts: [{ label: 'Sent from', quoted: text('monitor-1') }],
      head: { baselineVersion: null, journal: '0'.repeat(64) },
    },
  ],
};
