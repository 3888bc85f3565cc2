import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { observedDelta } from '../../../daemon/watch/delta.js';
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
  const delta = observedDelta(null, many, 1);
  if (delta === null || !isLarge(delta)) throw new Error('not large');
  deltas.write(delta, many);
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
