import { expect, test } from '@jest/globals';
import { severalAtATime } from '../../../daemon/time/several-at-a-time.js';

/** Works that end when they are told to. */
function controlled() {
  const ends = new Map<number, { done(): void; fail(error: Error): void }>();
  const work = (item: number) =>
    new Promise<string>((resolve, reject) => {
      ends.set(item, { done: () => resolve(`result ${item}`), fail: reject });
    });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (item: number) => {
    ends.get(item)?.done();
    await turn();
  };
  const fail = async (item: number) => {
    ends.get(item)?.fail(new Error(`failed ${item}`));
    await turn();
  };
  return { work, end, fail, begun: () => [...ends.keys()] };
}

test('no more works are under way than may be, one that never ends holds up its own place alone, and the results keep the order of the items', async () => {
  const { work, end, begun } = controlled();
  const all = severalAtATime(2, [0, 1, 2, 3], work);
  expect(begun()).toEqual([0, 1]);
  await end(1);
  await end(2);
  await end(3);
  expect(begun()).toEqual([0, 1, 2, 3]);
  await end(0);
  expect(await all).toEqual(['result 0', 'result 1', 'result 2', 'result 3']);
});

test('after a failure nothing more begins, and the failure of the first item is told when nothing is under way any more', async () => {
  const { work, end, fail, begun } = controlled();
  let told: unknown = null;
  const all = severalAtATime(3, [0, 1, 2, 3], work).catch((error: unknown) => {
    told = error;
  });
  await fail(2);
  await fail(0);
  expect([begun(), told]).toEqual([[0, 1, 2], null]);
  await end(1);
  await all;
  expect(told).toEqual(new Error('failed 0'));
});
