import { describe, expect, test } from '@jest/globals';
import {
  acceptChanges,
  type CollectionSnapshot,
  collectionSnapshot,
  LIMITS,
  parseStatement,
  proposeBaseline,
  recordLine,
  reviewPending,
  reviewProposal,
  type SignedDocument,
  sameDefinition,
} from '../../../baselines/index.js';
import {
  admins,
  codeOf,
  collection,
  definition,
  extended,
  headOf,
  noChain,
  propose,
  SITE,
  signed,
  terminals,
  trust,
} from './scene.js';

const record = (key: string | null, name: string | null) =>
  recordLine({ key: [key], fields: new Map([['name', name]]) });
const one = extended(noChain, propose(null));
const head = headOf(one);

describe('a proposal', () => {
  test('follows its parent and names its collections in order', () => {
    const { statement, bytes, records } = propose(head, [terminals, admins]);
    expect(statement.version).toBe(2);
    expect(statement.parent).toBe(head.digest);
    expect(statement.collections.map((one) => one.definition.name)).toEqual(['admins', 'terminals']);
    expect(parseStatement(bytes)).toEqual(statement);
    expect([...records.keys()].sort()).toEqual([admins.recordsDigest, terminals.recordsDigest].sort());
  });

  test('writes sets of a definition in order, whatever the configuration says', () => {
    const shuffled = definition('admins', 'admin', { columns: ['b', 'a'], secret: ['b', 'a'] });
    const { statement } = propose(null, [collectionSnapshot(shuffled, [])]);
    const signedDefinition = statement.collections[0]?.definition;
    expect(signedDefinition?.columns).toEqual(['a', 'b']);
    expect(signedDefinition?.secret).toEqual(['a', 'b']);
    expect(sameDefinition(shuffled, signedDefinition ?? shuffled)).toBe(true);
    expect(sameDefinition(shuffled, { ...shuffled, key: ['b', 'a'] })).toBe(false);
  });

  test.each<[string, CollectionSnapshot, string]>([
    [
      'a key is there twice',
      collectionSnapshot(admins.definition, [record('1', 'a'), record('1', 'b')]),
      'BASELINE_RECORDS_DUPLICATE',
    ],
    [
      'a key holds a null',
      collectionSnapshot(admins.definition, [record(null, 'a')]),
      'BASELINE_RECORDS_NULL_KEY',
    ],
    [
      'a field is not of the definition',
      collectionSnapshot(definition('admins', 'admin', { columns: ['email'] }), [record('1', 'a')]),
      'BASELINE_RECORDS_FIELDS',
    ],
    [
      'a value holds half a character',
      collectionSnapshot(admins.definition, [record('1', '\ud800')]),
      'BASELINE_RECORDS_MALFORMED',
    ],
    [
      'the digest is not that of the records',
      { ...admins, recordsDigest: '0'.repeat(64) },
      'BASELINE_RECORDS_DIGEST',
    ],
  ])('is refused when %s', (_what, snapshot, code) => {
    expect(codeOf(() => propose(null, [snapshot]))).toBe(code);
  });

  test('is refused when its records are more than are ever read', () => {
    const long = 'x'.repeat(LIMITS.recordsBytes);
    expect(codeOf(() => propose(null, [collection('admins', 'admin', [['1', long]])]))).toBe(
      'BASELINE_TOO_LARGE',
    );
  });

  test('keeps a text that only looks like half a character', () => {
    for (const name of ['\\ud800', '\\\\ud800', '\\u', '\ud83e\udd80\\ud']) {
      expect(codeOf(() => propose(null, [collectionSnapshot(admins.definition, [record('1', name)])]))).toBe(
        'nothing was thrown',
      );
    }
  });

  test.each([
    ['a site that is a path', { site: '../x' }],
    ['no reason', { reason: '' }],
    ['an expiry before its beginning', { expiresMs: 0 }],
  ])('is refused with %s', (_what, over) => {
    const input = {
      site: SITE,
      parent: null,
      collections: [],
      reason: 'x',
      createdMs: 1,
      expiresMs: 2,
      ...over,
    };
    expect(codeOf(() => proposeBaseline(input))).toBe('BASELINE_FORMAT');
  });
});

describe('reviewing a proposal', () => {
  const more = collection('terminals', 'terminal', [
    ['BT300001', 'Praha'],
    ['BT300002', 'Brno'],
  ]);
  const proposal = propose(head, [collection('admins', 'admin', []), more]);
  const records = (digest: string) => proposal.records.get(digest);
  const review = (document = signed(proposal, ['anna']), parent: typeof head | null = head) =>
    reviewProposal({ trust, site: SITE }, parent, document, records);

  test('shows what would be approved, who signed and who is missing', () => {
    const result = review();
    expect(result.collections.get('terminals')).toEqual(more);
    expect(result.signers).toEqual(['anna']);
    expect(result.requirements.map(({ because, needed }) => [because, needed])).toEqual([
      [['admins'], 2],
      [['terminals'], 1],
    ]);
    expect(
      result.missing.map(({ requirement, signed, lacking }) => [requirement.because, signed, lacking]),
    ).toEqual([[['admins'], ['anna'], 1]]);
    expect(review(signed(proposal)).missing).toEqual([]);
    expect(review(signed(proposal, [])).signers).toEqual([]);
  });

  test('names the signatures that do not count', () => {
    const document = signed(proposal, ['anna']);
    const junk = { file: '000002.ben.sig', text: 'x' };
    const result = review({ ...document, signatures: [...document.signatures, junk] });
    expect(result.notices.map(({ code, file }) => [code, file])).toEqual([
      ['BASELINE_SIGNATURE_MALFORMED', '000002.ben.sig'],
    ]);
  });

  test('refuses one under the name of another version, which would take the place of that version', () => {
    const renamed = { ...signed(proposal), file: '000003.json' };
    expect(codeOf(() => review(renamed))).toBe('BASELINE_WRONG_VERSION');
    expect(codeOf(() => review({ ...signed(proposal), file: '000002.JSON' }))).toBe('BASELINE_WRONG_VERSION');
  });

  test('of one that waits, every refusal names its file and the command that removes it; a name of others is not repeated', () => {
    const refusal = (document: SignedDocument, parent: typeof head | null) => {
      try {
        reviewPending({ trust, site: SITE }, parent, { document, records });
      } catch (error) {
        return error;
      }
      return 'nothing was thrown';
    };
    const good = signed(proposal);
    const cases: [SignedDocument, typeof head | null, string, string][] = [
      [{ ...good, file: '000003.json' }, head, 'BASELINE_WRONG_VERSION', '000003.json'],
      [good, null, 'BASELINE_PROPOSAL_STALE', '000002.json'],
      [{ ...good, bytes: Buffer.from('x') }, head, 'BASELINE_NOT_JSON', '000002.json'],
      [{ ...good, file: '\u001b[2Jevil' }, head, 'BASELINE_WRONG_VERSION', ''],
    ];
    for (const [document, parent, code, file] of cases) {
      const error = refusal(document, parent);
      expect(error).toMatchObject({ code, pending: { what: 'proposal', site: SITE } });
      expect(String(error)).toContain(`BaselineError: pending/${file}: `);
      expect(String(error)).not.toContain('evil');
    }
  });

  test('refuses one for another parent, another site or with other records', () => {
    expect(codeOf(() => review(signed(proposal), null))).toBe('BASELINE_PROPOSAL_STALE');
    const next = headOf(extended(one, proposal));
    expect(codeOf(() => review(signed(proposal), next))).toBe('BASELINE_PROPOSAL_STALE');
    expect(codeOf(() => reviewProposal({ trust, site: 'brno-1' }, head, signed(proposal), records))).toBe(
      'BASELINE_WRONG_SITE',
    );
    expect(codeOf(() => reviewProposal({ trust, site: SITE }, head, signed(proposal), () => undefined))).toBe(
      'BASELINE_RECORDS_MISSING',
    );
    expect(
      codeOf(() => reviewProposal({ trust, site: SITE }, head, signed(proposal), () => Buffer.from('x'))),
    ).toBe('BASELINE_RECORDS_DIGEST');
  });
});

describe('accepting changes', () => {
  const [alice, nameless] = admins.records;

  test('gives the parent with exactly these changes', () => {
    const carol = record('3', 'carol');
    const renamed = record('1', 'Alice');
    const accepted = acceptChanges(admins, [
      { key: carol.key, before: null, after: carol },
      { key: renamed.key, before: alice ?? null, after: renamed },
      { key: nameless?.key ?? '', before: nameless ?? null, after: null },
    ]);
    expect(accepted).toEqual(collectionSnapshot(admins.definition, [renamed, carol]));
    expect(acceptChanges(admins, [])).toEqual(admins);
  });

  test('refuses a change that does not start from the parent', () => {
    const carol = record('3', 'carol');
    const renamed = record('1', 'Alice');
    const wrong = [
      { key: carol.key, before: carol, after: null },
      { key: renamed.key, before: renamed, after: null },
      { key: renamed.key, before: null, after: renamed },
      { key: carol.key, before: null, after: renamed },
    ];
    for (const change of wrong)
      expect(codeOf(() => acceptChanges(admins, [change]))).toBe('BASELINE_PROPOSAL_STALE');
  });

  test('refuses a parent that holds a key twice', () => {
    const twice = collectionSnapshot(admins.definition, [record('1', 'a'), record('1', 'b')]);
    expect(codeOf(() => acceptChanges(twice, []))).toBe('BASELINE_RECORDS_DUPLICATE');
  });
});
