import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CollectionSnapshot,
  collectionSnapshot,
  type RecordLine,
  recordLine,
} from '../../../../baselines/index.js';
import type { ReadFailure } from '../../../../daemon/sources/relational/failure.js';
import { type ReadPass, RowCache } from '../../../../daemon/sources/relational/row-cache.js';
import { table } from '../../../support/postgres-source.js';
import { processorMs } from '../../../support/processor.js';

const definition = table('t', ['id'], ['v']);
let decoded = 0;

function decode(buffer: Buffer, start: number, end: number): RecordLine {
  decoded++;
  const [id = '', v = ''] = buffer.toString('utf8', start, end).split('\t');
  if (v === 'bad') throw new Error('undecodable');
  // As with json: different text, one record.
  return recordLine({ key: [id], fields: new Map([['v', v.trim()]]) });
}

async function readPass(
  memory: RowCache,
  lines: readonly string[],
  form = 'tt',
): Promise<CollectionSnapshot | ReadFailure> {
  const began = memory.begin(form, decode, 'undecodable');
  for (const line of lines) await give(began, line);
  return began.finish();
}

async function give(began: ReadPass, line: string): Promise<void> {
  const bytes = Buffer.from(line);
  began.row(bytes, 0, bytes.length);
  await began.pause();
}

const roomy = { maxRecords: 1000, maxCollectionBytes: 100_000 };
const snapshotOf = (outcome: CollectionSnapshot | ReadFailure): CollectionSnapshot => {
  if ('cause' in outcome) throw new Error(outcome.detail);
  return outcome;
};

test('after any readings, the snapshot is what the records make by themselves', async () => {
  const line = fc
    .tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom('a', 'b', ' a', 'é'))
    .map(([id, v]) => `${id}\t${v}`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(line, { maxLength: 20 }), { minLength: 1, maxLength: 5 }),
      async (readings) => {
        const memory = new RowCache(definition, roomy);
        for (const lines of readings) {
          const records = lines.map((text) => decode(Buffer.from(text), 0, Buffer.byteLength(text)));
          expect(snapshotOf(await readPass(memory, lines))).toEqual(collectionSnapshot(definition, records));
        }
      },
    ),
  );
});

describe('the same lines give the same object', () => {
  test('in any order, without decoding any', async () => {
    const memory = new RowCache(definition, roomy);
    const first = await readPass(memory, ['1\ta', '2\tb', '2\tb']);
    decoded = 0;
    expect(await readPass(memory, ['2\tb', '1\ta', '2\tb'])).toBe(first);
    expect(decoded).toBe(0);
  });

  test('but not with one copy less, one more, or another instead', async () => {
    const memory = new RowCache(definition, roomy);
    const first = await readPass(memory, ['1\ta', '2\tb', '2\tb']);
    for (const lines of [
      ['1\ta', '2\tb'],
      ['1\ta', '2\tb', '2\tb', '2\tb'],
      ['1\ta', '1\ta', '2\tb'],
    ]) {
      expect(await readPass(memory, lines)).not.toBe(first);
      expect(snapshotOf(await readPass(memory, ['1\ta', '2\tb', '2\tb'])).recordsDigest).toBe(
        snapshotOf(first).recordsDigest,
      );
    }
  });

  test('after a reading that failed or broke off', async () => {
    const memory = new RowCache(definition, roomy);
    const first = await readPass(memory, ['1\ta', '2\tb']);
    expect(await readPass(memory, ['1\ta', '3\tbad'])).toMatchObject({
      cause: 'failed',
      detail: 'undecodable',
    });
    const broken = memory.begin('tt', decode, 'undecodable');
    await give(broken, '1\ta');
    await give(broken, '9\tz');
    broken.abandon();
    expect(await readPass(memory, ['1\ta', '2\tb'])).toBe(first);
  });

  test('after a reading that nobody ended', async () => {
    const memory = new RowCache(definition, roomy);
    const first = await readPass(memory, ['1\ta']);
    await give(memory.begin('tt', decode, 'undecodable'), '9\tz');
    expect(await readPass(memory, ['1\ta'])).toBe(first);
    expect(snapshotOf(await readPass(memory, ['1\ta', '9\tz'])).records).toHaveLength(2);
  });

  test('and when only the text of a record differs, not what it means', async () => {
    const memory = new RowCache(definition, roomy);
    const first = await readPass(memory, ['1\ta']);
    expect(await readPass(memory, ['1\t a'])).toBe(first);
  });
});

test('remembered lines are forgotten when they mean something else', async () => {
  const memory = new RowCache(definition, roomy);
  await readPass(memory, ['1\ta']);
  decoded = 0;
  await readPass(memory, ['1\ta'], 'tj');
  expect(decoded).toBe(1);
});

describe('records that people signed', () => {
  const ids = ['1', '10', '2', '3', 'é'];
  const signed = collectionSnapshot(
    definition,
    ids.map((id) => recordLine({ key: [id], fields: new Map([['v', 'a']]) })),
  );
  const isLent = (record: RecordLine) => signed.records.includes(record);

  test('are handed out in place of equal ones, at the first reading and later', async () => {
    const memory = new RowCache(definition, roomy);
    await memory.lend(signed);
    const lines = ids.map((id) => `${id}\ta`);
    const first = snapshotOf(await readPass(memory, lines));
    expect(first).toEqual(signed);
    expect(first.records.every(isLent)).toBe(true);
    const changed = snapshotOf(await readPass(memory, [...lines.slice(1), '1\tb', '0\ta']));
    expect(changed.records.filter((record) => !isLent(record)).map(({ key }) => key)).toEqual([
      '["0"]',
      '["1"]',
    ]);
    const back = snapshotOf(await readPass(memory, lines));
    expect(back.records.every(isLent)).toBe(true);
  });

  test('are forgotten with what they were signed in', async () => {
    const memory = new RowCache(definition, roomy);
    await memory.lend(signed);
    await memory.lend(undefined);
    const { records } = snapshotOf(await readPass(memory, ['1\ta']));
    expect(records.some(isLent)).toBe(false);
  });
});

test('the limits are exact, and an overrun is read to its end without being kept', async () => {
  const memory = new RowCache(definition, { maxRecords: 2, maxCollectionBytes: 12 });
  expect(snapshotOf(await readPass(memory, ['1\ta', '2\tb'])).records).toHaveLength(2);
  expect(await readPass(memory, ['1\ta', '2\tb', '3\tc'])).toMatchObject({
    cause: 'too-large',
    detail: expect.stringContaining('maxRecords'),
  });
  expect(await readPass(memory, ['1\taaaaaaaaa', '2\tb'])).toMatchObject({
    cause: 'too-large',
    detail: expect.stringContaining('maxCollectionBytes'),
  });
  expect(snapshotOf(await readPass(memory, ['1\taaaaaaaaa'])).records).toHaveLength(1);
});

test('of too many rows none is decoded, and they need only be counted from then on', async () => {
  const memory = new RowCache(definition, { maxRecords: 2, maxCollectionBytes: 100 });
  const first = await readPass(memory, ['1\ta']);
  expect(memory.hadTooMany).toBe(false);
  decoded = 0;
  expect(await readPass(memory, ['1\ta', '2\tb', '3\tc'])).toMatchObject({ cause: 'too-large' });
  expect(decoded).toBe(0);
  expect(memory.hadTooMany).toBe(true);
  expect(memory.stillTooMany(3)).toMatchObject({ cause: 'too-large' });
  expect(memory.stillTooMany(2)).toBeNull();
  expect(await readPass(memory, ['1\ta'])).toBe(first);
  expect(memory.hadTooMany).toBe(false);
});

test('100,000 new records leave the event loop its turns', async () => {
  const memory = new RowCache(definition, { maxRecords: 200_000, maxCollectionBytes: 1e9 });
  let turns = 0;
  let done = false;
  const count = (): void => {
    turns++;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  const began = memory.begin('tt', decode, 'undecodable');
  const start = processorMs();
  for (let i = 0; i < 100_000; i++) await give(began, `${i}\tvalue of ${i}`);
  const snapshot = snapshotOf(await began.finish());
  const took = processorMs() - start;
  done = true;
  expect(snapshot.records).toHaveLength(100_000);
  // One turn for each slice of some 10 ms, in which a busy machine works less.
  expect(turns).toBeGreaterThan(took / 50);
});

describe('rows with the mark of their last write', () => {
  async function touchedBy(memory: RowCache, rows: readonly (readonly [line: string, mark: number])[]) {
    const began = memory.begin('tt', decode, 'undecodable');
    for (const [line, mark] of rows) began.row(Buffer.from(line), 0, Buffer.byteLength(line), mark);
    const read = await began.finishTouched();
    return 'cause' in read ? read : (read.touched?.records.map(({ key }) => key) ?? []);
  }

  test('are handed over when it moved and the row did not', async () => {
    const memory = new RowCache(definition, roomy);
    expect(
      await touchedBy(memory, [
        ['1\ta', 10],
        ['2\tb', 10],
      ]),
    ).toEqual([]);
    expect(
      await touchedBy(memory, [
        ['2\tb', 10],
        ['1\ta', 11],
      ]),
    ).toEqual(['["1"]']);
    expect(
      await touchedBy(memory, [
        ['1\ta', 11],
        ['2\tc', 12],
      ]),
    ).toEqual([]);
    // Back as it was two reads ago: that it was otherwise was seen.
    expect(
      await touchedBy(memory, [
        ['1\ta', 11],
        ['2\tb', 13],
      ]),
    ).toEqual([]);
  });

  test('are not lost by a reading that came to nothing', async () => {
    const memory = new RowCache(definition, roomy);
    await touchedBy(memory, [['1\ta', 10]]);
    expect(
      await touchedBy(memory, [
        ['1\ta', 11],
        ['2\tbad', 11],
      ]),
    ).toMatchObject({ cause: 'failed' });
    expect(await touchedBy(memory, [['1\ta', 11]])).toEqual(['["1"]']);
    expect(await touchedBy(memory, [['1\ta', 11]])).toEqual([]);
  });

  test('say nothing when they had none before', async () => {
    const memory = new RowCache(definition, roomy);
    await touchedBy(memory, [['1\ta', 0]]);
    expect(await touchedBy(memory, [['1\ta', 11]])).toEqual([]);
  });
});
