import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareRecords, type RecordLine, recordLine } from '../../../../baselines/index.js';
import { RowCache } from '../../../../daemon/sources/relational/row-cache.js';
import { table } from '../../../support/postgres-source.js';

const definition = table('t', ['id'], ['v']);
const HORIZON = 10;

function decode(buffer: Buffer, start: number, end: number): RecordLine {
  const [id = '', v = ''] = buffer.toString('utf8', start, end).split('\t');
  if (v === 'bad') throw new Error('undecodable');
  return recordLine({ key: [id], fields: new Map([['v', v]]) });
}

interface Row {
  readonly id: string;
  readonly v: string;
  readonly mark: number;
}

const textOf = ({ id, v }: Row) => Buffer.from(`${id}\t${v}`);
const recordOf = (row: Row) => decode(textOf(row), 0, textOf(row).length);
const recordsOf = (rows: readonly Row[]) => rows.map(recordOf).sort(compareRecords);

async function readWhole(cache: RowCache, rows: readonly Row[]) {
  const pass = cache.begin('tt', decode, 'undecodable');
  for (const row of rows) pass.row(textOf(row), 0, textOf(row).length, row.mark);
  return pass.finishTouched();
}

/** As a server does: what was written since the horizon, and the number of the others. */
async function readMoved(cache: RowCache, rows: readonly Row[], most = 100) {
  const pass = cache.beginMoved('tt', decode);
  for (const row of rows.filter(({ mark }) => mark >= HORIZON)) {
    pass?.row(textOf(row), 0, textOf(row).length, row.mark);
  }
  return pass?.finish({ all: rows.length, isStanding: (mark) => mark < HORIZON, most }) ?? null;
}

const limits = { maxRecords: 1_000, maxCollectionBytes: 100_000 };

test('what is told by rows that moved is what is there, or nothing', async () => {
  const id = fc.integer({ min: 0, max: 9 }).map(String);
  const v = fc.constantFrom('a', 'b', 'é');
  const first = fc.uniqueArray(fc.record({ id, v, mark: fc.integer({ min: 3, max: 14 }) }), {
    selector: (row) => row.id,
  });
  const change = fc.record({ id, v, what: fc.constantFrom('write', 'write', 'delete') });
  let told = 0;
  await fc.assert(
    fc.asyncProperty(first, fc.array(change, { maxLength: 4 }), async (before, changes) => {
      const cache = new RowCache(definition, limits);
      await readWhole(cache, before);
      const rows = new Map(before.map((row) => [row.id, row]));
      changes.forEach(({ id, v, what }, n) => {
        if (what === 'delete') rows.delete(id);
        else rows.set(id, { id, v, mark: 20 + n });
      });
      const after = [...rows.values()];
      const read = await readMoved(cache, after);
      const lost = before.some((row) => row.mark < HORIZON && !rows.has(row.id));
      expect(read === null).toBe(lost);
      if (read !== null) {
        told++;
        expect(read.snapshot.records).toEqual(recordsOf(after));
      }
      // Whatever came of it, what is remembered is what the next whole reading is compared with.
      const whole = await readWhole(cache, after);
      expect('snapshot' in whole && whole.snapshot.records).toEqual(recordsOf(after));
      if (read !== null) expect('snapshot' in whole && whole.snapshot).toBe(read.snapshot);
    }),
  );
  expect(told).toBeGreaterThan(20);
});

test('nothing is told by rows of which something is wrong, or there are too many', async () => {
  const before = ['1', '2', '3'].map((id) => ({ id, v: 'a', mark: 5 }));
  const cache = new RowCache(definition, limits);
  expect(await readMoved(cache, before)).toBeNull();
  await readWhole(cache, before);
  expect(cache.beginMoved('tj', decode)).toBeNull();
  const [one, two, three] = before as [Row, Row, Row];
  const moved = { ...two, v: 'b', mark: 20 };
  expect(await readMoved(cache, [one, moved, three], 0)).toBeNull();
  expect(await readMoved(cache, [one, { ...moved, v: 'bad' }, three])).toBeNull();
  expect(await readMoved(cache, [one, moved, { ...moved, v: 'c' }, three])).toBeNull();
  expect(await readMoved(new RowCache(definition, limits), [one])).toBeNull();
  expect((await readMoved(cache, [one, moved, three]))?.snapshot.records[1]?.line).toContain('"b"');
});

test('limits hold for what is left and what moved together', async () => {
  const rows = ['1', '2'].map((id) => ({ id, v: 'a', mark: 5 }));
  for (const tight of [
    { ...limits, maxRecords: 2 },
    { ...limits, maxCollectionBytes: 10 },
  ]) {
    const cache = new RowCache(definition, tight);
    await readWhole(cache, rows);
    expect(await readMoved(cache, [...rows, { id: '3', v: 'a', mark: 20 }])).toBeNull();
    expect(await readMoved(cache, rows)).not.toBeNull();
  }
});

test('of rows that moved no more is held than one collection may be, and no more than can come at once', async () => {
  const rows = ['1', '2', '3'].map((id) => ({ id, v: 'a', mark: 5 }));
  for (const [maxCollectionBytes, v] of [
    [1_000, 'x'.repeat(600)],
    [134_217_728, 'x'.repeat(9_000_000)],
  ] as const) {
    let decoded = 0;
    const cache = new RowCache(definition, { ...limits, maxCollectionBytes });
    await readWhole(cache, rows);
    const pass = cache.beginMoved('tt', (...line) => {
      decoded++;
      return decode(...line);
    });
    for (const { id } of rows) {
      const text = textOf({ id, v, mark: 20 });
      pass?.row(text, 0, text.length, 20);
    }
    expect(decoded).toBe(1);
    expect(await pass?.finish({ all: 3, isStanding: (mark) => mark < HORIZON, most: 100 })).toBeNull();
  }
});

test('nothing is told beside rows that were there several times: their marks are not told apart', async () => {
  const alike = { id: '1', v: 'a' };
  const [gone, stays] = ['2', '3'].map((id) => ({ id, v: 'a', mark: 5 })) as [Row, Row];
  const cache = new RowCache(definition, limits);
  await readWhole(cache, [{ ...alike, mark: 5 }, { ...alike, mark: 12 }, gone, stays]);
  // As many stand as if it was the other two: the newer of the copies and one of these were deleted, and a key was made.
  expect(await readMoved(cache, [{ ...alike, mark: 5 }, stays])).toBeNull();
});

test('rows that were written as they were are touched, and the rest of the bytes counted right', async () => {
  const cache = new RowCache(definition, { ...limits, maxCollectionBytes: 9 });
  const [one, two] = [
    { id: '1', v: 'a', mark: 5 },
    { id: '2', v: 'b', mark: 5 },
  ];
  await readWhole(cache, [one, two]);
  const touched = await readMoved(cache, [one, { ...two, mark: 20 }]);
  expect(touched?.touched?.records.map(({ key }) => key)).toEqual(['["2"]']);
  for (const v of ['c', 'cc', 'c', 'ccc']) {
    const fits = v.length < 3;
    expect((await readMoved(cache, [one, { ...two, v, mark: 21 }])) !== null).toBe(fits);
  }
});
