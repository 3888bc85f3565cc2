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
import { LOCAL, PAGE, softwarePasskey } from '../baselines/passkey-scene.js';

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

  test('a shop of one is warned that its key decides alone, and that nobody can when it is lost', () => {
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

  test('a kind without a rule and a person without one are warned of', () => {
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

  test('name the page of a passkey, whose it is, and whether it may be synced', () => {
    const words = (origin: string, deviceBound = false) =>
      keyWords(softwarePasskey(origin, { deviceBound }).key.line).replace(/SHA256:\S{43}/, 'SHA256:…');
    expect(words(LOCAL)).toBe(
      'passkey SHA256:… of http://localhost:9773 (on the own machine), its user verified, may be synced to other devices',
    );
    expect(words(PAGE, true)).toBe(
      'passkey SHA256:… of https://console.example.com (a page of example.com, which counts for one person), its user verified, bound to its device',
    );
  });
});

describe('warnings are given', () => {
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

  const withKeys = (one: TrustRoot['people'][number], ...keys: string[]) => ({ ...one, keys });
  const passkeyOn = (origin: string) => softwarePasskey(origin).key.line;

  test('of people who can sign on pages of one owner alone', () => {
    const warned = (...people: TrustRoot['people']) =>
      rootWarnings(root([...people, CORA], [every(2)])).filter((line) => line.includes('page'));
    const [anna, ben] = [withKeys(ANNA, passkeyOn(PAGE)), withKeys(BEN, passkeyOn('https://x.example.com'))];
    expect(warned(anna, ben)).toEqual([
      'anna and ben can sign on pages of example.com alone, and a page counts for one person; give them another key, or a passkey of their own machine',
    ]);
    expect(warned(anna, BEN)).toEqual([]);
    expect(warned(anna, withKeys(BEN, passkeyOn('https://example.net')))).toEqual([]);
    expect(warned(withKeys(ANNA, passkeyOn(LOCAL)), withKeys(BEN, passkeyOn(LOCAL)))).toEqual([]);
    expect(warned(anna, withKeys(BEN, passkeyOn(PAGE), passkeyOn(LOCAL)))).toEqual([]);
    const both = [passkeyOn(PAGE), passkeyOn('https://example.net')];
    expect(warned(withKeys(ANNA, ...both), withKeys(BEN, ...both))).toEqual([
      expect.stringMatching(/^anna and ben can sign on pages of example\.com or example\.net alone/),
    ]);
  });

  test('of the first passkey, which older daemons refuse, and of no further one', () => {
    const first =
      'the first passkey: a daemon of a version before this one refuses the root; upgrade every daemon before signing it';
    const rules = [every(2)];
    const before = root([ANNA, BEN, CORA], rules);
    const after = root([withKeys(ANNA, ...ANNA.keys, passkeyOn(LOCAL)), BEN, CORA], rules);
    expect(rotationWarnings(before, after)).toEqual([first]);
    expect(rotationWarnings(after, after)).toEqual([]);
    expect(rotationWarnings(after, before)).toEqual([]);
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
