import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  collectionSnapshot,
  compareRecords,
  type RecordLine,
  recordLine,
} from '../../../../baselines/index.js';
import { RecordMirror } from '../../../../daemon/sources/files/mirror.js';
import { table } from '../../../support/postgres-source.js';

const definition = table('tree', ['path'], ['sha256']);
const recordOf = (path: number, sha256: string): RecordLine =>
  recordLine({ key: [`/srv/${path}`], fields: new Map([['sha256', sha256]]) });

test('what a thread tells of is there in order, whatever came, went and came again', async () => {
  const said = fc.record({
    puts: fc.array(fc.tuple(fc.nat(60), fc.constantFrom('a', 'b')), { maxLength: 40 }),
    removes: fc.array(fc.nat(60), { maxLength: 40 }),
    again: fc.array(fc.tuple(fc.nat(60), fc.constantFrom('a', 'b')), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(said, { maxLength: 12 }), async (rounds) => {
      const mirror = new RecordMirror(definition);
      const expected = new Map<string, RecordLine>();
      for (const { puts, removes, again } of rounds) {
        const put = (some: typeof puts): void => {
          const records = some.map(([path, sha256]) => recordOf(path, sha256));
          mirror.put(records);
          for (const record of records) expected.set(record.key, record);
        };
        put(puts);
        const keys = removes.map((path) => recordOf(path, '').key);
        mirror.remove(keys);
        for (const key of keys) expected.delete(key);
        put(again);
        const records = [...expected.values()].sort(compareRecords);
        expect(await mirror.snapshot()).toEqual(collectionSnapshot(definition, records));
      }
    }),
    { numRuns: 200 },
  );
});

test('what is as it was is the very same', async () => {
  const mirror = new RecordMirror(definition);
  mirror.put([recordOf(1, 'a'), recordOf(2, 'a')]);
  const before = await mirror.snapshot();
  mirror.put([recordOf(2, 'a')]);
  mirror.remove([recordOf(3, '').key]);
  expect(await mirror.snapshot()).toBe(before);
});

test('snapshots that are asked for at once have each what came before it was asked for, and nothing is lost', async () => {
  const mirror = new RecordMirror(definition);
  const known = [1, 2, 3].map((path) => recordOf(path, 'a'));
  mirror.put(known);
  await mirror.snapshot();
  mirror.put([recordOf(1, 'planted')]);
  const first = mirror.snapshot();
  mirror.put([recordOf(4, 'planted')]);
  const [, second, third] = await Promise.all([first, mirror.snapshot(), mirror.snapshot()]);
  const expected = [recordOf(1, 'planted'), ...known.slice(1), recordOf(4, 'planted')];
  expect(second).toEqual(collectionSnapshot(definition, expected.sort(compareRecords)));
  expect(third).toBe(second);
  expect(await mirror.snapshot()).toBe(second);
});
