import type { Alert, AlertType } from '../alert.js';
import {
  CHECK,
  DIGEST,
  foreign,
  notice,
  page,
  STOP,
  showStep,
  terminalAdded,
  VERIFY,
  walletChange,
} from './parts.js';

/** Alerts about what people sign or refuse, and what is wrong with the files of it. */
export const approvalSamples = {
  'baseline-installed': [
    {
      ...notice,
      type: 'baseline-installed',
      title: 'baseline 13 is in force, signed by alice and bob: 1 new terminal',
      consequence:
        'From now on the site is compared with what these people signed. If you know of no such approval, act at once.',
      facts: [
        { label: 'Signed by', text: 'alice and bob' },
        { label: 'Digest', text: `sha256:${DIGEST}` },
        { label: 'Follows', text: 'baseline 12' },
      ],
      changes: [terminalAdded],
      nextSteps: [
        { text: 'See what is still open:', command: 'tillwarden check prague-1' },
        { text: 'Check the signatures offline:', command: 'tillwarden verify prague-1' },
      ],
      head: { ...notice.head, baselineVersion: 13 },
    },
  ],
  'baseline-refused': [
    {
      ...page('a001'),
      type: 'baseline-refused',
      title: '000013.json: two statements of version 13 with different bytes are signed',
      consequence:
        'Nothing of it was accepted: everything is compared with the baseline in force before. Somebody may be trying to make a change look approved.',
      facts: [
        {
          label: '000013.json',
          text: 'two statements of version 13 with different bytes are signed (BASELINE_EQUIVOCATION)',
        },
      ],
      nextSteps: [
        { text: 'Find out who wrote to the baseline or trust directory.' },
        VERIFY,
        showStep('a001'),
      ],
    },
  ],
  'baseline-missing': [
    {
      ...page('a002'),
      type: 'baseline-missing',
      title: 'the newest baseline is 11, and 12 was in force already',
      consequence:
        'Nothing of it was accepted: everything is compared with the baseline in force before. Somebody may be trying to make a change look approved.',
      facts: [
        {
          label: 'Files of approval',
          text: 'the newest baseline is 11, and 12 was in force already (BASELINE_ROLLED_BACK)',
        },
      ],
      nextSteps: [
        { text: 'Find out who wrote to the baseline or trust directory.' },
        VERIFY,
        showStep('a002'),
      ],
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
        { label: 'Digest', text: `sha256:${DIGEST}` },
        { label: 'Added', text: 'carol' },
      ],
      nextSteps: [{ text: 'Check the signatures offline:', command: 'tillwarden verify' }],
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
      consequence: 'Nothing of it has taken effect. What differs from the baseline in force is still drift.',
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
      nextSteps: [{ text: STOP }, showStep('7f3a')],
    },
  ],
  containment: [
    {
      ...notice,
      type: 'containment',
      severity: 'high',
      title: 'containment "terminals-off" would be done now (dry run), for incident 7f3a',
      consequence: 'A rule of yours says so. Nothing was done: it is a dry run.',
      facts: [
        { label: 'Action', text: 'command /usr/local/sbin/terminals-off with 1 argument' },
        { label: 'For', text: '1 finding in wallet_routes' },
        { label: 'Hand brake', text: '/etc/tillwarden/brake' },
      ],
      nextSteps: [
        {
          text: 'Walk through the response; switch on again only at its end:',
          command: 'tillwarden respond 7f3a',
        },
      ],
    },
  ],
  'response-finished': [
    {
      ...notice,
      type: 'response-finished',
      severity: 'high',
      title: 'the response to incident 7f3a is over, says alice: terminals are switched on again',
      consequence: 'All 13 steps of the runbook are done. If you know of no such decision, act at once.',
      facts: [
        { label: 'What is done now', text: 'Start the master service, and activate the terminals.' },
        { label: 'Seen by tillwarden', text: 'doors, users, persons, terminals, settings and database' },
        { label: "By people's word", text: 'stop, upgrade, terminals-off and log' },
      ],
      nextSteps: [{ text: 'Keep everything about it:', command: 'tillwarden evidence 7f3a' }],
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
        { label: 'Reason', quoted: foreign('new machine at Anděl, ticket 4711') },
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
      nextSteps: [CHECK],
    },
  ],
} satisfies Partial<Record<AlertType, readonly Alert[]>>;
