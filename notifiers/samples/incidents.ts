import type { Alert, AlertType } from '../alert.js';
import {
  adminAdded,
  CHECK,
  configChange,
  contactChange,
  followUp,
  foreign,
  functionChange,
  lookalikeChange,
  page,
  STOP,
  showStep,
  terminalAdded,
  walletChange,
} from './parts.js';

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
    showStep('7f3a'),
    {
      text: 'Put the approved values back and test the crypto settings. Review users and terminals too. Reactivate terminals only then.',
    },
    { text: 'If it is right as it is, sign it:', command: 'tillwarden approve prague-1' },
  ],
};

/** As Slack and mail tell it when a vendor's upgrade did the very same at twelve sites (docs/adr/0077). */
const atManySites: Alert = {
  ...page('d40e'),
  type: 'drift',
  title: '1 database object was changed, and the same at 11 other sites',
  alike: Array.from({ length: 11 }, (_, n) => ({
    site: n < 6 ? `brno-${n + 1}` : `ostrava-${n - 5}`,
    incident: `d4${(n + 16).toString(16)}`,
  })),
  consequence: 'What the database does with the watched records may have changed.',
  who: { confidence: 'unknown' },
  facts: [{ label: 'Records touched', text: '1: 1 in sensor_cas' }],
  changes: [functionChange],
  nextSteps: [
    { text: 'Find out who changed it, and what it does to watched rows.' },
    showStep('d40e'),
    { text: 'If it is right as it is, sign it:', command: 'tillwarden approve prague-1' },
  ],
};

/** Alerts about incidents of the watched server, and what becomes of them. */
export const incidentSamples = {
  drift: [
    drift,
    atManySites,
    {
      ...drift,
      dedupKey: '7f3a-2',
      title: '1 wallet route now pays elsewhere',
      facts: [{ label: 'Also open in this incident', text: '5' }],
      changes: [lookalikeChange],
    },
    {
      ...drift,
      role: 'follow-up',
      severity: 'high',
      title: '1 new terminal',
      consequence: 'Right now a machine nobody approved can do business with the server.',
      facts: [{ label: 'Also open in this incident', text: '4' }],
      changes: [
        {
          ...terminalAdded,
          key: [{ name: 'serial_number', value: foreign('ВТ100200') }],
          lookalikeOf: [{ name: 'serial_number', value: foreign('BT100200') }],
        },
      ],
      nextSteps: [
        { text: STOP },
        showStep('7f3a'),
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
        showStep('7f3a'),
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
        showStep('81c0'),
        CHECK,
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
      nextSteps: [CHECK, showStep('90aa')],
    },
  ],
  'known-indicator': [
    {
      ...page('b210'),
      type: 'known-indicator',
      severity: 'high',
      title: '1 signed terminal known from general-bytes-2022-08',
      consequence:
        'What was found at others who were robbed stands in what people signed here. It may be harmless: the feed says what else it can be.',
      facts: [
        { label: 'Record of terminals', quoted: foreign('12') },
        { label: 'Known from general-bytes-2022-08, serial number', quoted: foreign('BT123456') },
        {
          label: 'May be harmless',
          quoted: foreign(
            "the example that the vendor's documentation uses: somebody may have typed it in to try things out",
          ),
        },
      ],
      nextSteps: [CHECK, showStep('b210')],
    },
  ],
  'log-event': [
    {
      ...page('c3d1'),
      type: 'log-event',
      severity: 'high',
      title: '1 × login-failed in admin.log',
      consequence:
        'A line that you asked to be told of was written. Whoever can write to that log can write anything there: look on the machine itself.',
      facts: [
        {
          label: '/var/log/batm/admin.log, login-failed',
          quoted: foreign('03:11:58 WARN login of gb from 172.104.237.25 failed'),
        },
      ],
      nextSteps: [CHECK, showStep('c3d1')],
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
  acknowledged: [
    {
      ...followUp('7f3a'),
      type: 'acknowledged',
      state: 'acknowledged',
      stateSinceMs: Date.UTC(2026, 10, 24, 2, 14),
      severity: 'info',
      title: 'acknowledged by alice',
      consequence: 'Somebody answers for what was there when they looked. Whatever is new is told anew.',
      facts: [
        {
          label: 'Acknowledged by',
          text: 'alice, until Tue 2026-11-24 04:14:00 Europe/Prague (2026-11-24 03:14:00 UTC)',
        },
        { label: 'Reason', quoted: foreign('calling the data centre') },
      ],
      nextSteps: [showStep('7f3a')],
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
      nextSteps: [{ text: STOP }, showStep('7f3a')],
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
} satisfies Partial<Record<AlertType, readonly Alert[]>>;
