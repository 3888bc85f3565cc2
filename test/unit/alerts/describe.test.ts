import { describe, expect, test } from '@jest/globals';
import { type Described, describeWorstFirst, urgencyOf } from '../../../daemon/alerts/describe.js';
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

const urgencies = (...all: readonly Condition[]) => describeWorstFirst(all).map(urgencyOf);

describe('the urgency of a change', () => {
  test('is that of an administrator who is new, in doubt or not as signed', () => {
    for (const type of ['added', 'ambiguous', 'modified'] as const) {
      expect(urgencies(oneCondition('admin', type))).toEqual(['administrator']);
      expect(urgencies(oneCondition('sensor', type))).toEqual([undefined]);
    }
  });

  test('is that of a destination when a route is new, and of a diversion when a signed one is there twice', () => {
    expect(urgencies(oneCondition('wallet-route', 'added'))).toEqual(['destination']);
    expect(urgencies(oneCondition('wallet-route', 'ambiguous'))).toEqual(['diverted']);
  });

  test('is none for a record that is gone, a route changed otherwise, or what is no change', () => {
    const gone = conditions('wallet-route', [record('7', { address: 'bc1signed' })], []);
    const others = [...gone, oneCondition('admin', 'removed'), oneCondition('wallet-route', 'modified')];
    expect(new Set(urgencies(...others, ...states()))).toEqual(new Set([undefined]));
  });

  test('is a diversion for a route that now pays elsewhere, also by a place inside of a json column', () => {
    const places = address({ data: '{"wallet":"a","n":1}' }, { data: '{"wallet":"b","n":1}' });
    for (const found of [address({ address: 'a' }, { address: 'b' }), places]) {
      expect(describeWorstFirst(found)).toMatchObject([{ diverts: true }]);
      expect(urgencies(...found)).toEqual(['diverted']);
    }
    const other = address({ data: '{"wallet":"a","n":1}' }, { data: '{"wallet":"a","n":2}' });
    expect(describeWorstFirst(other)).toMatchObject([{ diverts: false }]);
  });

  test('is that of a destination for any record with a new one, and not for where a machine stands or a person is written to', () => {
    const setting = (name: string, value: string | null) =>
      conditions('config', [record('7', { [name]: 'a' })], [record('7', { [name]: value })]);
    expect(urgencies(...setting('payout_address', 'bc1thief'))).toEqual(['destination']);
    expect(urgencies(...setting('data', '{"wallets":{"BTC":"bc1thief"}}'))).toEqual(['destination']);
    expect(urgencies(...setting('payout_address', null))).toEqual([undefined]);
    expect(urgencies(...setting('email_address', 'x@y.z'))).toEqual([undefined]);
    const terminal = (name: string) => conditions('terminal', [], [record('7', { [name]: 'Main St 1' })]);
    expect(urgencies(...terminal('address'))).toEqual([undefined]);
    expect(urgencies(...terminal('payout_address'))).toEqual(['destination']);
  });
});

describe('the order', () => {
  test('is by meaning before severity: a rule that plays money down does not bury it', () => {
    const low = conditions('wallet-route', [record('7', { address: 'a' })], [record('7', { address: 'b' })]);
    const found = [
      oneCondition('sensor', 'added'),
      oneCondition('wallet-route', 'added'),
      oneCondition('admin', 'modified'),
      ...low.map((one) => withSeverity(one, 'low')),
    ];
    expect(order(...found)).toEqual([
      'modified wallet-route',
      'modified admin',
      'added wallet-route',
      'added sensor',
    ]);
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

  test('a problem by its first sentence, without the full stop that ends it and with those inside of it', () => {
    expect(titled(problem('BASELINE_X', 'version 1.2 is older. Look.'))).toBe(
      '000008.json: version 1.2 is older',
    );
  });
});
