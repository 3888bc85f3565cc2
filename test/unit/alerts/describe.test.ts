import { describe, expect, test } from '@jest/globals';
import { type Described, describeWorstFirst, isUrgent } from '../../../daemon/alerts/describe.js';
import { title } from '../../../daemon/alerts/title.js';
import type { Condition } from '../../../daemon/finding.js';
import {
  approvalCondition,
  blindCondition,
  configCondition,
  unreachableCondition,
} from '../../../daemon/policy/conditions.js';
import { conditions, oneCondition, record, SITE, unknownCondition, withSeverity } from '../policy/build.js';

const critical = (one: Condition) => withSeverity(one, 'critical');
const problem = (code: string, detail: string, file: string | null = '000008.json') =>
  approvalCondition(SITE, { code, file, detail, severity: 'critical' });
/** What is no change, all as severe as can be. */
const states = (): readonly Condition[] => [
  critical(unknownCondition('wallet-route', 'denied')),
  critical(unknownCondition('wallet-route', 'unapproved')),
  unreachableCondition(SITE, 'cas', 'd', 0),
  critical(blindCondition(SITE, 'cas', 'd', 0)),
  problem('BASELINE_X', 'd'),
  critical(configCondition(SITE, 'd')),
];
const named = ({ condition: { subject } }: Described) =>
  subject.what === 'change' ? `${subject.type} ${subject.kind}` : subject.what;
const order = (...all: readonly Condition[]) => describeWorstFirst(all).map(named);
const address = (before: Record<string, string>, after: Record<string, string>) =>
  conditions('wallet-route', [record('7', before)], [record('7', after)]);

describe('what an alert must never leave out', () => {
  test.each(['added', 'ambiguous'] as const)('is an administrator or a wallet route that is %s', (type) => {
    for (const kind of ['admin', 'wallet-route'] as const) {
      expect(describeWorstFirst([oneCondition(kind, type)]).map(isUrgent)).toEqual([true]);
    }
    expect(describeWorstFirst([oneCondition('sensor', type)]).map(isUrgent)).toEqual([false]);
  });

  test('is not one that changed otherwise or is gone', () => {
    const all = (['removed', 'modified'] as const).flatMap((type) => [
      oneCondition('admin', type),
      oneCondition('wallet-route', type),
    ]);
    const gone = conditions('wallet-route', [record('7', { address: 'bc1signed' })], []);
    for (const one of describeWorstFirst([...all, ...gone, ...states()])) expect(isUrgent(one)).toBe(false);
  });

  test('is a route that now pays elsewhere, also by a place inside of a json column', () => {
    const places = address({ data: '{"wallet":"a","n":1}' }, { data: '{"wallet":"b","n":1}' });
    for (const found of [address({ address: 'a' }, { address: 'b' }), places]) {
      expect(describeWorstFirst(found)).toMatchObject([{ diverts: true }]);
      expect(describeWorstFirst(found).map(isUrgent)).toEqual([true]);
    }
    const other = address({ data: '{"wallet":"a","n":1}' }, { data: '{"wallet":"a","n":2}' });
    expect(describeWorstFirst(other)).toMatchObject([{ diverts: false }]);
  });
});

describe('of two things that are equally severe', () => {
  test('a new administrator comes before everything that is no change', () => {
    for (const state of states()) {
      expect(order(state, oneCondition('admin', 'added'))[0]).toBe('added admin');
    }
  });

  test('what concerns a whole source, the files of approval or the configuration comes before one record', () => {
    for (const state of states().filter(({ subject }) => subject.what !== 'unknown')) {
      expect(order(oneCondition('wallet-route', 'removed'), state)[1]).toBe('removed wallet-route');
    }
  });

  test('the one that can cost more comes first, and of one kind the change before the unknown', () => {
    const unknown = (kind: 'wallet-route' | 'admin') => unknownCondition(kind, 'denied');
    expect(order(unknown('admin'), oneCondition('admin', 'removed'))).toEqual(['removed admin', 'unknown']);
    expect(order(oneCondition('admin', 'removed'), unknown('wallet-route'))).toEqual([
      'unknown',
      'removed admin',
    ]);
    expect(order(oneCondition('admin', 'removed'), oneCondition('wallet-route', 'removed'))).toEqual([
      'removed wallet-route',
      'removed admin',
    ]);
  });
});

describe('a title names', () => {
  const titled = (...all: readonly Condition[]) => title(describeWorstFirst(all));

  test('each source by itself', () => {
    const [a, b] = ['a', 'b'].map((source) => unreachableCondition(SITE, source, 'd', 0));
    const [c, d] = ['c', 'd'].map((source) => blindCondition(SITE, source, 'd', 0));
    if (!a || !b || !c || !d) throw new Error('four conditions are needed');
    expect(titled(a, b)).toBe('source a cannot be read, source b cannot be read');
    expect(titled(c, d)).toBe('source c cannot be heard, source d cannot be heard');
  });

  test('each expiry by itself', () => {
    const all = ['one expires', 'two expires'].map((detail) => problem('BASELINE_EXPIRES_SOON', detail));
    expect(titled(...all)).toBe('one expires, two expires');
  });

  test('a problem without its last full stop, and with all others', () => {
    expect(titled(problem('BASELINE_X', 'version 1.2 is older. Look.'))).toBe(
      '000008.json: version 1.2 is older. Look',
    );
  });
});
