import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  publicKeyOf,
  RULE_KINDS,
  type Rule,
  rootDifference,
  type TrustRoot,
} from '../../../baselines/index.js';
import {
  keyWords,
  rootDifferenceWords,
  rootWarnings,
  rotationWarnings,
  ruleWords,
} from '../../../daemon/alerts/trust-words.js';

const key = () => publicKeyOf(generateKeyPairSync('ed25519').privateKey).line;
const KEYS = { anna: key(), ben: key(), cora: key(), safe: key() };
const person = (name: keyof typeof KEYS, role = 'owner') => ({ name, roles: [role], keys: [KEYS[name]] });
const ANNA = person('anna');
const BEN = person('ben');
const CORA = person('cora');
const every = (threshold: number, over: Partial<Rule> = {}): Rule => ({
  kinds: RULE_KINDS,
  threshold,
  roles: ['owner'],
  ...over,
});
const root = (
  people: TrustRoot['people'],
  rules: readonly Rule[],
  over: Partial<TrustRoot> = {},
): TrustRoot => ({
  format: 'tillwarden-root/1',
  version: 1,
  parent: null,
  created: '2026-01-01T00:00:00.000Z',
  expires: '2027-01-01T00:00:00.000Z',
  people,
  rules,
  heads: [],
  ...over,
});

describe('warnings about a trust root', () => {
  test('there are none when two of three sign for everything', () => {
    expect(rootWarnings(root([ANNA, BEN, CORA], [every(2)]))).toEqual([]);
  });

  test('a shop of one is told that its key decides alone, and that nobody can when it is lost', () => {
    const [decides, lost, ...others] = rootWarnings(root([ANNA], [every(1)]));
    expect(decides).toMatch(
      /root.*: one signature is enough; whoever has one of the keys can approve anything/,
    );
    expect(lost).toMatch(/: only anna can sign; when that key is lost, nobody can$/);
    expect(others).toEqual([]);
  });

  test('two of two have nobody to spare', () => {
    expect(rootWarnings(root([ANNA, BEN], [every(2)]))).toEqual([
      expect.stringMatching(/: all of anna and ben must sign; when one of their keys is lost, nobody can$/),
    ]);
  });

  test('one signature for terminals is no warning, for wallet routes it is', () => {
    const rules = (kind: 'terminal' | 'wallet-route') => [
      every(2, { kinds: RULE_KINDS.filter((one) => one !== kind) }),
      every(1, { kinds: [kind] }),
    ];
    expect(rootWarnings(root([ANNA, BEN, CORA], rules('terminal')))).toEqual([]);
    expect(rootWarnings(root([ANNA, BEN, CORA], rules('wallet-route')))).toEqual([
      expect.stringMatching(/^wallet-route: one signature is enough/),
    ]);
  });

  test('a kind without a rule and a person without one are told', () => {
    const rules = [every(2, { kinds: RULE_KINDS.filter((kind) => kind !== 'file') })];
    expect(rootWarnings(root([ANNA, BEN, CORA, person('safe', 'auditor')], rules))).toEqual([
      'file: no rule names it, so the strictest one counts',
      'safe: no rule names a role of theirs, so their signature counts for nothing',
    ]);
  });
});

describe('warnings about a rotation', () => {
  const before = root(
    [ANNA, BEN, CORA, person('safe', 'recovery')],
    [every(2, { roles: ['owner', 'recovery'] })],
  );

  test('say what gets easier, what gets dangerous and that no recovery key is left', () => {
    const after = root([ANNA, BEN], [every(2)]);
    expect(rotationWarnings(before, after)).toEqual([
      expect.stringContaining('all of anna and ben must sign'),
      'no recovery key is left',
    ]);
    const eased = rotationWarnings(before, root(before.people, [every(1, { roles: ['owner', 'recovery'] })]));
    expect(eased).toContain('admin: 1 must sign where 2 had to');
    expect(eased.filter((line) => line.endsWith('1 must sign where 2 had to'))).toHaveLength(
      RULE_KINDS.length,
    );
  });

  test('leave out what was so before', () => {
    const shop = root([ANNA], [every(1)]);
    expect(rotationWarnings(shop, { ...shop, version: 2 })).toEqual([]);
  });
});

describe('the difference of two trust roots', () => {
  test('names people, keys, roles, rules and heads in our words', () => {
    const before = root([ANNA, BEN], [every(2)], {
      heads: [{ site: 'brno-1', version: 3, statement: 'b'.repeat(64) }],
    });
    const after = root(
      [{ ...ANNA, roles: ['owner', 'tech'], keys: [KEYS.safe] }, CORA],
      [every(2), every(1, { kinds: ['terminal'], roles: ['tech'] })],
      { heads: [{ site: 'prague-1', version: 7, statement: 'a'.repeat(64) }] },
    );
    expect(rootDifferenceWords(rootDifference(before, after))).toEqual([
      'removes ben (owner) with 1 key',
      'adds cora (owner)',
      expect.stringMatching(/^cora may sign with ssh-ed25519 SHA256:/),
      expect.stringMatching(/^anna may no longer sign with ssh-ed25519 SHA256:/),
      expect.stringMatching(/^anna may sign with ssh-ed25519 SHA256:/),
      'anna becomes tech',
      'needs 1 of tech for terminal',
      'prague-1 begins with baseline 7, sha256:aaaaaaaaaaaaaaaa…',
      'brno-1 is no longer pinned to a baseline',
    ]);
    expect(rootDifferenceWords(rootDifference(before, before))).toEqual([]);
  });
});

describe('the words about trust roots', () => {
  const keyed = (name: string, over: Partial<TrustRoot['people'][number]> = {}) => ({
    ...{ name, roles: ['owner'], keys: [KEYS.anna] },
    ...over,
  });
  const words = (before: TrustRoot, after: TrustRoot) => rootDifferenceWords(rootDifference(before, after));

  test('name a rule with its roles, kinds and collections, and whether the author counts', () => {
    expect(ruleWords(every(2, { kinds: ['root', 'admin'], roles: ['owner', 'recovery'] }))).toBe(
      '2 of owner or recovery for root, admin',
    );
    expect(ruleWords(every(1, { kinds: ['admin'], collections: ['users', 'groups'], notAuthor: true }))).toBe(
      '1 of owner for admin, the collections users, groups, not counting whoever made the change',
    );
  });

  test('name rules that come and go', () => {
    const [one, two] = [every(1, { kinds: ['terminal'] }), every(2, { kinds: ['terminal'] })];
    expect(words(root([ANNA], [one]), root([ANNA], [two]))).toEqual([
      'no longer needs 1 of owner for terminal',
      'needs 2 of owner for terminal',
    ]);
  });

  test('name roles, several at once, and accounts, quoted', () => {
    const before = root(
      [keyed('anna', { roles: ['owner', 'tech'], accounts: [{ system: 'database', name: 'a' }] })],
      [],
    );
    const after = root(
      [keyed('anna', { roles: ['tech'], accounts: [{ system: 'database', name: 'b\u202e' }] })],
      [],
    );
    expect(words(before, after)).toEqual([
      'anna is no longer owner',
      expect.stringMatching(/^anna is no longer the database user “a”$/),
      expect.stringMatching(/^anna is the database user “b\\u\{202E\}”/),
    ]);
    const both = keyed('ben', { roles: ['owner', 'tech'] });
    expect(words(root([ANNA], []), root([ANNA, both], []))[0]).toBe('adds ben (owner, tech)');
    expect(words(root([ANNA, both], []), root([ANNA], []))).toEqual(['removes ben (owner, tech) with 1 key']);
  });

  test('say so where a person differs in nothing that has words', () => {
    const nothing = {
      ...{ name: 'anna', keysAdded: [], keysRemoved: [], rolesAdded: [], rolesRemoved: [] },
      ...{ accountsAdded: [], accountsRemoved: [] },
    };
    const none = rootDifference(root([ANNA], []), root([ANNA], []));
    expect(rootDifferenceWords({ ...none, altered: [nothing] })).toEqual(['anna is otherwise described']);
  });

  test('name a key that asks to verify its user', () => {
    const blob = Buffer.concat(
      ['sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 1), 'ssh:'].map((part) => {
        const bytes = Buffer.from(part);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(bytes.length);
        return Buffer.concat([length, bytes]);
      }),
    ).toString('base64');
    const line = `sk-ssh-ed25519@openssh.com ${blob}`;
    expect(keyWords(line)).toMatch(/^sk-ssh-ed25519@openssh\.com SHA256:\S{43}$/);
    expect(keyWords(`verify-required ${line}`)).toMatch(/SHA256:\S{43}, its user verified$/);
  });
});

describe('warnings are told', () => {
  test('once for all kinds they are about, by name', () => {
    const [warning] = rootWarnings(root([ANNA, BEN], [every(2, { kinds: ['root', 'admin'] })]));
    expect(warning).toMatch(/^admin, permission, .*, root: all of anna and ben must sign/);
  });

  test('of a person only when no rule names any of their roles', () => {
    const mixed = { ...CORA, roles: ['auditor', 'owner'] };
    expect(rootWarnings(root([ANNA, BEN, mixed], [every(2)]))).toEqual([]);
  });

  test('of one signature only where no other rule asks for more', () => {
    const rules = [every(2), every(1, { kinds: ['admin'], roles: ['tech'] })];
    const techs = [person('safe', 'tech'), { ...person('cora', 'tech'), name: 'dora' }];
    expect(rootWarnings(root([ANNA, BEN, CORA, ...techs], rules))).toEqual([]);
  });

  test('of a rotation that eases one of two rules for a kind only when the stricter one gets easier', () => {
    const rules = (strict: number) => [every(1), every(strict, { kinds: ['admin'] })];
    const people = [ANNA, BEN, CORA];
    expect(rotationWarnings(root(people, rules(2)), root(people, rules(1)))).toContain(
      'admin: 1 must sign where 2 had to',
    );
  });

  test('of a recovery key only where the last one goes', () => {
    const safe = person('safe', 'recovery');
    const rules = [every(2, { roles: ['owner', 'recovery'] })];
    const lost = (before: TrustRoot['people'], after: TrustRoot['people']) =>
      rotationWarnings(root(before, rules), root(after, rules)).includes('no recovery key is left');
    expect(lost([ANNA, BEN, CORA, safe], [ANNA, BEN, safe])).toBe(false);
    expect(lost([ANNA, BEN, CORA, safe], [ANNA, BEN, CORA])).toBe(true);
    expect(lost([ANNA, BEN, CORA], [ANNA, BEN])).toBe(false);
  });
});
