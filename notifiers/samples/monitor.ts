import type { Alert, AlertType } from '../alert.js';
import { CHECK, DIGEST, foreign, notice, page, showStep, VERIFY } from './parts.js';

/** Alerts of tillwarden about itself. */
export const monitorSamples = {
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
      nextSteps: [{ text: 'Repair the configuration file; it is read again by itself.' }, showStep('c0f1')],
    },
  ],
  'state-restored': [
    {
      ...notice,
      type: 'state-restored',
      title: 'the state of tillwarden was restored from a backup',
      consequence: 'What was decided after the backup is forgotten here.',
      facts: [{ label: 'Journal head replaced', text: DIGEST }],
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
      nextSteps: [VERIFY],
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
  'address-changed': [
    {
      ...notice,
      type: 'address-changed',
      severity: 'medium',
      title: 'the e-mail address kept for you was changed',
      consequence:
        'You get this at the address that was there before. If you know of the change, there is nothing to do. If not, whoever reads the new mailbox may reset passwords in your name.',
      facts: [],
      nextSteps: [
        {
          text: 'If you did not ask for this: call the operator of the machines now, on a number that you knew before. Do not answer this message, and believe no number that came with another one.',
        },
      ],
    },
  ],
  touched: [
    {
      ...notice,
      type: 'touched',
      severity: 'high',
      title: '2 wallet routes were written and stand as before',
      consequence:
        'The database said that a watched value changed, and the read after it found all as it was: somebody may have changed it and changed it back in between. Coins may have gone elsewhere for that time.',
      facts: [
        { label: 'Collection', text: 'wallet_routes' },
        { label: 'id', quoted: { untrusted: '1' } },
        { label: 'id', quoted: { untrusted: '2' } },
      ],
      nextSteps: [
        { text: 'Find out who wrote there just now, and look at the transactions of that time.' },
        CHECK,
      ],
    },
  ],
  transient: [
    {
      ...notice,
      type: 'transient',
      severity: 'critical',
      title: '1 wallet route changed and changed again between two reads',
      consequence:
        'The change log has values that stand no more, and that nobody signed. Coins may have gone elsewhere for that time.',
      who: {
        confidence: 'observed',
        who: { untrusted: 'cas_app' },
        actingAs: { untrusted: 'cas' },
        address: { untrusted: '203.0.113.9' },
        from: 'the session that wrote it at 2026-11-24 02:13:07 UTC, by tillwarden_log.change',
        claimed: [
          { label: 'user', value: { untrusted: 'bob\u202e' } },
          { label: 'application', value: { untrusted: 'psql' } },
        ],
        beside: {
          confidence: 'inferred',
          who: null,
          from: 'nobody was active within 1 min by public.users',
        },
      },
      facts: [{ label: 'Collection', text: 'wallet_routes' }],
      changes: [
        {
          severity: 'critical',
          collection: 'wallet_routes',
          kind: 'wallet-route',
          headline: 'wallet route: for 40 ms, and not any more',
          key: [{ name: 'id', value: { untrusted: '1' } }],
          fields: [
            {
              name: 'sell_wallet_address',
              before: { untrusted: 'bc1qours' },
              after: { untrusted: 'bc1qthief' },
            },
          ],
          fieldsLeftOut: 0,
        },
      ],
      nextSteps: [{ text: 'Ask whoever is named, and look at the transactions of that time.' }, CHECK],
    },
  ],
  'log-gap': [
    {
      ...notice,
      type: 'log-gap',
      severity: 'critical',
      title: '3 entries of the change log are gone',
      consequence:
        'Somebody deleted what had been read, so who changed what then cannot be shown any more. Only the owner of the log or a superuser can do that.',
      facts: [
        { label: 'Source', text: 'cas' },
        { label: 'Change log', text: 'tillwarden_log.change' },
      ],
      nextSteps: [
        { text: 'Find out who may act as the owner of the log, and who is superuser there.' },
        CHECK,
      ],
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
      nextSteps: [CHECK],
    },
  ],
  'internal-error': [
    {
      ...notice,
      type: 'internal-error',
      severity: 'high',
      title: 'an internal error in watching source cas of prague-1',
      consequence: 'This is a defect of tillwarden. Everything else goes on.',
      facts: [{ label: 'Code', text: 'DAEMON_DEFECT' }],
      nextSteps: [CHECK],
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
      facts: [{ label: 'Sent from', quoted: foreign('monitor-1') }],
      head: { baselineVersion: null, journal: '0'.repeat(64) },
    },
  ],
} satisfies Partial<Record<AlertType, readonly Alert[]>>;
