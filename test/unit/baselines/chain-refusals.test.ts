import { describe, expect, test } from '@jest/globals';
import {
  LIMITS,
  NAMESPACES,
  type Proposal,
  proposeBaseline,
  proposeRoot,
  type SignedDocument,
  sha256Hex,
  statementBytes,
  type TrustRoot,
  trustRootBytes,
  verifyChain,
  verifyTrust,
} from '../../../baselines/index.js';
import { keyringOf, signersOf } from '../../../baselines/signers.js';
import { refusalOf } from './refusal.js';
import {
  type Approver,
  admins,
  type Chain,
  collection,
  definition,
  extended,
  headOf,
  NOW_MS,
  noChain,
  propose,
  rootDocument,
  SITE,
  signatures,
  signed,
  terminals,
  trust,
  trustRoot,
  verify,
} from './scene.js';

const first = propose(null);
const one = extended(noChain, first);
const second = propose(headOf(one), [admins, collection('terminals', 'terminal', [])]);
const two = extended(one, second);
const third = propose(headOf(two), [admins, terminals]);
const three = extended(two, third);

/** The refusal as a person reads it, of the problems of a chain. */
const problemsOf = ({ problems }: ReturnType<typeof verifyChain>) =>
  problems.map(({ code, detail }) => `${code}: ${detail}`);
const of = (proposal: Proposal, over: Partial<SignedDocument> = {}) => ({ ...signed(proposal), ...over });
const chainOf = (chain: Chain, ...documents: readonly SignedDocument[]): Chain => ({ ...chain, documents });
const DAY_MS = 86_400_000;

describe('a step that does not count', () => {
  const elsewhere = proposeBaseline({
    site: 'brno-1',
    parent: null,
    collections: [admins],
    reason: 'as reviewed',
    createdMs: NOW_MS,
    expiresMs: NOW_MS + DAY_MS,
  });
  const sibling = propose(headOf(extended(noChain, propose(null, undefined, 'another beginning'))));

  test.each<[string, Chain, string]>([
    [
      'the child of another',
      chainOf(one, ...one.documents, signed(sibling)),
      'BASELINE_WRONG_PARENT: Version 2 is not the child of the verified version before it; it was proposed on another one. Propose it anew.',
    ],
    [
      'of another site',
      chainOf(one, signed(elsewhere)),
      'BASELINE_WRONG_SITE: The statement is for the site brno-1 and lies where prague-1 is needed: it was copied between sites. Remove it.',
    ],
    [
      'an older one under its name',
      chainOf(one, ...one.documents, of(first, { file: '000002.json' })),
      'BASELINE_WRONG_VERSION: 000002.json holds version 1; the file was renamed or replaced by an older one. Restore the right one.',
    ],
    [
      'one of a later version in the place of the first',
      chainOf(one, of(second, { file: '000001.json' })),
      'BASELINE_WRONG_VERSION: 000001.json holds version 2; the file was renamed or replaced by an older one. Restore the right one.',
    ],
  ])('says why: %s', (_what, chain, problem) => {
    expect(problemsOf(verify(chain))).toEqual([problem]);
  });
});

describe('a head that the trust root pins', () => {
  const pinning = (proposal: Proposal): typeof trust => {
    const { version } = proposal.statement;
    const heads = [{ site: SITE, version, statement: proposal.digest }];
    return { ...trust, root: { ...trust.root, heads } };
  };
  const under = (chain: Chain, pinned = second) =>
    verifyChain({
      trust: pinning(pinned),
      site: SITE,
      documents: chain.documents,
      records: (digest) => chain.records.get(digest),
      nowMs: NOW_MS,
    });
  const other = of(propose(headOf(one), [admins, terminals], 'another second'));

  test('is that very document, whatever lies beside it, without signatures and without what is before it', () => {
    const bare = of(second, { signatures: [] });
    expect(under(chainOf(two, bare))).toMatchObject({ head: { version: 2, signers: [] }, problems: [] });
    expect(under(chainOf(two, other, bare)).head?.digest).toBe(second.digest);
    expect(under(chainOf(two, bare, other)).head?.digest).toBe(second.digest);
    expect(under(three).steps.map(({ version }) => version)).toEqual([2, 3]);
  });

  test('says whether it is missing or another document', () => {
    const pinned = `BASELINE_ANCHOR_MISSING: The trust root pins version 2 with sha256:${second.digest}`;
    expect(problemsOf(under(one))).toEqual([`${pinned}; the file is missing. Restore it.`]);
    expect(problemsOf(under(chainOf(two, other)))).toEqual([
      `${pinned}; the file is another document. Restore it.`,
    ]);
  });
});

describe('a head', () => {
  const expiresMs = NOW_MS + 365 * DAY_MS;
  const at = (nowMs: number) =>
    problemsOf(
      verifyChain({
        trust,
        site: SITE,
        documents: one.documents,
        records: (digest) => one.records.get(digest),
        nowMs,
      }),
    );

  test('is reported as expired once it has, and not at that very moment', () => {
    expect(at(expiresMs)).toEqual([]);
    expect(at(expiresMs + 1)).toEqual([
      `BASELINE_EXPIRED: Version 1 expired at ${first.statement.expires}; it is still compared against. Approve it anew.`,
    ]);
  });

  test('known before leaves every step and every notice as it is without', () => {
    const known = headOf(three);
    const four = extended(
      three,
      propose(known, [admins, collection('terminals', 'terminal', [['9', null]])]),
    );
    expect(verify(four, known)).toEqual(verify(four));
    const junk = { file: '000003.carl.sig', text: 'x' };
    const [begin, middle, last] = three.documents;
    if (!begin || !middle || !last) throw new Error('there are three');
    const noted = chainOf(three, begin, middle, { ...last, signatures: [...last.signatures, junk] });
    expect(verify(noted, known).problems).toMatchObject([
      { code: 'BASELINE_SIGNATURE_MALFORMED', file: junk.file },
    ]);
    expect(verify(noted, known)).toEqual(verify(noted));
  });

  test('known before lends no records to a statement that counts them otherwise', () => {
    const known = headOf(one);
    const honest = propose(known);
    const [entry, ...others] = honest.statement.collections;
    if (entry === undefined) throw new Error('it has collections');
    const collections = [{ ...entry, count: entry.count + 1 }, ...others];
    const bytes = statementBytes({ ...honest.statement, collections });
    const file = '000002.json';
    const lying = { file, bytes, signatures: signatures(file, bytes, ['anna', 'ben']) };
    const chain = chainOf(one, ...one.documents, lying);
    expect(verify(chain, known).problems).toMatchObject([{ code: 'BASELINE_RECORDS_COUNT' }]);
  });
});

describe('the author of a change', () => {
  const written = (author: readonly string[] | undefined, ...names: readonly string[]) => {
    const rows = names.map((name, i) => [String(i), name] as const);
    const { records, recordsDigest } = collection('roles', 'admin', rows);
    return { definition: definition('roles', 'admin', author ? { author } : {}), records, recordsDigest };
  };
  const strict: TrustRoot = {
    ...trustRoot,
    rules: trustRoot.rules.map((rule) => ({ ...rule, notAuthor: true })),
    people: trustRoot.people.map((person) =>
      person.name === 'anna' ? { ...person, accounts: [{ system: 'database', name: 'anna_db' }] } : person,
    ),
  };
  const bytes = trustRootBytes(strict);
  const strictTrust = verifyTrust([{ ...rootDocument, bytes }], sha256Hex(bytes));
  const detail = (before: readonly string[] | undefined, after: readonly string[] | undefined) => {
    const begin = propose(null, [admins, written(before)]);
    const head = headOf(extended(noChain, begin));
    const chain = extended(extended(noChain, begin), propose(head, [admins, written(after, 'anna_db')]));
    const { problems } = verifyChain({
      trust: strictTrust,
      site: SITE,
      documents: chain.documents,
      records: (digest) => chain.records.get(digest),
      nowMs: NOW_MS,
    });
    return problems.map((problem) => problem.detail);
  };

  test('does not count, whichever of both definitions names the column', () => {
    const refusal = [
      'roles must be signed by 2 with the role owner; only ben signed. Whoever changed it does not count: anna.',
    ];
    expect(detail(['name'], ['name'])).toEqual(refusal);
    expect(detail(['name'], undefined)).toEqual(refusal);
    expect(detail(undefined, ['name'])).toEqual(refusal);
    expect(detail(undefined, undefined)).toEqual([]);
  });
});

describe('a trust root', () => {
  const PINNED = `BASELINE_TRUST_PIN: The configuration pins root.000001.json with sha256:${trust.digest}`;
  const RESTORE = 'Restore the file, or correct trust.root if you changed it on purpose.';
  const FILE = 'root.000002.json';
  const rescuers: TrustRoot = {
    ...trustRoot,
    people: trustRoot.people.map((person) =>
      person.name === 'dan' ? person : { ...person, roles: ['recovery'] },
    ),
    rules: trustRoot.rules.map((rule) => ({ ...rule, roles: ['recovery'] })),
  };
  const pinned = { ...rootDocument, bytes: trustRootBytes(rescuers) };
  const pin = sha256Hex(pinned.bytes);
  const next = (
    content: TrustRoot,
    by: readonly Approver[],
    parent = { version: 1, digest: pin },
    file = FILE,
  ) => {
    const over = { ...parent, keyring: new Map() };
    const { bytes } = proposeRoot(over, { ...content, createdMs: NOW_MS, expiresMs: NOW_MS + DAY_MS });
    return { file, bytes, signatures: signatures(file, bytes, by, NAMESPACES.root) };
  };
  const problemsFor = (...documents: readonly SignedDocument[]) =>
    verifyTrust([pinned, ...documents], pin).problems.map(({ code, detail }) => `${code}: ${detail}`);

  test('that is pinned and not there is reported with what is there', () => {
    const other = trustRootBytes({ ...trustRoot, created: '2026-01-02T00:00:00.000Z' });
    expect(refusalOf(() => verifyTrust([], trust.digest))).toBe(`${PINNED}; there is none. ${RESTORE}`);
    expect(refusalOf(() => verifyTrust([{ ...rootDocument, bytes: other }], trust.digest))).toBe(
      `${PINNED}; the one found has sha256:${sha256Hex(other)}. ${RESTORE}`,
    );
  });

  test('that does not follow the active one says why', () => {
    const both: readonly Approver[] = ['anna', 'ben'];
    expect(problemsFor(next(rescuers, both, { version: 1, digest: '0'.repeat(64) }))).toEqual([
      'BASELINE_WRONG_PARENT: Trust root 2 is not the child of the verified trust root 1. Restore the right one, or make it anew.',
    ]);
    expect(problemsFor(next(rescuers, both, { version: 2, digest: pin }))).toEqual([
      'BASELINE_WRONG_VERSION: root.000002.json holds a trust root of another version; one of them was renamed. Give each its own name again.',
    ]);
    const later = next(rescuers, both).bytes;
    expect(refusalOf(() => verifyTrust([{ ...rootDocument, bytes: later }], sha256Hex(later)))).toBe(
      'BASELINE_WRONG_VERSION: root.000001.json holds a trust root of another version; one of them was renamed. Give each its own name again.',
    );
  });

  test('names who signed it by either root, and who of them with a recovery key, each once and in order', () => {
    const steps = (...documents: readonly SignedDocument[]) =>
      verifyTrust([pinned, ...documents], pin).steps.map(({ signers, recovery }) => [signers, recovery]);
    expect(steps(next(rescuers, ['ben', 'anna']))[1]).toEqual([
      ['anna', 'ben'],
      ['anna', 'ben'],
    ]);
    expect(steps(next(trustRoot, ['ben', 'anna', 'dan']))[1]).toEqual([
      ['anna', 'ben', 'dan'],
      ['anna', 'ben'],
    ]);
  });

  test('counts those whom only one of both roots has', () => {
    const renamed = {
      ...rescuers,
      people: rescuers.people.map((person) =>
        person.name === 'dan' ? { ...person, name: 'abel', roles: ['recovery'] } : person,
      ),
    };
    const { steps } = verifyTrust([pinned, next(renamed, ['ben', 'anna', 'dan'])], pin);
    expect(steps[1]).toMatchObject({
      signers: ['abel', 'anna', 'ben', 'dan'],
      recovery: ['abel', 'anna', 'ben'],
    });
  });
});

describe('the signers of a document', () => {
  const keyring = keyringOf(trustRoot);
  const { file, bytes } = signed(first);
  const by = (names: readonly Approver[]) => signatures(file, bytes, names);
  const read = (over: Partial<SignedDocument>) =>
    signersOf({ file, bytes, signatures: [], ...over }, NAMESPACES.baseline, keyring);

  test('are named once each and in order', () => {
    expect(read({ signatures: [...by(['ben', 'anna', 'ben'])] })).toEqual({
      people: ['anna', 'ben'],
      pages: new Map(),
      problems: [],
    });
  });

  test('are none of a key that the trust root does not have, which is reported with file and version', () => {
    const without = new Map([...keyring].filter(([, owner]) => owner.person !== 'anna'));
    const signatures = by(['anna']);
    expect(signersOf({ file, bytes, signatures }, NAMESPACES.baseline, without)).toEqual({
      people: [],
      pages: new Map(),
      problems: [
        {
          code: 'BASELINE_SIGNATURE_UNKNOWN_KEY',
          file: '000001.anna.sig',
          version: 1,
          detail:
            'The signature is by a key that the trust root does not have; it does not count. Ask whose it is; add the key with a new trust root, or remove the file.',
          weight: 'notice',
        },
      ],
    });
  });

  test('are looked for in the files named after people, and in so many others and no more', () => {
    const junk = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ file: `000001.0-${n}.sig`, text: 'x' }));
    const most = LIMITS.signaturesPerDocument;
    const [anna] = by(['anna']);
    const elsewhere = { file: '000001.another-name.sig', text: anna?.text ?? '' };
    const full = read({ signatures: [...junk(most - 1), elsewhere] });
    expect(full.people).toEqual(['anna']);
    expect(full.problems).toHaveLength(most - 1);
    const over = read({ signatures: [...junk(most), elsewhere, ...by(['ben'])] });
    expect(over.people).toEqual(['ben']);
    expect(over.problems.at(-1)).toEqual({
      code: 'BASELINE_TOO_MANY_SIGNATURES',
      file: '000001.json',
      version: 1,
      detail:
        'There are 66 signature files; looked at are those named after people of the trust root and the first 64 others, and 1 more are ignored.',
      weight: 'notice',
    });
  });
});
