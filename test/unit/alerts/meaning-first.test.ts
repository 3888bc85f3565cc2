import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Kind, RecordLine } from '../../../baselines/index.js';
import { composeIncident } from '../../../daemon/alerts/compose-incident.js';
import { emailMessage } from '../../../notifiers/email/payload.js';
import { type Alert, quotation, quotationText, URGENCIES } from '../../../notifiers/index.js';
import { matrixMessage } from '../../../notifiers/matrix/payload.js';
import { pagerdutyEvent } from '../../../notifiers/pagerduty/payload.js';
import { slackMessages } from '../../../notifiers/slack/payload.js';
import { teamsMessage } from '../../../notifiers/teams/payload.js';
import { telegramMessage } from '../../../notifiers/telegram/payload.js';
import { webhookBody } from '../../../notifiers/webhook/payload.js';
import { hostileText } from '../drift/arbitraries.js';
import { CONTEXT, conditions, definitionOf, findingOf, newsOf, record } from '../policy/build.js';

/** Columns as an ATM server has them: the one that counts stands in the middle of the alphabet, among empty ones. */
const COLUMNS = ['a_note', 'b_empty', 'c_empty', 'name', 'sell_address', 'zz_note'];
const KINDS = ['wallet-route', 'admin', 'terminal', 'config', 'sensor', 'permission'] as const;
const definitions = new Map(KINDS.map((kind) => [definitionOf(kind).name, definitionOf(kind, COLUMNS)]));

/** A drift as a thief would like it: what counts, and decoys whose keys, values and number the thief chose. */
const drifts = fc.record({
  diverted: fc.integer({ min: 0, max: 2 }),
  admins: fc.integer({ min: 0, max: 2 }),
  destinations: fc.integer({ min: 0, max: 2 }),
  decoys: fc.array(fc.tuple(fc.constantFrom('terminal', 'sensor', 'permission'), hostileText), {
    maxLength: 60,
  }),
  text: fc.oneof(hostileText, fc.string({ minLength: 200, maxLength: 2_000 })),
});

interface Drift {
  readonly diverted: number;
  readonly admins: number;
  readonly destinations: number;
  readonly decoys: readonly (readonly [string, string])[];
  readonly text: string;
}

const nameOf = (what: string, index: number) => `bc1q${what}${String(index).padStart(4, '0')}`;

function alertOf({ diverted, admins, destinations, decoys, text }: Drift): Alert {
  const row = (key: string, fields: Readonly<Record<string, string | null>>): RecordLine =>
    record(key, { a_note: text, b_empty: null, c_empty: null, zz_note: text, ...fields });
  const of = (kind: Kind, signed: RecordLine[], observed: RecordLine[]) => conditions(kind, signed, observed);
  const each = (count: number, make: (index: number) => RecordLine) =>
    Array.from({ length: count }, (_, i) => make(i));
  const added = (kind: Kind, rows: RecordLine[]) => of(kind, [], rows);
  // Decoys come first, and have keys that sort before all others.
  const found = [
    ...decoys.flatMap(([kind, value], index) =>
      added(KINDS.find((one) => one === kind) ?? 'sensor', [row(`!${index}${value}`, { name: value })]),
    ),
    ...added(
      'wallet-route',
      each(destinations, (i) => row(`!${i}`, { sell_address: nameOf('new', i) })),
    ),
    ...added(
      'admin',
      each(admins, (i) => row(`!${i}`, { name: nameOf('admin', i) })),
    ),
    ...of(
      'wallet-route',
      each(diverted, (i) => row(`~${i}`, { sell_address: nameOf('signed', i) })),
      each(diverted, (i) => row(`~${i}`, { sell_address: nameOf('evil', i), a_note: `${text}!` })),
    ),
  ];
  const fresh = found.map((condition) => findingOf(condition));
  const message = { id: 'a'.repeat(16), role: 'page' as const, page: 1 };
  return composeIncident({ ...CONTEXT, definitions }, newsOf({ fresh, open: fresh.length }), message);
}

const wanted = ({ diverted, admins, destinations }: Drift): string[] => [
  ...Array.from({ length: diverted }, (_, i) => nameOf('evil', i)),
  ...Array.from({ length: admins }, (_, i) => nameOf('admin', i)),
  ...Array.from({ length: destinations }, (_, i) => nameOf('new', i)),
];

const emailSend = {
  part: 'details',
  attempt: 1,
  thread: null,
  channel: 'oncall',
  from: 'a@b.example',
} as const;
/** The texts of a card, put together: channels split a quoted value where its two sides differ. */
function texts(value: unknown, name = ''): string {
  if (typeof value === 'string') return name === 'text' ? value : '';
  if (value === null || typeof value !== 'object') return '';
  return Object.entries(value)
    .map(([key, one]) => texts(one, key))
    .join('');
}

/** Channels that carry values: the message, and what goes with it where the message has no room. */
const CHANNELS: readonly (readonly [string, (alert: Alert) => string])[] = [
  [
    'email',
    (alert) => {
      const { text, attachment } = emailMessage(alert, emailSend);
      return `${text}${attachment?.text ?? ''}`;
    },
  ],
  [
    'slack',
    (alert) =>
      slackMessages(alert, 'C1', 1)
        .map(({ blocks }) => texts(blocks))
        .join('\n'),
  ],
  ['webhook', (alert) => webhookBody(alert, { attempt: 1, maxBodyBytes: 200_000, details: 'quoted' })],
  [
    'pagerduty',
    (alert) => JSON.stringify(pagerdutyEvent(alert, { attempt: 1, thread: null, details: 'quoted' }).body),
  ],
];
/** Channels with one message of little room. */
const SMALL: readonly (readonly [string, (alert: Alert) => string])[] = [
  ['telegram', (alert) => telegramMessage(alert, { chat: '1', attempt: 1, page: null }).text],
  [
    'matrix',
    (alert) =>
      matrixMessage(alert, { attempt: 1, page: null, mentionRoom: false }).formatted_body?.replace(
        /<[^>]*>/g,
        '',
      ) ?? '',
  ],
  ['teams', (alert) => texts(teamsMessage(alert, 1))],
];
/** Without the marks of what differs. */
const unmarked = (text: string) => text.replace(/[⟦⟧]/gu, '');
const shown = (text: string) => quotationText(quotation({ untrusted: text }, 500)).slice(1, -1);

describe('for drifts with hostile keys, values and numbers', () => {
  test('an alert has what is urgent first, whatever was chosen', () => {
    fc.assert(
      fc.property(drifts, (drift) => {
        const ranks = alertOf(drift).changes.map(({ urgency }) =>
          urgency === undefined ? 3 : URGENCIES.indexOf(urgency),
        );
        expect(ranks).toEqual([...ranks].sort());
        expect(ranks.filter((rank) => rank < 3)).toHaveLength(wanted(drift).length);
      }),
      { numRuns: 60 },
    );
  });

  test.each(CHANNELS)('%s names each destination and each administrator', (_, read) => {
    fc.assert(
      fc.property(drifts, (drift) => {
        const text = unmarked(read(alertOf(drift)));
        expect(wanted(drift).filter((name) => !text.includes(shown(name)))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test.each(SMALL)('%s names the first of them, whatever comes beside', (_, read) => {
    fc.assert(
      fc.property(drifts, (drift) => {
        const [first] = wanted(drift);
        expect(first === undefined || unmarked(read(alertOf(drift))).includes(shown(first))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

test('a diverted route and a new administrator are told by name before 5,000 new routes that sort before them', () => {
  const drift = { diverted: 1, admins: 1, destinations: 5_000, decoys: [], text: 'x' };
  const alert = alertOf(drift);
  for (const [, read] of [...CHANNELS, ...SMALL]) {
    const text = unmarked(read(alert));
    expect(text).toContain(nameOf('evil', 0));
    expect(text).toContain(nameOf('admin', 0));
  }
  expect(alert.changes).toHaveLength(5_002);
  const file = unmarked(emailMessage(alert, emailSend).attachment?.text ?? '');
  expect(wanted(drift).filter((name) => !file.includes(name))).toEqual([]);
});
