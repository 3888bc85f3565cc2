import { describe, expect, test } from '@jest/globals';
import {
  pastCollection,
  rootFile,
  type SignedDocument,
  type Statement,
  sha256Hex,
  statementBytes,
  statementFile,
  trustRootBytes,
  verifyHistory,
  verifyTrust,
} from '../../../baselines/index.js';
import {
  admins,
  extended,
  headOf,
  NOW_MS,
  noChain,
  propose,
  rootDocument,
  SITE,
  signatures,
  terminals,
  trust,
  trustRoot,
} from './scene.js';

const first = propose(null, [admins, terminals]);
const chain = extended(noChain, first);
const [document] = chain.documents as [SignedDocument];

/** A signed version 3 after whatever has this digest, pinned by a second trust root: what is before it is proven by descent. */
function thirdAfter(parent: string) {
  const bytes = statementBytes({ ...first.statement, version: 3, parent } as Statement);
  const file = statementFile(3);
  const third = { file, bytes, signatures: signatures(file, bytes, ['anna', 'ben']) };
  const pinning = trustRootBytes({
    ...{ ...trustRoot, version: 2, parent: trust.digest },
    heads: [{ site: SITE, version: 3, statement: sha256Hex(bytes) }],
  });
  const root = {
    ...{ file: rootFile(2), bytes: pinning },
    signatures: signatures(rootFile(2), pinning, ['anna', 'ben'], 'root@tillwarden'),
  };
  return { third, trust: verifyTrust([rootDocument, root], trust.digest) };
}

const stepsAfter = (parent: Uint8Array, beside: readonly SignedDocument[]) => {
  const { third, trust } = thirdAfter(sha256Hex(parent));
  const documents = [...beside, third];
  return verifyHistory({ trust, site: SITE, documents, nowMs: NOW_MS, records: () => undefined }).steps.map(
    ({ version, proof }) => [version, proof],
  );
};
const inPlaceOfSecond = (bytes: Uint8Array) => ({ file: statementFile(2), bytes, signatures: [] });

describe('what lies before a pinned head', () => {
  test('is no step when nothing lies there', () => {
    expect(stepsAfter(document.bytes, [])).toEqual([[3, 'signatures']]);
  });

  test('is a step when the next one names it and it has the version before', () => {
    const second = statementBytes({ ...first.statement, version: 2, parent: sha256Hex(document.bytes) });
    expect(stepsAfter(second, [document, inPlaceOfSecond(second)])).toEqual([
      [1, 'descent'],
      [2, 'descent'],
      [3, 'signatures'],
    ]);
  });

  test('names everybody who signed one of its copies', () => {
    const [anna, ben] = document.signatures;
    if (anna === undefined || ben === undefined) throw new Error('two signatures');
    const second = statementBytes({ ...first.statement, version: 2, parent: sha256Hex(document.bytes) });
    const { third, trust } = thirdAfter(sha256Hex(second));
    const copies = [anna, ben].map((one) => ({ ...document, signatures: [one] }));
    const documents = [...copies, inPlaceOfSecond(second), third];
    const { steps } = verifyHistory({
      trust,
      site: SITE,
      documents,
      nowMs: NOW_MS,
      records: () => undefined,
    });
    expect(steps[0]).toMatchObject({ version: 1, signers: ['anna', 'ben'] });
  });

  test('is no step when it says that it is another version, though the next one names it', () => {
    expect(stepsAfter(document.bytes, [document, inPlaceOfSecond(document.bytes)])).toEqual([
      [3, 'signatures'],
    ]);
  });

  test('is no step when it cannot be read, though the next one names it', () => {
    const unreadable = Buffer.from('no statement');
    expect(stepsAfter(unreadable, [document, inPlaceOfSecond(unreadable)])).toEqual([[3, 'signatures']]);
  });
});

describe('a collection of a step', () => {
  const step = { ...headOf(chain), proof: 'signatures' as const, signers: [], recovery: [], former: [] };

  test('is read without the records of the others', () => {
    const [adminsEntry] = first.statement.collections;
    const only = (digest: string) =>
      digest === adminsEntry?.records ? chain.records.get(digest) : undefined;
    expect(pastCollection(step, 'admins', only)?.records).toEqual(admins.records);
    expect(pastCollection(step, 'nothing', only)).toBeNull();
    expect(() => pastCollection(step, 'terminals', only)).toThrow('The records of terminals are missing');
  });
});
