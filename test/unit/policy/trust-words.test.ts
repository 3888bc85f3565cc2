import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  publicKeyOf,
  RULE_KINDS,
  type Rule,
  rootDifference,
  type TrustRoot,
} from '../../../baselines/index.js';
import { rootDifferenceWords, rootWarnings, rotationWarnings } from '../../../daemon/policy/trust-words.js';

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
