import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  collectionSnapshot,
  compareRecords,
  type RecordLine,
  recordLine,
} from '../../../../baselines/index.js';
import {
  insertSlowly,
  LinesDigest,
  mergeSlowly,
  withoutSlowly,
} from '../../../../daemon/sources/relational/assemble.js';
import { table } from '../../../support/postgres-source.js';

const definition = table('t', ['id'], ['v']);
const recordOf = (id: number, v = 'as signed'): RecordLine =>
  recordLine({ key: [String(id).padStart(6, '0')], fields: new Map([['v', v]]) });

test('few items among many come where merging puts them, equal ones behind', async () => {
  const item = fc.record({ at: fc.integer({ min: 0, max: 40 }), of: fc.constantFrom('many', 'few') });
  const byPlace = (a: { at: number }, b: { at: number }) => a.at - b.at;
  await fc.assert(
    fc.asyncProperty(
      fc.array(item, { minLength: 100, maxLength: 1_400 }),
      fc.array(item, { maxLength: 40 }),
      async (many, few) => {
        const [a, b] = [many.sort(byPlace), few.sort(byPlace)];
        const merged = await mergeSlowly(a, b, byPlace);
        const together = await insertSlowly(a, b, byPlace);
        expect(together).toHaveLength(merged.length);
        expect(together.every((one, i) => one === merged[i])).toBe(true);
      },
    ),
  );
});

test('what is taken out at some places leaves all else in its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(99), { maxLength: 60 }), async (places) => {
      const items = Array.from({ length: 100 }, (_, at) => at);
      const rising = places.sort((a, b) => a - b);
      expect(await withoutSlowly(items, rising)).toEqual(items.filter((at) => !places.includes(at)));
    }),
  );
});

describe('the digest of all lines', () => {
  // More than twice as many as lie between two states that are kept.
  const many = Array.from({ length: 5_000 }, (_, id) => recordOf(id));
  const expected = (records: readonly RecordLine[]) => collectionSnapshot(definition, records).recordsDigest;

  test.each([0, 1, 63, 64, 65, 2_047, 2_048, 2_049, 4_096])('is that of %i records', async (count) => {
    expect(await new LinesDigest().of(many.slice(0, count))).toBe(expected(many.slice(0, count)));
  });

  test('is that of lines of any length and any characters', async () => {
    const value = fc.constantFrom(
      'a',
      'ř',
      '\u{1f4b0}',
      '\\',
      'x'.repeat(30_000),
      '漢'.repeat(21_840),
      'é'.repeat(70_000),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 12 }), async (values) => {
        const records = values.map((one, id) => recordOf(id, one));
        expect(await new LinesDigest().of(records)).toBe(expected(records));
      }),
      { numRuns: 100 },
    );
  });

  test('is right after any changes, whatever was hashed before', async () => {
    const place = fc.integer({ min: 0, max: 5_100 });
    const change = fc.record({ at: place, to: fc.constantFrom('changed', 'removed', 'added', 'cut') });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const digest = new LinesDigest();
        let records: readonly RecordLine[] = many;
        expect(await digest.of(records)).toBe(expected(records));
        for (const { at, to } of changes) {
          const next = [...records];
          if (to === 'changed' && at < next.length) next[at] = recordOf(at, `other ${at}`);
          if (to === 'removed') next.splice(at, 1);
          if (to === 'added') next.push(recordOf(10_000 + at));
          if (to === 'cut') next.length = Math.min(at, next.length);
          records = next.sort(compareRecords);
          expect(await digest.of(records)).toBe(expected(records));
          expect(await digest.of(records)).toBe(expected(records));
        }
      }),
      { numRuns: 30 },
    );
  });
});
