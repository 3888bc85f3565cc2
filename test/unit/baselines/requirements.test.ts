import { describe, expect, test } from '@jest/globals';
import {
  missing,
  parseStatement,
  type Requirement,
  type Rule,
  requirements,
  rootRequirements,
  type Statement,
  type TrustRoot,
} from '../../../baselines/index.js';
import { admins, by, collection, propose, terminals, trustRoot } from './scene.js';

const owners: Rule = { kinds: ['root', 'admin'], threshold: 2, roles: ['owner'] };
const guards: Rule = { kinds: ['sensor'], threshold: 2, roles: ['guard'] };
const either: Rule = { kinds: ['terminal'], threshold: 1, roles: ['owner', 'tech'] };
const techs: Rule = { kinds: ['terminal', 'config'], threshold: 1, roles: ['tech'] };
const person = (name: string, ...roles: string[]) => ({ name, roles, keys: [`key of ${name}`] });
const root: TrustRoot = {
  ...trustRoot,
  people: [
    person('anna', 'owner'),
    person('ben', 'owner', 'guard'),
    person('cora', 'guard'),
    person('dan', 'tech'),
  ],
  rules: [owners, guards, either, techs],
};

const statementOf = (...collections: Parameters<typeof propose>[1] & object): Statement =>
  parseStatement(propose(null, collections).bytes);
const nobody = () => new Set<string>();
const one = statementOf(admins, terminals);
const asked = (parent: Statement | null, statement: Statement) =>
  requirements({ root }, parent && { statement: parent }, statement, nobody).map(({ rule, because }) => [
    rule,
    because,
  ]);

describe('what a statement needs', () => {
  test('every rule that names the kind of what changed, and no other', () => {
    const moved = statementOf(admins, collection('terminals', 'terminal', []));
    expect(asked(one, moved)).toEqual([
      [either, ['terminals']],
      [techs, ['terminals']],
    ]);
  });

  test('all of the strictest rules too, when a definition is new', () => {
    expect(asked(one, statementOf(admins, collection('settings', 'config', []), terminals))).toEqual([
      [techs, ['settings']],
      [owners, ['settings']],
      [guards, ['settings']],
    ]);
  });

  test('the rules of the kind it had and of the kind it gets', () => {
    const disguised = collection('admins', 'config', [['1', 'alice']]);
    expect(asked(one, statementOf(disguised, terminals))).toEqual([
      [owners, ['admins']],
      [techs, ['admins']],
      [guards, ['admins']],
    ]);
  });

  test('the strictest rules, for a kind that no rule names', () => {
    const files = (rows: [string, null][]) => statementOf(collection('extensions', 'file', rows));
    expect(asked(files([]), files([['a.jar', null]]))).toEqual([
      [owners, ['extensions']],
      [guards, ['extensions']],
    ]);
  });

  test('the rules for everything, when nothing differs', () => {
    expect(asked(one, one)).toEqual([
      [owners, ['admins']],
      [either, ['terminals']],
      [techs, ['terminals']],
    ]);
  });

  test('the rules for everything, when one record differs and it is valid for longer: expiry never rides along', () => {
    const moved = statementOf(admins, collection('terminals', 'terminal', []));
    const longer = { ...moved, expires: '2031-01-01T00:00:00.000Z' };
    const everything = [
      [owners, ['admins']],
      [either, ['terminals']],
      [techs, ['terminals']],
    ];
    expect(asked(one, longer)).toEqual(everything);
    const shorter = { ...moved, expires: new Date(Date.parse(one.expires) - 1).toISOString() };
    expect(asked(one, shorter)).toEqual(everything.slice(1));
  });

  test('the strictest rules, when it holds nothing', () => {
    expect(asked(null, statementOf())).toEqual([
      [owners, []],
      [guards, []],
    ]);
  });

  test('names each collection once for each rule, and who may sign', () => {
    const all = statementOf(collection('admins', 'admin', []), collection('helpers', 'admin', []));
    const [first] = requirements(
      { root },
      { statement: statementOf(admins, collection('helpers', 'admin', [['1', null]])) },
      all,
      nobody,
    );
    expect(first).toEqual({
      rule: owners,
      because: ['admins', 'helpers'],
      needed: 2,
      roles: ['owner'],
      people: ['anna', 'ben'],
      authors: [],
    });
  });

  test('a count that differs is a difference, whatever the digest says', () => {
    const collections = one.collections.map((entry) => ({ ...entry, count: entry.count + 1 }));
    const asks = asked(one, {
      ...one,
      collections: [collections[0], one.collections[1]].flatMap((entry) => entry ?? []),
    });
    expect(asks).toEqual([[owners, ['admins']]]);
  });

  test('is not changed by another order of columns or secrets', () => {
    const reordered = {
      ...one,
      collections: one.collections.map(({ definition, ...rest }) => ({
        ...rest,
        definition: { ...definition, columns: [...definition.columns].reverse() },
      })),
    };
    expect(asked(one, reordered)).toEqual(asked(one, one));
  });
});

describe('counting signers', () => {
  const needed: Requirement[] = [...rootRequirements(root)];

  test('counts people of the rule, each once', () => {
    expect(missing(needed, by('anna', 'ben'))).toEqual([]);
    expect(missing(needed, by('anna', 'anna', 'cora', 'dan', 'nobody'))).toEqual([
      { requirement: needed[0], signed: ['anna'], samePage: [], lacking: 1 },
    ]);
    expect(missing(needed, by())).toEqual([{ requirement: needed[0], signed: [], samePage: [], lacking: 2 }]);
  });

  test('asks for every requirement', () => {
    const all = requirements({ root }, null, statementOf(collection('sensor', 'sensor', [])), nobody);
    expect(missing(all, by('anna', 'ben')).map((one) => one.requirement.rule)).toEqual([guards]);
    expect(missing(all, by('anna', 'ben', 'cora'))).toEqual([]);
  });
});

describe('a rule that names a collection', () => {
  const own: Rule = { kinds: [], collections: ['admins', 'extensions'], threshold: 1, roles: ['tech'] };
  const withOwn = { root: { ...root, rules: [...root.rules, own] } };
  const rulesOf = (parent: Statement, statement: Statement) =>
    requirements(withOwn, { statement: parent }, statement, nobody).map(({ rule, because }) => [
      rule,
      because,
    ]);

  test('counts instead of those of its kind, or of the strictest for a kind without one', () => {
    const before = statementOf(admins, collection('extensions', 'file', []), terminals);
    const after = statementOf(
      collection('admins', 'admin', []),
      collection('extensions', 'file', [['a.jar', null]]),
      collection('terminals', 'terminal', []),
    );
    expect(rulesOf(before, after)).toEqual([
      [own, ['admins', 'extensions']],
      [either, ['terminals']],
      [techs, ['terminals']],
    ]);
  });

  test('does not make a changed definition cheaper: the strictest rules are needed all the same', () => {
    const other = collection('admins', 'config', [['1', 'alice']]);
    expect(rulesOf(one, statementOf(other, terminals))).toEqual([
      [own, ['admins']],
      [owners, ['admins']],
      [guards, ['admins']],
    ]);
  });
});

describe('a rule that leaves authors out', () => {
  const accounts = (...names: string[]) => names.map((name) => ({ system: 'database' as const, name }));
  const strict: Rule = { ...owners, notAuthor: true };
  const withAccounts = {
    root: {
      ...root,
      rules: [strict, guards, either, techs],
      people: root.people.map((one) =>
        one.name === 'anna' ? { ...one, accounts: accounts('Anna_DB', 'app_anna') } : one,
      ),
    },
  };
  const changed = statementOf(collection('admins', 'admin', []), collection('terminals', 'terminal', []));
  const askedBy = (author: string, collection = 'admins') =>
    requirements(withAccounts, { statement: one }, changed, (name) =>
      name === collection ? new Set([author]) : new Set(),
    );

  test('counts everybody but the person who has the account of an author', () => {
    expect(askedBy('anna_db')[0]).toMatchObject({ people: ['ben'], authors: ['anna'], needed: 2 });
    expect(askedBy('somebody else')[0]).toMatchObject({ people: ['anna', 'ben'], authors: [] });
    const lacking = missing(askedBy('anna_db'), by('anna', 'ben'));
    expect(lacking[0]).toMatchObject({ signed: ['ben'], lacking: 1 });
  });

  test('asks nobody about collections whose rules do not leave authors out', () => {
    expect(askedBy('anna_db', 'terminals').every(({ authors }) => authors.length === 0)).toBe(true);
  });

  test('stands once for each set of authors', () => {
    const both = (...rows: [string, string][]) =>
      statementOf(collection('admins', 'admin', rows), collection('roots', 'admin', rows));
    const needed = requirements(withAccounts, { statement: both(['1', 'x']) }, both(), (name) =>
      name === 'admins' ? new Set(['app_anna']) : new Set(),
    );
    expect(needed.map(({ because, authors }) => [because, authors])).toEqual([
      [['admins'], ['anna']],
      [['roots'], []],
    ]);
  });
});
