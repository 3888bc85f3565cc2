import { expect, test } from '@jest/globals';
import { FullReads } from '../../../daemon/watch/full-reads.js';
import { Time } from '../../support/time.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Works that end when the test says so, in the order in which they began. */
function entered(reads: FullReads, count: number, read: 'first' | 'again' = 'again') {
  const began: number[] = [];
  const ends: (() => void)[] = [];
  for (let n = 0; n < count; n++) {
    reads.enter(() => {
      began.push(n);
      return new Promise((resolve) => ends.push(resolve));
    }, read);
  }
  return { began, ends };
}

test('sixteen are read at a time, the others in the order in which they came', async () => {
  const { began, ends } = entered(new FullReads(new Time()), 20);
  expect(began).toHaveLength(16);
  ends[3]?.();
  ends[9]?.();
  await settled();
  expect(began.slice(16)).toEqual([16, 17]);
});

test('a source that says nothing is waited for by the others for a second, and its turn is not given away twice', async () => {
  const time = new Time();
  const { began, ends } = entered(new FullReads(time), 40);
  time.pass(999);
  expect(began).toHaveLength(16);
  time.pass(1);
  expect(began).toHaveLength(32);
  for (const end of ends.slice(0, 16)) end();
  await settled();
  expect(began).toHaveLength(32);
});

test('a work that fails has had its turn', async () => {
  const reads = new FullReads(new Time());
  for (let n = 0; n < 16; n++) reads.enter(() => Promise.reject(new Error('a defect')), 'again');
  const { began } = entered(reads, 1);
  await settled();
  expect(began).toEqual([0]);
});

test('a source of which nothing is known yet goes before those that are read again', async () => {
  const reads = new FullReads(new Time());
  const again = entered(reads, 18);
  const first = entered(reads, 2, 'first');
  for (const end of again.ends.slice(0, 3)) end();
  await settled();
  expect(first.began).toEqual([0, 1]);
  expect(again.began).toHaveLength(17);
});
