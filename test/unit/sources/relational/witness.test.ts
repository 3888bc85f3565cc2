import { expect, test } from '@jest/globals';
import {
  WitnessRows,
  watchWitness,
  witnessDefinition,
} from '../../../../daemon/sources/relational/witness.js';
import type { CollectionReading } from '../../../../daemon/sources/source.js';

const SETTINGS = { table: 'public.terminal', column: 'last_ping', maxStillMs: 300_000 };

/** A witness under a clock of the test's own. */
function scene() {
  let at = 0;
  const definition = witnessDefinition('cas', SETTINGS);
  const watch = watchWitness('cas', SETTINGS, { clock: () => 1_700_000_000_000 + at, now: () => at });
  const rows = new WitnessRows(definition);
  const hear = (reading: CollectionReading) => watch.hear(new Map([[definition.name, reading]]));
  return {
    watch,
    after: (ms: number) => {
      at += ms;
    },
    reads: async (...values: string[]) => {
      const pass = rows.begin();
      for (const value of values) pass.row(Buffer.from(value), 0, value.length);
      const snapshot = await pass.finish();
      if ('cause' in snapshot) throw new Error(snapshot.detail);
      hear({ readable: true, snapshot });
      return watch.stillness();
    },
    fails: (cause: 'unreachable' | 'denied') => {
      hear({ readable: false, cause, detail: 'why' });
      return watch.stillness();
    },
  };
}

test('nobody knows whether a witness stands still until it moved or its time is over', async () => {
  const { reads, after } = scene();
  expect(await reads('a', 'b')).toBeUndefined();
  after(300_000);
  expect(await reads('b', 'a')).toBeUndefined();
  after(1);
  expect(await reads('a', 'b')).toMatchObject({
    table: 'public.terminal',
    detail: expect.stringContaining('has not moved since it was first looked at, 2023-11-14T22:13:20'),
  });
  after(1);
  expect(await reads('a', 'c')).toBeNull();
  after(300_001);
  expect(await reads('a', 'c')).toMatchObject({
    detail: expect.stringContaining('was last seen to move at'),
  });
});

test('a row that comes, goes or stands twice moves it as well', async () => {
  const { reads } = scene();
  await reads('a');
  expect(await reads('a', 'a')).toBeNull();
  expect(await reads()).toBeNull();
});

test('the time that the server could not be reached does not count, and what came before is not forgotten', async () => {
  const { reads, fails, after } = scene();
  await reads('a');
  after(200_000);
  await reads('a');
  fails('unreachable');
  after(10_000_000);
  expect(await reads('a')).toBeUndefined();
  after(100_001);
  expect(await reads('a')).toMatchObject({ maxStillMs: 300_000 });
});

test('a witness that cannot be read is degraded at once and stands still when its time is over', async () => {
  const { watch, reads, fails, after } = scene();
  await reads('a');
  after(1000);
  expect(fails('denied')).toBeUndefined();
  expect(watch.degradations().map(({ code }) => code)).toEqual(['SOURCE_WITNESS_UNREAD']);
  after(300_000);
  expect(fails('denied')).toMatchObject({ detail: 'it cannot be read: why' });
});
