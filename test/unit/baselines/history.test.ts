import { describe, expect, test } from '@jest/globals';
import {
  pastCollection,
  pastRecord,
  type SignedDocument,
  sha256Hex,
  trustRootBytes,
  type VerifiedTrust,
  verifyHistory,
  verifyTrust,
} from '../../../baselines/index.js';
import {
  admins,
  type Chain,
  codeOf,
  collection,
  extended,
  headOf,
  keys,
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

const more = collection('terminals', 'terminal', [
  ['BT1', null],
  ['BT2', 'Brno'],
]);
const one = extended(noChain, propose(null, [admins, terminals], 'the first'));
const two = extended(one, propose(headOf(one), [admins, more], 'the second'), ['anna']);
const three = extended(two, propose(headOf(two), [admins], 'the third'));

const history = (chain: Chain, by: VerifiedTrust = trust) =>
  verifyHistory({
    ...{ trust: by, site: SITE, documents: chain.documents, nowMs: NOW_MS },
    records: (digest) => chain.records.get(digest),
  });

/** A trust root without anna, pinning this version. */
function rotated(document: SignedDocument, version: number): VerifiedTrust {
  const bytes = trustRootBytes({
    ...trustRoot,
    version: 2,
    parent: trust.digest,
    people: [
      ...trustRoot.people.filter(({ name }) => name === 'ben'),
      {
        ...(trustRoot.people.find(({ name }) => name === 'dan') as (typeof trustRoot.people)[0]),
        roles: ['owner', 'tech'],
      },
    ],
    heads: [{ site: SITE, version, statement: sha256Hex(document.bytes) }],
  });
  const file = 'root.000002.json';
  const signed = {
    file,
    bytes,
    signatures: signatures(file, bytes, ['anna', 'ben', 'dan'], 'root@tillwarden'),
  };
  const next = verifyTrust([rootDocument, signed], trust.digest);
  expect(next.version).toBe(2);
  return next;
}

describe('the history of a chain', () => {
  test('is every step with what it says, who signed it and what its records were', () => {
    const { steps, problems } = history(three);
    expect(problems).toEqual([]);
    expect(
      steps.map(({ version, signers, proof, statement }) => [version, signers, proof, statement.reason]),
    ).toEqual([
      [1, ['anna', 'ben'], 'signatures', 'the first'],
      [2, ['anna'], 'signatures', 'the second'],
      [3, ['anna', 'ben'], 'signatures', 'the third'],
    ]);
    const records = (digest: string) => three.records.get(digest);
    expect(steps.map((step) => pastCollection(step, 'terminals', records)?.records.length ?? null)).toEqual([
      1,
      2,
      null,
    ]);
  });

  test('ends before the first step that does not count', () => {
    const forged = {
      ...three,
      documents: three.documents.map((one) =>
        one.file === '000002.json' ? { ...one, signatures: [] } : one,
      ),
    };
    expect(history(forged).steps.map(({ version }) => version)).toEqual([1]);
    expect(history(forged).problems.map(({ code }) => code)).toEqual(['BASELINE_UNSIGNED']);
    expect(history(noChain)).toEqual({ steps: [], problems: [] });
  });

  test('tells one record alone by its key, from a file that is the signed one, and none that the file does not hold', () => {
    const [first, second] = history(three).steps;
    if (first === undefined || second === undefined) throw new Error('there are no two steps');
    const records = (digest: string) => three.records.get(digest);
    const past = pastCollection(second, 'terminals', records)?.records ?? [];
    for (const record of past)
      expect(pastRecord(second, 'terminals', record.key, records)?.records).toEqual([record]);
    expect(pastRecord(second, 'terminals', '["BT9"]', records)?.records).toEqual([]);
    expect(pastRecord(second, 'terminals', '["BT', records)?.records).toEqual([]);
    expect(pastRecord(second, 'nothing', '["BT1"]', records)).toBeNull();
    expect(codeOf(() => pastRecord(first, 'terminals', '["BT1"]', () => Buffer.from('x')))).toBe(
      'BASELINE_RECORDS_DIGEST',
    );
  });

  test('finds the record of a key and not a text that looks like one', () => {
    const tricky = collection('terminals', 'terminal', [
      ['BT1', '","key":["BT2"]}'],
      ['BT2', ',"key":["BT1"]}\n'],
    ]);
    const chain = extended(noChain, propose(null, [admins, tricky]));
    const [step] = history(chain).steps;
    const records = (digest: string) => chain.records.get(digest);
    const found = (key: string) => step && pastRecord(step, 'terminals', key, records)?.records;
    expect([found('["BT1"]'), found('["BT2"]')]).toEqual(tricky.records.map((record) => [record]));
  });

  test('says of records that are gone or changed which check failed', () => {
    const [first] = history(three).steps;
    if (first === undefined) throw new Error('there is no step');
    expect(codeOf(() => pastCollection(first, 'terminals', () => undefined))).toBe(
      'BASELINE_RECORDS_MISSING',
    );
    expect(codeOf(() => pastCollection(first, 'terminals', () => Buffer.from('x')))).toBe(
      'BASELINE_RECORDS_DIGEST',
    );
  });
});

describe('the history before a head that the trust root pins', () => {
  const pinned = three.documents[2] as SignedDocument;
  const without = (file: string): Chain => ({
    ...three,
    documents: three.documents.filter((one) => one.file !== file),
  });

  test('is proven by descent, though a key that signed it counts no more', () => {
    expect(Object.keys(keys)).toContain('anna');
    const { steps } = history(three, rotated(pinned, 3));
    expect(steps.map(({ version, proof, signers }) => [version, proof, signers])).toEqual([
      [1, 'descent', ['ben']],
      [2, 'descent', []],
      [3, 'signatures', ['ben']],
    ]);
  });

  test('still says who signed with a key that an earlier trust root had, apart from those who count', () => {
    expect(history(three, rotated(pinned, 3)).steps.map(({ former }) => former)).toEqual([
      ['anna'],
      ['anna'],
      ['anna'],
    ]);
    expect(history(three).steps.map(({ former }) => former)).toEqual([[], [], []]);
    const stranger = { ...three, documents: three.documents.map((one) => ({ ...one, signatures: [] })) };
    expect(history(stranger, rotated(pinned, 3)).steps.map(({ former }) => former)).toEqual([[], [], []]);
  });

  test('goes back as far as every statement is there with its very bytes', () => {
    const by = rotated(pinned, 3);
    expect(history(without('000002.json'), by).steps.map(({ version }) => version)).toEqual([3]);
    const other = { ...(three.documents[0] as SignedDocument), bytes: Buffer.from('{}\n') };
    const swapped = { ...three, documents: [other, ...three.documents.slice(1)] };
    expect(history(swapped, by).steps.map(({ version }) => version)).toEqual([2, 3]);
    // The right one is found beside a false one.
    const both = { ...three, documents: [other, ...three.documents] };
    expect(history(both, by).steps.map(({ version }) => version)).toEqual([1, 2, 3]);
  });
});
