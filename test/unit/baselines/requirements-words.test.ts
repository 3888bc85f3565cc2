import { describe, expect, test } from '@jest/globals';
import { refuseTooFew } from '../../../baselines/count-signers.js';
import {
  kindRequirements,
  parseStatement,
  type Requirement,
  type Rule,
  requirements,
  rootRequirements,
  type TrustRoot,
} from '../../../baselines/index.js';
import { suppressionRequirements } from '../../../baselines/requirements.js';
import { admins, by, collection, propose, terminals, trustRoot } from './scene.js';

const rootRule: Rule = { kinds: ['root'], threshold: 1, roles: ['owner'] };
const strict: Rule = { kinds: ['admin'], threshold: 2, roles: ['owner', 'guard'], notAuthor: true };
const techs: Rule = { kinds: ['terminal'], threshold: 1, roles: ['tech'] };
const root: TrustRoot = {
  ...trustRoot,
  people: [
    { name: 'anna', roles: ['owner'], keys: [], accounts: [{ system: 'database', name: 'app_anna' }] },
    { name: 'ben', roles: ['guard', 'owner'], keys: [] },
    { name: 'cora', roles: ['guard'], keys: [] },
    { name: 'dan', roles: ['tech'], keys: [] },
  ],
  rules: [rootRule, strict, techs],
};
const withRules = (...rules: Rule[]): TrustRoot => ({ ...root, rules });
const statement = (...collections: Parameters<typeof propose>[1] & object) =>
  parseStatement(propose(null, collections).bytes);
const nobody = () => new Set<string>();
const asked = (needed: readonly Requirement[]) => needed.map(({ rule, because }) => [rule, because]);

describe('what is needed', () => {
  test('for a trust root is what its rules for roots say, not the strictest', () => {
    expect(rootRequirements(root)).toEqual([
      {
        ...{ rule: rootRule, because: [], needed: 1, roles: ['owner'] },
        people: ['anna', 'ben'],
        authors: [],
      },
    ]);
    expect(asked(kindRequirements(root, 'terminal'))).toEqual([[techs, []]]);
    expect(asked(kindRequirements(root, 'file'))).toEqual([[strict, []]]);
  });

  test('names collections in order, those that are gone among those that are new', () => {
    const before = statement(collection('fees', 'admin', []), collection('pins', 'admin', []));
    const after = statement(collection('admins', 'admin', []), collection('limits', 'admin', []));
    const needed = requirements({ root }, { statement: before }, after, nobody);
    expect(asked(needed)).toEqual([[strict, ['admins', 'fees', 'limits', 'pins']]]);
  });

  test('for a new collection is the rule that names it too', () => {
    const own: Rule = { ...techs, kinds: [], collections: ['terminals'] };
    const needed = requirements(
      { root: withRules(rootRule, strict, techs, own) },
      { statement: statement(admins) },
      statement(admins, terminals),
      nobody,
    );
    expect(asked(needed)).toEqual([
      [own, ['terminals']],
      [strict, ['terminals']],
    ]);
  });

  test('for a collection that goes is the rule that names it too', () => {
    const own: Rule = { ...techs, kinds: [], collections: ['terminals'] };
    const needed = requirements(
      { root: withRules(rootRule, strict, techs, own) },
      { statement: statement(admins, terminals) },
      statement(admins),
      nobody,
    );
    expect(asked(needed)).toEqual([
      [own, ['terminals']],
      [strict, ['terminals']],
    ]);
  });

  test('for a statement that holds nothing asks nobody for authors', () => {
    const needed = requirements({ root }, null, statement(), (name) => {
      throw new Error(`asked about ${name}`);
    });
    expect(asked(needed)).toEqual([[strict, []]]);
  });

  test('for a suppression names all it touches, and leaves out who will have made the change', () => {
    const touched = (kind: 'admin' | 'terminal', name: string, ...authors: string[]) => ({
      ...{ kind, name },
      authors: new Set(authors),
    });
    const needed = suppressionRequirements(root, [
      touched('admin', 'admins'),
      touched('terminal', 'terminals', 'app_anna'),
      touched('admin', 'roles'),
      touched('admin', 'roots', 'APP_ANNA'),
    ]);
    expect(needed.map(({ rule, because, authors }) => [rule, because, authors])).toEqual([
      [strict, ['admins', 'roles'], []],
      [techs, ['terminals'], []],
      [strict, ['roots'], ['anna']],
    ]);
  });
});

describe('too few signers', () => {
  const forSuppression = (...authors: string[]) => {
    const touched = ['admins', 'roots'].map((name) => ({
      kind: 'admin' as const,
      name,
      authors: new Set(authors),
    }));
    return [...suppressionRequirements(root, touched), ...kindRequirements(root, 'terminal')];
  };
  const admin = 'admins, roots must be signed by 2 with the role owner or guard';

  test.each<[string, readonly Requirement[], readonly string[], string, string]>([
    [
      'nobody at all',
      forSuppression(),
      [],
      'BASELINE_UNSIGNED',
      'Nobody whose key is in the trust root has signed it; it was not even read. Sign it, or remove it if nobody of you made it.',
    ],
    [
      'one of two, and none',
      forSuppression(),
      ['ben'],
      'BASELINE_TOO_FEW_SIGNERS',
      `${admin}; only ben signed. It must be signed by 1 with the role tech; none of them has signed.`,
    ],
    [
      'the author alone',
      forSuppression('app_anna'),
      ['anna', 'dan'],
      'BASELINE_TOO_FEW_SIGNERS',
      `${admin}; none of them has signed. Whoever changed it does not count: anna.`,
    ],
    [
      'two of three',
      suppressionRequirements(withRules({ ...strict, threshold: 3 }), [
        { kind: 'admin', name: 'admins', authors: new Set() },
      ]),
      ['cora', 'anna'],
      'BASELINE_TOO_FEW_SIGNERS',
      'admins must be signed by 3 with the role owner or guard; only anna, cora signed.',
    ],
    [
      'both authors',
      suppressionRequirements(
        {
          ...root,
          people: root.people.map((one) => ({ ...one, accounts: [{ system: 'database', name: 'shared' }] })),
        },
        [{ kind: 'admin', name: 'admins', authors: new Set(['shared']) }],
      ),
      ['anna', 'ben'],
      'BASELINE_TOO_FEW_SIGNERS',
      'admins must be signed by 2 with the role owner or guard; none of them has signed. Whoever changed it does not count: anna, ben, cora.',
    ],
  ])('are distinguished: %s', (_what, needed, signers, code, message) => {
    expect(() => refuseTooFew(needed, by(...signers))).toThrow(expect.objectContaining({ code, message }));
  });

  test('are nobody once each has signed', () => {
    expect(() => refuseTooFew(forSuppression(), by('anna', 'cora', 'dan'))).not.toThrow();
    expect(() => refuseTooFew(forSuppression('app_anna'), by('ben', 'cora', 'dan'))).not.toThrow();
  });
});
