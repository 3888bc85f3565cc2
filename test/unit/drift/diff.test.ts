import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RecordLine } from '../../../baselines/index.js';
import type { Change, ChangeType } from '../../../daemon/drift/change.js';
import { type CollectionOutcome, diffCollection } from '../../../daemon/drift/compare.js';
import { linesWithKey } from '../../../daemon/drift/find.js';
import { hostileRecords, hostileText, record, snapshotOf, walletRoutes } from './arbitraries.js';

const diff = (signed: readonly RecordLine[], observed: readonly RecordLine[]) =>
  diffCollection('prague-1', snapshotOf(signed), snapshotOf(observed));
const changesOf = (outcome: CollectionOutcome): readonly Change[] =>
  outcome.outcome === 'drifted' ? outcome.changes : [];

/** The same answer, the slow and obvious way. */
function naiveDiff(signed: readonly RecordLine[], observed: readonly RecordLine[]): Map<string, ChangeType> {
  const changes = new Map<string, ChangeType>();
  const group = (records: readonly RecordLine[], key: string) =>
    records.filter((one) => one.key === key).map((one) => one.line);
  for (const { key } of [...signed, ...observed]) {
    const before = group(signed, key);
    const after = group(observed, key);
    const hasNull = (JSON.parse(key) as unknown[]).some((part) => part === null);
    if (after.length === 0) changes.set(key, 'removed');
    else if (hasNull || before.length > 1 || after.length > 1) changes.set(key, 'ambiguous');
    else if (before.length === 0) changes.set(key, 'added');
    else if (before[0] !== after[0]) changes.set(key, 'modified');
  }
  return changes;
}

describe('the diff of a collection', () => {
  test('finds what a slow comparison by map finds, for any records', () => {
    fc.assert(
      fc.property(hostileRecords, hostileRecords, (signed, observed) => {
        const found = new Map(changesOf(diff(signed, observed)).map((change) => [change.key, change.type]));
        expect(found).toEqual(naiveDiff(signed, observed));
      }),
      { numRuns: 500 },
    );
  });

  test('finds it too where most of what was read are the very records that were signed', () => {
    fc.assert(
      fc.property(hostileRecords, hostileRecords, fc.infiniteStream(fc.nat(3)), (signed, others, kept) => {
        const observed = [...signed.filter(() => kept.next().value !== 0), ...others.slice(0, 2)];
        const changes = changesOf(diff(signed, observed));
        expect(new Map(changes.map(({ key, type }) => [key, type]))).toEqual(naiveDiff(signed, observed));
        expect(changes.map(({ key }) => key)).toEqual([...new Set(changes.map(({ key }) => key))]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('reports a change exactly when a digest differs or a key is ambiguous', () => {
    fc.assert(
      fc.property(hostileRecords, hostileRecords, (signed, observed) => {
        const [a, b] = [snapshotOf(signed), snapshotOf(observed)];
        const keys = observed.map((one) => one.key);
        const ambiguous =
          new Set(keys).size < keys.length ||
          keys.some((key) => (JSON.parse(key) as unknown[]).includes(null));
        const expected = a.recordsDigest !== b.recordsDigest || ambiguous ? 'drifted' : 'same';
        expect(diffCollection('prague-1', a, b).outcome).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('says of records that it saw in other places what it says of copies that it never saw', () => {
    fc.assert(
      fc.property(fc.array(hostileRecords, { minLength: 2, maxLength: 4 }), (sides) => {
        const copies = (records: readonly RecordLine[]) => records.map((one) => ({ ...one }));
        for (const signed of sides) {
          for (const observed of sides) {
            expect(diff(signed, observed)).toEqual(diff(copies(signed), copies(observed)));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('gives the very change of the look before while both records stand, and another one of another site', () => {
    const [before, after] = [record('1', [['address', 'a']]), record('1', [['address', 'b']])];
    const look = (site: string, observed: readonly RecordLine[]) =>
      changesOf(diffCollection(site, snapshotOf([before]), snapshotOf(observed)))[0];
    const first = look('prague-1', [after]);
    expect(look('prague-1', [after, record('2', [])])).toBe(first);
    expect(look('brno-1', [after])?.site).toBe('brno-1');
    expect(look('prague-1', [record('1', [['address', 'c']])])?.fingerprint).not.toBe(first?.fingerprint);
  });

  test('says same of equal records, and of no records at all', () => {
    expect(diff([], [])).toEqual({ outcome: 'same' });
    expect(diff([record('1', [['address', 'a']])], [record('1', [['address', 'a']])])).toEqual({
      outcome: 'same',
    });
  });

  test.each(['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', ''])(
    'sees a record whose key is %j appear and vanish',
    (key) => {
      expect(changesOf(diff([], [record(key)]))).toMatchObject([{ type: 'added', before: null }]);
      expect(changesOf(diff([record(key)], []))).toMatchObject([{ type: 'removed', after: [] }]);
    },
  );

  test('calls a duplicate key drift even when people signed the same duplicate', () => {
    const twice = [record('1', [['address', 'a']]), record('1', [['address', 'a']])];
    expect(changesOf(diff(twice, twice))).toMatchObject([{ type: 'ambiguous', after: [{}, {}] }]);
  });

  test('calls a null in a key drift even when people signed it, and the text "null" none', () => {
    expect(changesOf(diff([record(null)], [record(null)]))).toMatchObject([{ type: 'ambiguous' }]);
    expect(diff([record('null')], [record('null')])).toEqual({ outcome: 'same' });
  });

  test('tells null, empty text, the text "null" and a missing field apart', () => {
    const variants = [[], [['address', null]], [['address', '']], [['address', 'null']]] as const;
    for (const before of variants) {
      for (const after of variants) {
        const outcome = diff([record('1', before)], [record('1', after)]);
        expect(outcome.outcome).toBe(before === after ? 'same' : 'drifted');
      }
    }
  });

  test('does not say same when the records agree one by one and the digests of all of them do not', () => {
    const signed = { ...snapshotOf([record('1')]), recordsDigest: '00' };
    expect(diffCollection('prague-1', signed, snapshotOf([record('1')]))).toMatchObject({
      outcome: 'unknown',
      cause: 'failed',
    });
  });
});

describe('the fingerprint of a change', () => {
  const fingerprintOf = (
    site: string,
    signed: readonly RecordLine[],
    observed: readonly RecordLine[],
    name = 'a',
  ) => {
    const definition = { ...walletRoutes, name };
    const outcome = diffCollection(site, snapshotOf(signed, definition), snapshotOf(observed, definition));
    return changesOf(outcome)[0]?.fingerprint;
  };

  test('differs by site, collection, key, what was signed and what was observed', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((address) => record('1', [['address', address]]));
    if (!a || !b || !c) throw new Error('three records are needed');
    const all = [
      fingerprintOf('prague-1', [a], [b]),
      fingerprintOf('prague-2', [a], [b]),
      fingerprintOf('prague-1', [a], [b], 'other'),
      fingerprintOf('prague-1', [c], [b]),
      fingerprintOf('prague-1', [a], [c]),
      fingerprintOf('prague-1', [a], [b, b]),
      fingerprintOf('prague-1', [a, a], [b]),
      fingerprintOf('prague-1', [], [b]),
      fingerprintOf('prague-1', [a], []),
      fingerprintOf('prague-1', [], [record('2', [['address', 'b']])]),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((fingerprint) => /^[0-9a-f]{64}$/.test(fingerprint ?? ''))).toBe(true);
  });

  test('is what earlier versions stored, so that an update tells nothing anew', () => {
    expect(fingerprintOf('prague-1', [record('1')], [record('1', [['address', 'b']])])).toBe(
      '207c2975821d9d9ff8a76be5c0fa0209ee06d871b0aaa87273b39b3c3d660e00',
    );
  });

  test('is the same for the same change, whatever else changed', () => {
    const before = record('1', [['address', 'a']]);
    const after = record('1', [['address', 'b']]);
    const other = record('0', [['address', 'x']]);
    const alone = fingerprintOf('prague-1', [before], [after]);
    const outcome = diff([before], [after, other]);
    const again = diffCollection(
      'prague-1',
      snapshotOf([before], { ...walletRoutes, name: 'a' }),
      snapshotOf([other, after]),
    );
    expect(changesOf(again).map((change) => change.fingerprint)).toContain(alone);
    expect(changesOf(outcome)).toHaveLength(2);
  });
});

test('the lines of a key are found by search as by scanning', () => {
  fc.assert(
    fc.property(hostileRecords, hostileText, (records, key) => {
      const snapshot = snapshotOf(records);
      for (const wanted of [...records.map((one) => one.key), JSON.stringify([key])]) {
        const scanned = snapshot.records.filter((one) => one.key === wanted).map((one) => one.line);
        expect(linesWithKey(snapshot, wanted)).toEqual(scanned);
      }
    }),
  );
});
