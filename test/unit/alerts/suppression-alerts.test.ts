import { describe, expect, test } from '@jest/globals';
import {
  composeExpected,
  composeExpectedUndone,
  composeMissed,
  composeSuppressionEnded,
  composeSuppressionInstalled,
} from '../../../daemon/alerts/suppression-alerts.js';
import { NONE_ENDED, suppressionConditions } from '../../../daemon/policy/suppress.js';
import type { Alert } from '../../../notifiers/index.js';
import { CONTEXT, conditions, findingOf, record, SITE, snapshot } from '../policy/build.js';
import {
  baselineOf,
  changeOf,
  START_MS,
  verifiedExpectation,
  verifiedMute,
} from '../policy/suppression-scene.js';

/** Everything but the values inside of `Untrusted` must be free of it. */
const HOSTILE = 'hostile‮<!channel>';
const A = record('1', { name: 'a', address: null });
const B = record('1', { name: HOSTILE, address: null });
const context = { ...CONTEXT, incident: null };
const base = baselineOf(snapshot('wallet-route', [A]), snapshot('terminal', [A]));
const route = changeOf('wallet_routes', A, B);
const terminal = { ...changeOf('terminals', null, record('9', { name: HOSTILE, address: null })), key: null };
const expected = verifiedExpectation(base, [route, terminal]);
const known = {
  ...{ digest: expected.digest, site: SITE, id: expected.id, type: expected.type, signers: expected.signers },
  ...{ untilMs: expected.untilMs, state: 'in-force' as const, covered: 3 },
};

function suppressiondConditions() {
  return suppressionConditions({
    conditions: conditions('wallet-route', [A], [B]),
    suppressions: [verifiedExpectation(base, [route])],
    open: [],
    signed: base.collections,
    ended: NONE_ENDED,
    nowMs: START_MS,
  });
}

const mutes: readonly (readonly [string, Alert])[] = [
  ['kind', composeSuppressionInstalled(context, verifiedMute(base, { kind: 'terminal' }, {}, HOSTILE))],
  [
    'collection',
    composeSuppressionInstalled(
      context,
      verifiedMute(base, { collection: 'wallet_routes', key: null }, {}, HOSTILE),
    ),
  ],
  [
    'record',
    composeSuppressionInstalled(context, verifiedMute(base, { collection: 'terminals', key: [HOSTILE] })),
  ],
];
const alerts: readonly (readonly [string, Alert])[] = [
  ['installed', composeSuppressionInstalled(context, expected)],
  ...mutes,
  ['expected', composeExpected(CONTEXT, suppressiondConditions(), 1)],
  [
    'undone',
    composeExpectedUndone(
      CONTEXT,
      suppressiondConditions().map((one) => findingOf(one)),
    ),
  ],
  ['missed', composeMissed(context, expected, [route, terminal])],
  ['withdrawn', composeSuppressionEnded(context, known, 'withdrawn')],
  ['over', composeSuppressionEnded(context, known, 'over')],
];

test.each(alerts)(
  'of %s: what people said stands apart from what anybody else wrote, and pages nobody',
  (_what, alert) => {
    const ours = JSON.stringify(alert, (name, value: unknown) => (name === 'untrusted' ? '' : value));
    expect(ours).not.toContain('hostile');
    expect(alert.role).toBe('notice');
    for (const { command } of alert.nextSteps) expect(command ?? '').toMatch(/^[a-z0-9 .-]*$/);
  },
);

describe('severity', () => {
  test('of an announcement is that of what it touches, the worst of it', () => {
    expect(alerts.map(([, { severity }]) => severity)).toEqual([
      ...['critical', 'high', 'critical', 'high', 'info', 'low', 'low', 'medium', 'low'],
    ]);
  });
});

test('an announcement shows the diff, who signed, why and until when', () => {
  const alert = composeSuppressionInstalled(context, expected);
  expect(alert.title).toBe(
    'expected until 2026-11-25 08:00 UTC: 1 wallet route was changed, 1 new terminal, signed by anna and ben',
  );
  expect(alert.changes.map(({ collection, key }) => [collection, key.length])).toEqual([
    ['wallet_routes', 1],
    ['terminals', 0],
  ]);
  expect(alert.facts).toContainEqual({ label: 'Reason', quoted: { untrusted: 'ticket 4711' } });
  expect(alert.nextSteps).toContainEqual(
    expect.objectContaining({ command: `tillwarden expect prague-1 --withdraw ${expected.id}` }),
  );
});

test('a mute of one record names it, quoted', () => {
  const [, , record_] = mutes.map(([, alert]) => alert);
  expect(record_?.facts).toContainEqual({ label: 'Record: id', quoted: { untrusted: HOSTILE } });
});

test('what several people expected, happened at once, names all of them and the day that comes first', () => {
  const found = [['zoe', 'ben'], ['anna', 'ben'], ['anna', 'carl'], ['dan']].flatMap((signers, index) =>
    suppressiondConditions().map((one) => {
      const untilMs = START_MS - index * 60_000;
      const suppression = { what: 'expected', id: 'x', signers, untilMs, reason: `ticket ${index}` } as const;
      return { ...one, subject: { ...one.subject, suppression } as typeof one.subject };
    }),
  );
  const { facts } = composeExpected(CONTEXT, found, found.length);
  expect(facts[0]).toEqual({ label: 'Expected by', text: 'anna, ben, carl, dan and zoe' });
  expect(facts.filter(({ label }) => label === 'Reason')).toEqual(
    [0, 1, 2].map((index) => ({ label: 'Reason', quoted: { untrusted: `ticket ${index}` } })),
  );
  expect(facts.at(-1)).toMatchObject({
    label: 'Must be in a baseline by',
    text: expect.stringContaining('07:57:00'),
  });
});
