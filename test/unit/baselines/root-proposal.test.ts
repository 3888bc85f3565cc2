import { describe, expect, test } from '@jest/globals';
import { NAMESPACES, proposeRoot, reviewRoot, type SignedDocument } from '../../../baselines/index.js';
import { type Approver, NOW_MS, SITE, signatures, trust } from './scene.js';

const FILE = 'root.000002.json';
const draft = (parent = { version: trust.version, digest: trust.digest }) =>
  proposeRoot({ ...parent, keyring: new Map() }, { ...trust.root, createdMs: NOW_MS, expiresMs: NOW_MS + 1 });
const document = (by: readonly Approver[], over: Partial<SignedDocument> = {}): SignedDocument => {
  const { bytes } = draft();
  return { file: FILE, bytes, signatures: signatures(FILE, bytes, by, NAMESPACES.root), ...over };
};

describe('the draft of a trust root', () => {
  test('shows who signed it and who must', () => {
    const { root, signers, missing, notices } = reviewRoot(trust, document(['anna']));
    expect({ version: root.version, signers, notices }).toEqual({
      version: 2,
      signers: ['anna'],
      notices: [],
    });
    expect(missing.byParent.map(({ lacking }) => lacking)).toEqual([1]);
    expect(missing.byItself.map(({ lacking }) => lacking)).toEqual([1]);
    expect(reviewRoot(trust, document(['anna', 'ben'])).missing).toEqual({ byParent: [], byItself: [] });
  });

  test('signed by nobody, by one twice, for another type of document, by a stranger or over other bytes is not enough', () => {
    const [anna] = document(['anna']).signatures;
    if (anna === undefined) throw new Error('nobody signed');
    const other = draft({ version: 1, digest: '0'.repeat(64) }).bytes;
    const cases: [string, SignedDocument['signatures'], string[]][] = [
      ['nobody', [], []],
      ['one twice', [anna, { ...anna, file: 'root.000002.ben.sig' }], []],
      [
        'another namespace',
        [anna, ...signatures(FILE, draft().bytes, ['ben'], NAMESPACES.baseline)],
        ['BASELINE_SIGNATURE_NAMESPACE'],
      ],
      [
        'other bytes',
        [anna, ...signatures(FILE, other, ['ben'], NAMESPACES.root)],
        ['BASELINE_SIGNATURE_WRONG'],
      ],
      ['junk', [anna, { file: 'root.000002.ben.sig', text: 'x' }], ['BASELINE_SIGNATURE_MALFORMED']],
    ];
    for (const [what, signed, codes] of cases) {
      const { missing, notices } = reviewRoot(trust, document([], { signatures: signed }));
      expect([what, missing.byParent.length, missing.byItself.length]).toEqual([what, 1, 1]);
      expect([what, notices.map(({ code }) => code)]).toEqual([what, codes]);
    }
  });

  test.each<[string, SignedDocument, string]>([
    [
      'under the name of another version',
      document([], { file: 'root.000003.json' }),
      'BASELINE_WRONG_VERSION',
    ],
    [
      'that follows another root',
      document([], { bytes: draft({ version: 1, digest: '0'.repeat(64) }).bytes }),
      'BASELINE_PROPOSAL_STALE',
    ],
    ['cut off', document([], { bytes: draft().bytes.subarray(0, 100) }), 'BASELINE_NOT_JSON'],
    ['nested deep', document([], { bytes: Buffer.from('['.repeat(100_000)) }), 'BASELINE_TOO_DEEP'],
    ['of another type', document([], { bytes: Buffer.from(`{"site":"${SITE}"}\n`) }), 'BASELINE_FORMAT'],
  ])('%s is refused with its name, as what waits for signatures', (_what, bad, code) => {
    let thrown: unknown;
    try {
      reviewRoot(trust, bad);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'BaselineError', code, pending: { what: 'root' } });
    expect(String(thrown)).toContain(`BaselineError: pending/${bad.file}: `);
  });
});
