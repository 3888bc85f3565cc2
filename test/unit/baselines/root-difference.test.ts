import { describe, expect, test } from '@jest/globals';
import { type Person, rootDifference, type TrustRoot } from '../../../baselines/index.js';
import { trustRoot } from './scene.js';

const [anna, ben, dan] = trustRoot.people as [Person, Person, Person];
const account = (name: string) => ({ system: 'database' as const, name });
const head = (site: string, version = 1) => ({ site, version, statement: 'ab'.repeat(32) });
const root = (over: Partial<TrustRoot>): TrustRoot => ({ ...trustRoot, ...over });
const difference = (before: Partial<TrustRoot>, after: Partial<TrustRoot>) =>
  rootDifference(root(before), root(after));
const none = {
  ...{ added: [], removed: [], altered: [], rulesAdded: [], rulesRemoved: [] },
  ...{ headsPinned: [], headsDropped: [] },
};
const nothing = {
  ...{ name: 'anna', keysAdded: [], keysRemoved: [], rolesAdded: [], rolesRemoved: [] },
  ...{ accountsAdded: [], accountsRemoved: [] },
};

describe('the difference of two trust roots', () => {
  test('is nothing between equal ones, whatever their versions, dates and the order of rules', () => {
    const later = { version: 2, parent: 'ab', created: '2027-01-01T00:00:00.000Z', expires: '2029' };
    expect(difference({}, { ...later, rules: [...trustRoot.rules].reverse() })).toEqual(none);
  });

  test('names who came, who went, and the rules', () => {
    const [first, second] = trustRoot.rules;
    expect(
      difference(
        { people: [anna, ben], rules: [first].flatMap((rule) => rule ?? []) },
        { people: [anna, dan], rules: [second].flatMap((rule) => rule ?? []) },
      ),
    ).toEqual({ ...none, added: [dan], removed: [ben], rulesAdded: [second], rulesRemoved: [first] });
  });

  test.each<[string, Partial<Person>, Partial<Person>, object]>([
    ['keys', { keys: ['a', 'b'] }, { keys: ['b', 'c'] }, { keysAdded: ['c'], keysRemoved: ['a'] }],
    ['roles', { roles: ['a', 'b'] }, { roles: ['b', 'c'] }, { rolesAdded: ['c'], rolesRemoved: ['a'] }],
    [
      'accounts',
      { accounts: [account('a'), account('b')] },
      { accounts: [account('b'), account('c')] },
      { accountsAdded: [account('c')], accountsRemoved: [account('a')] },
    ],
    ['first accounts', {}, { accounts: [account('a')] }, { accountsAdded: [account('a')] }],
    ['last accounts', { accounts: [account('a')] }, {}, { accountsRemoved: [account('a')] }],
    [
      'keys where there are no accounts',
      { keys: ['a'] },
      { keys: ['b'] },
      { keysAdded: ['b'], keysRemoved: ['a'] },
    ],
  ])('names what differs in a person: %s', (_what, was, is, differs) => {
    const { altered } = difference(
      { people: [{ ...anna, ...was }, ben] },
      { people: [{ ...anna, ...is }, ben] },
    );
    expect(altered).toEqual([{ ...nothing, ...differs }]);
  });

  test('names the heads that are pinned, elsewhere too, and those that are dropped', () => {
    const before = { heads: [head('a'), head('b'), head('c')] };
    const after = { heads: [head('b'), head('c', 2), head('d')] };
    expect(difference(before, after)).toEqual({
      ...none,
      headsPinned: [head('c', 2), head('d')],
      headsDropped: ['a'],
    });
  });
});
