import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isLarge, LargeDeltas } from '../../../daemon/watch/large-deltas.js';
import { temporaryStore } from '../../support/temporary-store.js';
import { waitFor } from '../../support/wait.js';
import { collection, SITE } from '../baselines/scene.js';

const many = collection(
  'terminals',
  'terminal',
  Array.from({ length: 5_000 }, (_, n) => [`BT${String(n).padStart(5, '0')}`, 'Praha'] as const),
);
let kept: ReturnType<typeof temporaryStore>;
let stored: (string | null)[];
beforeEach(() => {
  kept = temporaryStore();
  stored = [];
});
afterEach(() => kept.remove());

const deltasOf = (transaction = kept.store.transaction.bind(kept.store)) =>
  new LargeDeltas({
    site: SITE,
    store: { transaction },
    clock: () => 1,
    onDone: (_name, snapshot) => stored.push(snapshot?.recordsDigest ?? null),
    onError: () => undefined,
  });

function write(deltas: LargeDeltas): void {
  const late = { stored: null, snapshot: many, observedAtMs: 1 };
  if (!isLarge(late)) throw new Error('not large');
  deltas.write(late);
}

test('what is too much for one transaction is whole in the end, and no state of anything before', async () => {
  const deltas = deltasOf();
  write(deltas);
  expect(deltas.isWriting('terminals')).toBe(true);
  await waitFor(() => stored.length === 1, { what: 'the rows to be written' });
  expect(stored).toEqual([many.recordsDigest]);
  expect(kept.store.observed.lines(SITE, 'terminals')).toHaveLength(5_000);
  expect(kept.store.observed.collections(SITE)).toMatchObject([{ recordsDigest: many.recordsDigest }]);
});

test('a stop on the way leaves the collection as never observed', async () => {
  let transactions = 0;
  const deltas: LargeDeltas = deltasOf((work) => {
    transactions += 1;
    if (transactions === 3) void deltas.stop();
    return kept.store.transaction(work);
  });
  write(deltas);
  await waitFor(() => !deltas.isWriting('terminals'), { what: 'the writing to end' });
  expect(transactions).toBe(3);
  expect(kept.store.observed.lines(SITE, 'terminals')).toBeNull();
  expect(kept.store.observed.collections(SITE)).toEqual([]);
});

test('a few changes of many records are written in one transaction, the records that stay untouched', async () => {
  const deltas = deltasOf();
  write(deltas);
  await waitFor(() => stored.length === 1, { what: 'the rows to be written' });
  const rows = many.records.map(
    (_, n) => [`BT${String(n).padStart(5, '0')}`, n === 7 ? 'Brno' : 'Praha'] as const,
  );
  const next = collection('terminals', 'terminal', rows);
  let transactions = 0;
  const counting = deltasOf((work) => {
    transactions += 1;
    return kept.store.transaction(work);
  });
  counting.write({ stored: many, snapshot: next, observedAtMs: 2 });
  await waitFor(() => stored.length === 2, { what: 'the change to be written' });
  expect([transactions, stored[1]]).toEqual([1, next.recordsDigest]);
  expect(kept.store.observed.lines(SITE, 'terminals')).toEqual(next.records.map(({ line }) => line));
});
