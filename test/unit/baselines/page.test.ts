import { describe, expect, test } from '@jest/globals';
import {
  armorAssertion,
  MUTE_FORMAT,
  muteBytes,
  NAMESPACES,
  type Namespace,
  proposeRoot,
  publicKeyOf,
  reviewProposal,
  reviewRoot,
  reviewSuppression,
  rootFile,
  type SignedDocument,
  sha256Hex,
  signatureFile,
  statementFile,
  suppressionFile,
  trustRootBytes,
  verifyChain,
  verifySuppression,
  verifyTrust,
} from '../../../baselines/index.js';
import { signersOf } from '../../../baselines/signers.js';
import { PAGE, type SoftwarePasskey, softwarePasskey } from './passkey-scene.js';
import { refusalOf } from './refusal.js';
import { codeOf, keys, NOW_MS, propose, SITE, signatures, trustRoot } from './scene.js';

const [anna, ben, far] = [
  softwarePasskey(PAGE),
  softwarePasskey('https://b.example.com'),
  softwarePasskey('https://example.net'),
];
const people = [
  { name: 'anna', roles: ['owner'], keys: [anna.key.line, publicKeyOf(keys.anna).line] },
  { name: 'ben', roles: ['owner'], keys: [ben.key.line, far.key.line] },
  ...trustRoot.people.filter(({ name }) => name === 'dan'),
];
const rootBytes = trustRootBytes({ ...trustRoot, people });
const trust = verifyTrust([{ file: rootFile(1), bytes: rootBytes, signatures: [] }], sha256Hex(rootBytes));

function signedBy(
  file: string,
  bytes: Uint8Array,
  namespace: Namespace,
  ...passkeys: readonly SoftwarePasskey[]
): SignedDocument {
  const texts = passkeys.map(({ key, assert }, index) => ({
    file: signatureFile(file, `p${index}`),
    text: armorAssertion(key, namespace, assert(bytes, { namespace })),
  }));
  return { file, bytes, signatures: texts };
}

describe('two who sign on pages of one owner are one person', () => {
  const proposal = propose(null);
  const statement = (...by: readonly SoftwarePasskey[]) =>
    signedBy(statementFile(1), proposal.bytes, NAMESPACES.baseline, ...by);
  const records = (digest: string) => proposal.records.get(digest);
  const headOf = (document: SignedDocument) =>
    verifyChain({ trust, site: SITE, documents: [document], records, nowMs: NOW_MS });

  test('and are two with a signature that needs no such page, or on one of another owner', () => {
    expect(headOf(statement(anna, ben)).head).toBeNull();
    expect(headOf(statement(anna, far)).head?.signers).toEqual(['anna', 'ben']);
    expect(headOf(statement(anna, ben, far)).head?.signers).toEqual(['anna', 'ben']);
    const both = statement(anna, ben);
    const own = signatures(statementFile(1), proposal.bytes, ['anna']);
    expect(headOf({ ...both, signatures: [...both.signatures, ...own] }).head?.signers).toEqual([
      'anna',
      'ben',
    ]);
    expect(headOf({ ...both, signatures: [...own, ...both.signatures] }).head?.version).toBe(1);
  });

  test('in a baseline, which says so', () => {
    expect(headOf(statement(anna, ben)).problems[0]).toMatchObject({
      code: 'BASELINE_TOO_FEW_SIGNERS',
      detail: expect.stringContaining(
        'only anna signed. A page counts for one person, so whoever else signed there does not count: ben.',
      ),
    });
  });

  test('in a proposal that waits', () => {
    const review = (...by: readonly SoftwarePasskey[]) =>
      reviewProposal({ trust, site: SITE }, null, statement(...by), records);
    expect(review(anna, ben).signers).toEqual(['anna', 'ben']);
    expect(review(anna, ben).missing[0]).toMatchObject({ signed: ['anna'], samePage: ['ben'], lacking: 1 });
    expect(review(anna, far).missing).toEqual([]);
  });

  test('in a mute, in force and pending', () => {
    const bytes = muteBytes({
      format: MUTE_FORMAT,
      site: SITE,
      created: new Date(NOW_MS).toISOString(),
      until: new Date(NOW_MS + 3_600_000).toISOString(),
      reason: 'moving house',
      scope: { kind: 'admin' },
    });
    const document = (...by: readonly SoftwarePasskey[]) =>
      signedBy(suppressionFile('mute', sha256Hex(bytes)), bytes, NAMESPACES.mute, ...by);
    const authority = { trust, site: SITE, baseline: null };
    expect(codeOf(() => verifySuppression(authority, document(anna, ben)))).toBe('BASELINE_TOO_FEW_SIGNERS');
    expect(reviewSuppression(authority, document(anna, ben)).missing).toHaveLength(1);
    expect(verifySuppression(authority, document(anna, far)).suppression.signers).toEqual(['anna', 'ben']);
    expect(reviewSuppression(authority, document(anna, far)).missing).toEqual([]);
  });

  test('in a trust root and its draft, by the rules of the one before and by its own', () => {
    const { bytes } = proposeRoot(trust, { ...trustRoot, people, createdMs: NOW_MS, expiresMs: NOW_MS + 1 });
    const document = (...by: readonly SoftwarePasskey[]) =>
      signedBy(rootFile(2), bytes, NAMESPACES.root, ...by);
    const first = { file: rootFile(1), bytes: rootBytes, signatures: [] };
    const versionWith = (...by: readonly SoftwarePasskey[]) =>
      verifyTrust([first, document(...by)], trust.digest).version;
    expect([versionWith(anna, ben), versionWith(anna, far)]).toEqual([1, 2]);
    const { missing } = reviewRoot(trust, document(anna, ben));
    expect(missing.byParent).toMatchObject([{ samePage: ['ben'], lacking: 1 }]);
    expect(missing.byItself).toMatchObject([{ samePage: ['ben'], lacking: 1 }]);
    expect(reviewRoot(trust, document(anna, far)).missing).toEqual({ byParent: [], byItself: [] });
  });

  test('as the signers of a document say: the owners of the pages of those who need one, in order', () => {
    const pagesOf = (...by: readonly SoftwarePasskey[]) => {
      const signers = signersOf(statement(...by), NAMESPACES.baseline, trust.keyring);
      return [signers.people, [...signers.pages]];
    };
    expect(pagesOf(far, ben, anna)).toEqual([
      ['anna', 'ben'],
      [
        ['ben', ['example.com', 'example.net']],
        ['anna', ['example.com']],
      ],
    ]);
    expect(pagesOf()).toEqual([[], []]);
  });
});

describe('a rule of a trust root', () => {
  const root = (threshold: number, ...keysOf: readonly (readonly SoftwarePasskey[])[]) =>
    refusalOf(() =>
      trustRootBytes({
        ...trustRoot,
        people: keysOf.map((passkeys, index) => ({
          name: `p${index}`,
          roles: ['owner'],
          keys: passkeys.map(({ key }) => key.line),
        })),
        rules: [{ kinds: ['root'], threshold, roles: ['owner'] }],
      }),
    );
  const on = softwarePasskey;
  const refusal = (needed: number, there: number, counting: number) =>
    `BASELINE_TRUST_UNREACHABLE: The rule for root needs ${needed} people and only ${there} have its roles, of whom ${counting} can count: a page counts for one person.`;

  test('that needs more people than pages can stand for is refused', () => {
    const local = () => on('http://localhost:9773');
    expect(root(2, [on(PAGE)], [on('https://x.example.com')])).toBe(refusal(2, 2, 1));
    expect(root(2, [on(PAGE)], [on(PAGE)], [on(PAGE)])).toBe(refusal(2, 3, 1));
    expect(root(3, [on(PAGE)], [on(PAGE)], [local()])).toBe(refusal(3, 3, 2));
    expect(root(1, [on(PAGE)], [on(PAGE)])).toBe('nothing was thrown');
    expect(root(2, [on(PAGE)], [on('https://example.net')])).toBe('nothing was thrown');
    expect(root(2, [on(PAGE)], [on(PAGE)], [local()])).toBe('nothing was thrown');
    expect(
      root(
        2,
        [on(PAGE), local()].sort((a, b) => (a.key.line < b.key.line ? -1 : 1)),
        [on(PAGE)],
      ),
    ).toBe('nothing was thrown');
    expect(root(2, [local()], [local()])).toBe('nothing was thrown');
    const ordered = [on(PAGE), on('https://example.net')].sort((a, b) => (a.key.line < b.key.line ? -1 : 1));
    expect(root(2, ordered)).toBe(
      'BASELINE_TRUST_UNREACHABLE: The rule for root needs 2 people and only 1 have its roles.',
    );
  });
});
