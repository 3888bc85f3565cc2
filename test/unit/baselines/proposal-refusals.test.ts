import { describe, expect, test } from '@jest/globals';
import {
  acceptChanges,
  NAMESPACES,
  type Proposal,
  proposeBaseline,
  proposeRoot,
  recordLine,
  reviewProposal,
  reviewRoot,
  type SignedDocument,
  type Statement,
  sha256Hex,
  statementBytes,
  type TrustRoot,
  trustRootBytes,
  type VerifiedBaseline,
  verifyTrust,
} from '../../../baselines/index.js';
import { refusalOf } from './refusal.js';
import {
  type Approver,
  admins,
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
} from './scene.js';

const NOTHING = 'nothing was thrown';
const first = propose(null);
const head = headOf(extended(noChain, first));
const second = propose(head);
const reader =
  ({ records }: Proposal) =>
  (digest: string) =>
    records.get(digest);
const stale = (version: number) =>
  `BASELINE_PROPOSAL_STALE: The proposal does not follow version ${version}, the verified head; propose anew.`;

describe('the review of a proposal', () => {
  const statement = (over: Partial<Statement>, file: string): SignedDocument => ({
    file,
    bytes: statementBytes({ ...second.statement, ...over }),
    signatures: [],
  });
  const other = 'f'.repeat(64);

  test.each<[string, VerifiedBaseline | null, SignedDocument, string]>([
    ['the next step', head, signed(second), NOTHING],
    ['the first step', null, signed(first), NOTHING],
    [
      'one of another site',
      head,
      statement({ site: 'brno-1' }, '000002.json'),
      'BASELINE_WRONG_SITE: The proposal is for another site than prague-1: it was copied between sites. Remove it.',
    ],
    [
      'one under another name',
      head,
      statement({}, '000003.json'),
      'BASELINE_WRONG_VERSION: The proposal of version 2 belongs under the name 000002.json; it was renamed. Give it that name again, or withdraw it.',
    ],
    ['the first step once more', head, signed(first), stale(1)],
    ['the second step without a first', null, signed(second), stale(0)],
    ['the child of another', head, statement({ parent: other }, '000002.json'), stale(1)],
    ['a version too far', head, statement({ version: 3 }, '000003.json'), stale(1)],
  ])('answers in these words: %s', (_what, parent, document, answer) => {
    const records = reader(second);
    expect(refusalOf(() => reviewProposal({ trust, site: SITE }, parent, document, records))).toBe(answer);
  });

  test('leaves out whoever wrote what differs, and nobody where there is nothing before', () => {
    const strict: TrustRoot = {
      ...trustRoot,
      rules: trustRoot.rules.map((rule) => ({ ...rule, notAuthor: true })),
      people: trustRoot.people.map((person) =>
        person.name === 'anna' ? { ...person, accounts: [{ system: 'database', name: 'anna_db' }] } : person,
      ),
    };
    const bytes = trustRootBytes(strict);
    const authority = { trust: verifyTrust([{ ...rootDocument, bytes }], sha256Hex(bytes)), site: SITE };
    const written = (...names: readonly string[]) => ({
      ...collection(
        'roles',
        'admin',
        names.map((name, i) => [String(i), name] as const),
      ),
      definition: definition('roles', 'admin', { author: ['name'] }),
    });
    const begin = propose(null, [written()]);
    const parent = headOf(extended(noChain, begin));
    const next = propose(parent, [written('anna_db')]);
    const authors = (review: ReturnType<typeof reviewProposal>) =>
      review.requirements.map((one) => one.authors);
    expect(authors(reviewProposal(authority, parent, signed(next), reader(next)))).toEqual([['anna']]);
    const alone = propose(null, [written('anna_db')]);
    expect(authors(reviewProposal(authority, null, signed(alone), reader(alone)))).toEqual([[]]);
  });
});

describe('a proposal', () => {
  test('names its collections in one order, and follows nothing when it is the first', () => {
    const { statement } = proposeBaseline({
      site: SITE,
      parent: null,
      collections: [terminals, admins],
      reason: 'as reviewed',
      createdMs: NOW_MS,
      expiresMs: NOW_MS + 1,
    });
    expect(statement).toMatchObject({ version: 1, parent: null });
    expect(statement.collections.map((one) => one.definition.name)).toEqual(['admins', 'terminals']);
  });

  test('takes a change only from what the parent holds', () => {
    const [alice] = admins.records;
    if (alice === undefined) throw new Error('there is one');
    const carol = recordLine({ key: ['3'], fields: new Map([['name', 'carol']]) });
    const accept = (change: { key: string; before: typeof alice | null; after: typeof alice | null }) =>
      refusalOf(() => acceptChanges(admins, [change]));
    const refusal =
      "BASELINE_PROPOSAL_STALE: An accepted change of admins does not start from the parent's record; look at the difference again.";
    expect(accept({ key: carol.key, before: null, after: carol })).toBe(NOTHING);
    expect(accept({ key: alice.key, before: alice, after: null })).toBe(NOTHING);
    expect(accept({ key: alice.key, before: null, after: null })).toBe(refusal);
    expect(accept({ key: carol.key, before: carol, after: null })).toBe(refusal);
    expect(accept({ key: alice.key, before: alice, after: carol })).toBe(refusal);
    const twice = { ...admins, records: [alice, alice] };
    expect(refusalOf(() => acceptChanges(twice, []))).toBe(
      "BASELINE_RECORDS_DUPLICATE: The parent's records of admins hold a key twice; restore them from where they were signed.",
    );
  });
});

describe('the draft of a trust root', () => {
  const content = { people: trustRoot.people, rules: trustRoot.rules, heads: [] };
  const times = { createdMs: NOW_MS, expiresMs: NOW_MS + 1 };

  test('is the first one, or follows another', () => {
    expect(proposeRoot(null, { ...content, ...times }).root).toMatchObject({ version: 1, parent: null });
    expect(proposeRoot(trust, { ...content, ...times }).root).toMatchObject({
      version: 2,
      parent: trust.digest,
    });
  });

  const document = (
    over: { version: number; digest: string },
    by: readonly Approver[] = [],
    root = content,
  ) => {
    const { bytes } = proposeRoot({ ...over, keyring: new Map() }, { ...root, ...times });
    const file = `root.00000${over.version + 1}.json`;
    return { file, bytes, signatures: signatures(file, bytes, by, NAMESPACES.root) };
  };
  const refusal = (file: string, code: string, why: string) => `${code}: pending/${file}: ${why}`;
  const notNext = 'The draft does not follow trust root 1, the one in force; make it anew.';

  test.each<[string, SignedDocument, string]>([
    ['the next one', document(trust), NOTHING],
    [
      'a version too far',
      document({ version: 2, digest: trust.digest }),
      refusal('root.000003.json', 'BASELINE_PROPOSAL_STALE', notNext),
    ],
    [
      'the child of another',
      document({ version: 1, digest: 'f'.repeat(64) }),
      refusal('root.000002.json', 'BASELINE_PROPOSAL_STALE', notNext),
    ],
    [
      'one under another name',
      { ...document(trust), file: 'root.000003.json' },
      refusal(
        'root.000003.json',
        'BASELINE_WRONG_VERSION',
        'The draft of trust root 2 belongs under the name root.000002.json; it was renamed. Give it that name again, or withdraw it.',
      ),
    ],
  ])('answers in these words: %s', (_what, draft, answer) => {
    expect(refusalOf(() => reviewRoot(trust, draft))).toBe(answer);
  });

  test('names everybody of either root who signed it, and the recovery keys among them, in order', () => {
    const rescuing = {
      heads: [],
      people: trustRoot.people.map((person) =>
        person.name === 'dan'
          ? { ...person, name: 'abel', roles: ['recovery'] }
          : { ...person, roles: ['recovery'] },
      ),
      rules: trustRoot.rules.map((rule) => ({ ...rule, roles: ['recovery'] })),
    };
    const reviewed = reviewRoot(trust, document(trust, ['dan', 'ben', 'anna'], rescuing));
    expect(reviewed).toMatchObject({
      signers: ['abel', 'anna', 'ben', 'dan'],
      recovery: ['abel', 'anna', 'ben'],
      missing: { byParent: [], byItself: [] },
      notices: [],
    });
    expect(reviewRoot(trust, document(trust, ['anna'], rescuing)).missing).toMatchObject({
      byParent: [{ signed: ['anna'], lacking: 1 }],
      byItself: [{ signed: ['anna'], lacking: 1 }],
    });
  });
});
