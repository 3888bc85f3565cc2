import { describe, expect, test } from '@jest/globals';
import {
  atOnce,
  checkpointBytes,
  proposeRoot,
  resumeChain,
  rootFile,
  type SignedDocument,
  sha256Hex,
  statementBytes,
  type VerifiedAncestry,
  type VerifiedTrust,
  verifyChain,
  verifyTrust,
} from '../../../baselines/index.js';
import {
  admins,
  collection,
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
} from './scene.js';

const moreTerminals = collection('terminals', 'terminal', [
  ['BT300001', 'Praha'],
  ['BT300002', 'Brno'],
]);
const one = extended(noChain, propose(null));
const two = extended(one, propose(headOf(one), [admins, moreTerminals]), ['dan']);
const three = extended(two, propose(headOf(two), [admins, terminals]), ['anna']);
const four = extended(three, propose(headOf(three), [admins, moreTerminals]), ['anna']);
const head = headOf(four);
const bytesOf = (of: Pick<VerifiedAncestry, 'site' | 'trust' | 'ancestry'>, verifier = 'v1') =>
  checkpointBytes(of, verifier) as Uint8Array;
const checkpoint = bytesOf(head);

function resume(
  bytes = checkpoint,
  documents: readonly SignedDocument[] = four.documents,
  { by = trust, site = SITE, verifier = 'v1' }: { by?: VerifiedTrust; site?: string; verifier?: string } = {},
) {
  return atOnce(resumeChain({ trust: by, site }, documents, bytes, verifier));
}

function goOn(known: VerifiedAncestry | null, documents = four.documents, records = four.records) {
  const input = {
    trust,
    site: SITE,
    documents,
    records: (digest: string) => records.get(digest),
    nowMs: NOW_MS,
  };
  return verifyChain(known === null ? input : { ...input, known });
}

/** A document with other bytes under the same name and signatures. */
const altered = (at: number, bytes: Uint8Array) =>
  four.documents.map((document, i) => (i === at ? { ...document, bytes } : document));

describe('a checkpoint', () => {
  test('covers every step before the head, and the walk from it finds what a walk over everything finds', () => {
    const known = resume();
    expect(known?.ancestry).toEqual(head.ancestry.slice(0, -1));
    expect(goOn(known)).toEqual(goOn(null));
  });

  test('of a chain of one step is none: nothing lies before the head', () => {
    expect(checkpointBytes(headOf(one), 'v1')).toBeNull();
  });

  test('spares the signatures of what it covers and of nothing else', () => {
    const without = (...versions: number[]) =>
      four.documents.map((document, i) =>
        versions.includes(i + 1) ? { ...document, signatures: [] } : document,
      );
    expect(goOn(resume(), without(1, 2, 3)).head?.version).toBe(4);
    expect(goOn(resume(), without(4)).problems).toMatchObject([{ code: 'BASELINE_UNSIGNED', version: 4 }]);
  });

  test.each<[string, () => VerifiedAncestry | null]>([
    ['of another version of the program', () => resume(checkpoint, four.documents, { verifier: 'v2' })],
    ['of another site', () => resume(checkpoint, four.documents, { site: 'brno-1' })],
    ['of a chain whose file was deleted', () => resume(checkpoint, four.documents.slice(1))],
    ['of a chain one of whose files was changed', () => resume(checkpoint, altered(1, Buffer.from('{}\n')))],
    [
      'of a chain one of whose versions is there twice with different bytes',
      () =>
        resume(checkpoint, [
          ...four.documents,
          { file: '000002.json', bytes: Buffer.from('x'), signatures: [] },
        ]),
    ],
    ['that is cut off', () => resume(checkpoint.subarray(0, -3))],
    ['that is empty', () => resume(new Uint8Array())],
    ['that covers nothing', () => resume(bytesOf({ ...head, ancestry: [] as never[] }) ?? new Uint8Array())],
    [
      'that begins later than the chain',
      () => resume(bytesOf({ ...head, ancestry: head.ancestry.slice(1) })),
    ],
    [
      'that leaves a step out',
      () => resume(bytesOf({ ...head, ancestry: head.ancestry.filter(({ version }) => version !== 2) })),
    ],
  ])('%s is not gone on from', (_what, attack) => {
    expect(resume()).not.toBeNull();
    expect(attack()).toBeNull();
  });

  test('of another trust root is not gone on from: whoever lost their rights may have signed', () => {
    const { bytes } = proposeRoot(trust, { ...trust.root, createdMs: NOW_MS, expiresMs: NOW_MS + 1e9 });
    const file = rootFile(2);
    const signed = { file, bytes, signatures: signatures(file, bytes, ['anna', 'ben'], 'root@tillwarden') };
    const next = verifyTrust([rootDocument, signed], sha256Hex(rootDocument.bytes));
    expect(next.version).toBe(2);
    expect(resume(checkpoint, four.documents, { by: next })).toBeNull();
  });

  test('put back from an earlier time only means that more is verified', () => {
    const known = resume(bytesOf(headOf(two)));
    expect(known?.version).toBe(1);
    expect(goOn(known).head).toEqual(head);
  });

  test('forged for a step that nobody signed leads to no head: who signed the head named another parent', () => {
    const evil = propose(headOf(two), [collection('admins', 'admin', [['9', 'mallory']]), moreTerminals]);
    const documents = altered(2, evil.bytes);
    const ancestry = head.ancestry.map((step) =>
      step.version === 3 ? { ...step, digest: evil.digest } : step,
    );
    const known = resume(bytesOf({ ...head, ancestry }), documents);
    expect(known?.digest).toBe(evil.digest);
    const { head: found, problems } = goOn(known, documents, new Map([...four.records, ...evil.records]));
    expect(problems[0]).toMatchObject({ code: 'BASELINE_WRONG_PARENT', version: 4, weight: 'refused' });
    expect(found).toBeNull();
  });

  test('is no head itself, also when everything behind it was taken away', () => {
    expect(goOn(resume(), four.documents.slice(0, 3))).toMatchObject({ head: null, problems: [] });
  });

  test('forged for steps that do not name one another is not gone on from', () => {
    const evil = statementBytes({ ...propose(null).statement, reason: 'nobody signed this' });
    const documents = altered(0, evil);
    const ancestry = head.ancestry.map((step) =>
      step.version === 1 ? { ...step, digest: sha256Hex(evil) } : step,
    );
    expect(resume(bytesOf({ ...head, ancestry }), documents)).toBeNull();
  });

  test('of a chain that the trust root pins begins at the pinned head and at no other document', () => {
    const pin = (statement: string) => {
      const heads = [{ site: SITE, version: 2, statement }];
      const { bytes } = proposeRoot(trust, {
        ...trust.root,
        heads,
        createdMs: NOW_MS,
        expiresMs: NOW_MS + 1e9,
      });
      const file = rootFile(2);
      const document = {
        file,
        bytes,
        signatures: signatures(file, bytes, ['anna', 'ben'], 'root@tillwarden'),
      };
      return verifyTrust([rootDocument, document], sha256Hex(rootDocument.bytes));
    };
    const by = pin(sha256Hex(four.documents[1]?.bytes ?? ''));
    const chain = { trust: by, site: SITE, documents: four.documents, nowMs: NOW_MS };
    const pinned = verifyChain({ ...chain, records: (digest) => four.records.get(digest) }).head;
    if (pinned === null) throw new Error('the pinned chain has no head');
    expect(resume(bytesOf(pinned), four.documents, { by })?.version).toBe(3);
    const other = pin(sha256Hex('another document'));
    expect(resume(bytesOf({ ...pinned, trust: other.digest }), four.documents, { by: other })).toBeNull();
  });

  test('covers signatures that were there when it was verified: a step with too few is not covered by what comes later', () => {
    const alone = propose(headOf(one), [collection('admins', 'admin', [['9', 'mallory']]), terminals]);
    const { head: found } = verifyChain({
      ...{ trust, site: SITE, nowMs: NOW_MS },
      documents: [...one.documents, signed(alone, ['anna'])],
      records: (digest) => one.records.get(digest) ?? alone.records.get(digest),
    });
    expect(found?.version).toBe(1);
    expect(found && checkpointBytes(found, 'v1')).toBeNull();
  });
});
