import { describe, expect, test } from '@jest/globals';
import {
  approvalCondition,
  blindCondition,
  configCondition,
  unreachableCondition,
} from '../../../daemon/policy/conditions.js';
import { describeWorstFirst, isUrgent } from '../../../daemon/policy/describe.js';
import type { Condition } from '../../../daemon/policy/finding.js';
import { conditions, oneCondition, record, SITE, unknownCondition, withSeverity } from './build.js';

const approval = (code: string, detail: string, file: string | null = null) =>
  approvalCondition(SITE, { code, file, detail, severity: 'high' });
const described = (condition: Condition) => {
  const [one] = describeWorstFirst([condition]);
  if (one === undefined) throw new Error('a condition is described');
  return one;
};
const route = (
  before: Readonly<Record<string, string>> | null,
  after: Readonly<Record<string, string>> | null,
) => {
  const side = (fields: Readonly<Record<string, string>> | null) => (fields ? [record('7', fields)] : []);
  const [found] = conditions('wallet-route', side(before), side(after));
  if (found === undefined) throw new Error('there is no difference');
  return found;
};

describe('what is told first', () => {
  test('of equal severity: what stops the watching, then new destinations and administrators, then what costs most', () => {
    const found = [
      oneCondition('file', 'modified'),
      unknownCondition('terminal', 'denied'),
      oneCondition('terminal', 'modified'),
      unknownCondition('wallet-route', 'denied'),
      oneCondition('wallet-route', 'modified'),
      oneCondition('admin', 'modified'),
      unreachableCondition(SITE, 'cas', 'd', 0),
      oneCondition('admin', 'added'),
    ].map((one) => withSeverity(one, 'high'));
    expect(describeWorstFirst(found).map(({ words }) => words(1))).toEqual([
      '1 new administrator',
      'source cas cannot be read',
      '1 wallet route was changed',
      'wallet_routes is unknown: reading was denied',
      '1 administrator was changed',
      '1 terminal was changed',
      'terminals is unknown: reading was denied',
      '1 file was changed',
    ]);
  });

  test('a worse severity comes before anything else', () => {
    const found = [
      oneCondition('admin', 'added'),
      withSeverity(oneCondition('file', 'modified'), 'critical'),
    ];
    const [first] = describeWorstFirst([withSeverity(found[0] as Condition, 'low'), found[1] as Condition]);
    expect(first?.words(1)).toBe('1 file was changed');
  });
});

describe('what is never left out', () => {
  test.each<[string, boolean, Condition]>([
    ['a route that pays elsewhere', true, route({ address: 'a' }, { address: 'b' })],
    [
      'a route that pays elsewhere, inside of json',
      true,
      route({ x: '{"payout":"a"}' }, { x: '{"payout":"b"}' }),
    ],
    [
      'a place in a json column that names a destination',
      true,
      route({ wallet: '{"x":1}' }, { wallet: '{"x":2}' }),
    ],
    ['another change of a route', false, route({ fee: '1' }, { fee: '2' })],
    ['a route that is gone', false, route({ address: 'a' }, null)],
    ['a new route', true, route(null, { fee: '1' })],
    ['a new administrator', true, oneCondition('admin', 'added')],
    ['an administrator who is there twice', true, oneCondition('admin', 'ambiguous')],
    ['an administrator who was changed', false, oneCondition('admin', 'modified')],
    ['an administrator who is gone', false, oneCondition('admin', 'removed')],
    ['a new terminal', false, oneCondition('terminal', 'added')],
    ['an unknown collection of routes', false, unknownCondition('wallet-route', 'denied')],
    ['a deaf source', false, blindCondition(SITE, 'cas', 'd', 0)],
    [
      'a terminal with an address',
      false,
      conditions(
        'terminal',
        [record('1', { address: 'a' })],
        [record('1', { address: 'b' })],
      )[0] as Condition,
    ],
  ])('%s: %s', (_what, urgent, condition) => {
    expect(isUrgent(described(condition))).toBe(urgent);
  });
});

test('what is counted together in a title is of one kind', () => {
  const soon = approval('BASELINE_EXPIRES_SOON', 'a');
  const groups = [
    unknownCondition('admin', 'denied'),
    unknownCondition('admin', 'unapproved'),
    unreachableCondition(SITE, 'cas', 'd', 0),
    unreachableCondition(SITE, 'disk', 'd', 0),
    blindCondition(SITE, 'cas', 'd', 0),
    blindCondition(SITE, 'disk', 'd', 0),
    approval('BASELINE_X', 'a'),
    soon,
    approval('TRUST_EXPIRED', 'b'),
    configCondition(SITE, 'd'),
    oneCondition('admin', 'added'),
  ].map((one) => described(one).group);
  expect(groups).toEqual([
    'unknown',
    'unapproved',
    'unreachable cas',
    'unreachable disk',
    'blind cas',
    'blind disk',
    'approval',
    `expiry ${soon.fingerprint}`,
    expect.stringMatching(/^expiry [0-9a-f]{64}$/),
    'config',
    'admin added false',
  ]);
  expect(new Set(groups).size).toBe(groups.length);
});

test('a refused file is told by its name and without its last full stop only', () => {
  expect(described(approval('BASELINE_X', 'Format 1.2 is not read.', '000008.json')).words(1)).toBe(
    '000008.json: Format 1.2 is not read',
  );
  expect(described(approval('BASELINE_X', 'It is 1.2 ahead')).words(1)).toBe('It is 1.2 ahead');
  expect(described(approval('BASELINE_X', 'a')).words(2)).toBe('2 problems with the files that people sign');
});
