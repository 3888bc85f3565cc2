import type { Alert, AlertChange, AlertType, Untrusted } from '../../../notifiers/index.js';

const text = (untrusted: string | null): Untrusted => ({ untrusted });

export const walletChange: AlertChange = {
  severity: 'critical',
  collection: 'wallet_routes',
  kind: 'wallet-route',
  headline: 'wallet route changed',
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

export const adminAdded: AlertChange = {
  severity: 'critical',
  collection: 'admin_users',
  kind: 'admin',
  headline: 'administrator added',
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

export const terminalAdded: AlertChange = {
  severity: 'high',
  collection: 'terminals',
  kind: 'terminal',
  headline: 'terminal added',
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

const base = {
  id: '01994f2e-7f3a-7c11-9d53-a1c0ffee0001',
  site: 'prague-1',
  facts: [
    { label: 'Who', text: 'unknown' },
    { label: 'Other records touched', text: 'none since the last signed baseline' },
  ],
  changes: [],
  changesLeftOut: 0,
  observedAtMs: Date.UTC(2026, 10, 24, 2, 13, 7),
  timeZone: 'Europe/Prague',
  head: { baselineVersion: 12, journal: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
} satisfies Partial<Alert>;

const show = [
  { text: 'See every change with its old and new value:', command: 'tillwarden show 7f3a' },
  {
    text: 'If nobody of you made this change, stop the ATM server’s admin and master services and deactivate the two-way terminals.',
  },
  {
    text: 'If it was intended, look at it on your own machine and sign it:',
    command: 'tillwarden approve prague-1',
  },
];

/** One realistic alert of each type. */
export const sampleAlerts: ReadonlyMap<AlertType, Alert> = new Map<AlertType, Alert>([
  [
    'drift',
    {
      ...base,
      type: 'drift',
      standing: 'page',
      severity: 'critical',
      incident: '7f3a',
      state: 'open',
      dedupKey: '7f3a-1',
      title: '1 wallet route now pays elsewhere, 1 administrator added',
      consequence:
        'Coins that customers send may reach an address nobody signed. It was still so when this was sent.',
      changes: [walletChange, adminAdded, terminalAdded, configChange],
      nextSteps: show,
    },
  ],
  [
    'back-to-baseline',
    {
      ...base,
      type: 'back-to-baseline',
      standing: 'follow-up',
      severity: 'info',
      incident: '7f3a',
      state: 'open',
      dedupKey: '7f3a-1',
      title: '1 wallet route is back to what was signed',
      consequence:
        'The address people signed is in place again. Find out who changed it before you close the incident.',
      changes: [{ ...walletChange, severity: 'info', headline: 'wallet route is as signed again' }],
      nextSteps: [{ text: 'See how long it was different:', command: 'tillwarden show 7f3a' }],
    },
  ],
  [
    'unknown',
    {
      ...base,
      type: 'unknown',
      standing: 'page',
      severity: 'critical',
      incident: '81c0',
      state: 'open',
      dedupKey: '81c0-1',
      title: 'wallet_routes could not be read',
      consequence:
        'A change of a wallet route would go unseen. Treat it as changed until it can be read again.',
      facts: [
        ...base.facts,
        { label: 'The database said', quoted: text('permission denied for table crypto_setting') },
      ],
      nextSteps: [{ text: 'See what was tried and since when:', command: 'tillwarden show 81c0' }],
    },
  ],
  [
    'readable-again',
    {
      ...base,
      type: 'readable-again',
      standing: 'follow-up',
      severity: 'info',
      incident: '81c0',
      state: 'open',
      dedupKey: '81c0-1',
      title: 'wallet_routes can be read again',
      consequence: 'It is the same as what people signed.',
      nextSteps: [{ text: 'See the incident:', command: 'tillwarden show 81c0' }],
    },
  ],
  [
    'blind',
    {
      ...base,
      type: 'blind',
      standing: 'page',
      severity: 'high',
      incident: '90aa',
      state: 'open',
      dedupKey: '90aa-1',
      title: 'notifications of source cas are not heard',
      consequence: 'Changes are still found by reading every 30 seconds, no longer at once.',
      nextSteps: [{ text: 'See why:', command: 'tillwarden show 90aa' }],
    },
  ],
  [
    'sight-restored',
    {
      ...base,
      type: 'sight-restored',
      standing: 'follow-up',
      severity: 'info',
      incident: '90aa',
      state: 'open',
      dedupKey: '90aa-1',
      title: 'notifications of source cas are heard again',
      consequence: 'Everything was read anew and is the same as what people signed.',
      nextSteps: [],
    },
  ],
  [
    'baseline-installed',
    {
      ...base,
      type: 'baseline-installed',
      standing: 'notice',
      severity: 'high',
      incident: null,
      state: null,
      dedupKey: null,
      title: 'baseline 13 takes effect, signed by alice and bob',
      consequence:
        'From here on 1 more terminal counts as approved. If you did not expect this, ask the signers now.',
      facts: [
        { label: 'Signed by', text: 'alice, bob' },
        { label: 'Reason', quoted: text('new machine at Anděl') },
      ],
      changes: [{ ...terminalAdded, headline: 'terminal added to the baseline' }],
      nextSteps: [{ text: 'Check the signatures yourself:', command: 'tillwarden verify' }],
      head: { ...base.head, baselineVersion: 13 },
    },
  ],
  [
    'baseline-refused',
    {
      ...base,
      type: 'baseline-refused',
      standing: 'page',
      severity: 'critical',
      incident: 'a001',
      state: 'open',
      dedupKey: 'a001-1',
      title: 'a baseline was refused: two statements claim version 13',
      consequence: 'Somebody signed two different states as one version. Baseline 12 stays in force.',
      facts: [
        { label: 'File', text: 'prague-1/000013.json' },
        { label: 'Code', text: 'BASELINE_EQUIVOCATION' },
      ],
      nextSteps: [{ text: 'Compare the two files and ask their signers:', command: 'tillwarden verify' }],
    },
  ],
  [
    'baseline-missing',
    {
      ...base,
      type: 'baseline-missing',
      standing: 'page',
      severity: 'critical',
      incident: 'a002',
      state: 'open',
      dedupKey: 'a002-1',
      title: 'the baseline in force is gone from the directory',
      consequence: 'The remembered baseline 12 stays the yardstick. Nothing is approved by this.',
      nextSteps: [{ text: 'Restore the directory from your own copy, then:', command: 'tillwarden verify' }],
    },
  ],
  [
    'trust-changed',
    {
      ...base,
      type: 'trust-changed',
      standing: 'notice',
      severity: 'high',
      incident: null,
      state: null,
      dedupKey: null,
      title: 'trust root 2 takes effect',
      consequence: 'One more person may approve administrators and wallet routes.',
      facts: [{ label: 'Added', text: 'carol (roles: owner)' }],
      nextSteps: [{ text: 'See who may approve what:', command: 'tillwarden status' }],
    },
  ],
  [
    'proposal-waits',
    {
      ...base,
      type: 'proposal-waits',
      standing: 'notice',
      severity: 'medium',
      incident: null,
      state: null,
      dedupKey: null,
      title: 'baseline 8 is proposed, signed by alice, and waits for others',
      consequence: 'Nothing has changed yet. Look at what it would change before you sign, or withdraw it.',
      facts: [{ label: 'Signed by', text: 'alice' }],
      nextSteps: [
        { text: 'Look at it, and sign it if it is right:', command: 'tillwarden approve prague-1' },
      ],
    },
  ],
  [
    'proposal-ended',
    {
      ...base,
      type: 'proposal-ended',
      standing: 'notice',
      severity: 'medium',
      incident: null,
      state: null,
      dedupKey: null,
      title: 'the proposal of baseline 8 expired before enough people had signed it',
      consequence: 'Nothing of it has taken effect. What it would have signed is still drift.',
      nextSteps: [{ text: 'Propose it anew:', command: 'tillwarden approve prague-1' }],
    },
  ],
  [
    'changes-rejected',
    {
      ...base,
      type: 'changes-rejected',
      standing: 'follow-up',
      severity: 'critical',
      incident: '7f3a',
      state: 'open',
      dedupKey: '7f3a-1',
      title: 'alice calls 1 change hostile',
      consequence: 'A person has looked at it, and it is not what should be there. Act on it now.',
      facts: [{ label: 'Rejected by', text: 'alice' }],
      changes: [walletChange],
      nextSteps: show,
    },
  ],
  [
    'config-changed',
    {
      ...base,
      type: 'config-changed',
      standing: 'notice',
      severity: 'high',
      incident: null,
      state: null,
      dedupKey: null,
      title: 'the configuration changed',
      consequence: 'This is told over the old channels first. From here on the new configuration is used.',
      facts: [{ label: 'Changed', text: 'notifiers.1.to, sites.0.sources.0.collections.2' }],
      nextSteps: [{ text: 'See what is in force:', command: 'tillwarden status' }],
    },
  ],
  [
    'state-restored',
    {
      ...base,
      type: 'state-restored',
      standing: 'notice',
      severity: 'high',
      incident: null,
      state: null,
      dedupKey: null,
      title: 'the state of tillwarden was restored from a backup',
      consequence: 'What was decided after the backup is forgotten here.',
      facts: [{ label: 'Journal head replaced', text: 'ab'.repeat(32) }],
      nextSteps: [{ text: 'See what is in force:', command: 'tillwarden status' }],
    },
  ],
  [
    'state-empty',
    {
      ...base,
      type: 'state-empty',
      standing: 'notice',
      severity: 'high',
      incident: null,
      state: null,
      dedupKey: null,
      title: 'the state store is empty: the memory of the highest baseline version is lost',
      consequence: 'Whatever is on disk now counts as the newest.',
      facts: [{ label: 'Begins with', text: 'baseline 7 of prague-1' }],
      nextSteps: [{ text: 'Check the signed files:', command: 'tillwarden verify' }],
    },
  ],
  [
    'test',
    {
      ...base,
      type: 'test',
      standing: 'notice',
      severity: 'info',
      incident: null,
      state: null,
      dedupKey: null,
      title: 'this is a test, nothing happened',
      consequence: 'If you can read this, alerts reach you here.',
      facts: [],
      nextSteps: [],
      head: { baselineVersion: null, journal: '0'.repeat(64) },
    },
  ],
]);

/** The drift sample, which has something of everything. */
export function driftAlert(overrides: Partial<Alert> = {}): Alert {
  const alert = sampleAlerts.get('drift');
  if (alert === undefined) throw new Error('there is no drift sample');
  return { ...alert, ...overrides };
}
