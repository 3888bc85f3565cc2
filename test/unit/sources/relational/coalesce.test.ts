import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type Coalescer, createCoalescer } from '../../../../daemon/sources/relational/coalesce.js';

let clock = 0;
let forwarded: { readonly at: number; readonly items: readonly string[] }[] = [];
let coalescer: Coalescer;

beforeEach(() => {
  jest.useFakeTimers();
  clock = 1000;
  forwarded = [];
  coalescer = createCoalescer({
    burst: 3,
    windowMs: 50,
    forward: (items) => forwarded.push({ at: clock, items }),
    now: () => clock,
  });
});
afterEach(() => {
  jest.useRealTimers();
});

function readPass(ms: number): void {
  for (let i = 0; i < ms; i++) {
    clock++;
    jest.advanceTimersByTime(1);
  }
}

test('the first hints go at once, up to the burst', () => {
  for (const item of ['a', 'b', 'c', 'd']) coalescer.push([item]);
  expect(forwarded.map(({ items }) => items)).toEqual([['a'], ['b'], ['c']]);
});

test('what comes after the burst is merged, each once, and the last is not lost', () => {
  for (const item of ['a', 'a', 'a', 'd', 'e', 'd']) coalescer.push([item]);
  readPass(49);
  expect(forwarded).toHaveLength(3);
  readPass(1);
  expect(forwarded[3]).toEqual({ at: 1050, items: ['d', 'e'] });
  readPass(1000);
  expect(forwarded).toHaveLength(4);
});

test('a flood is one hand-over a window', () => {
  for (let i = 0; i < 1000; i++) {
    coalescer.push(['x']);
    readPass(1);
  }
  expect(forwarded.length).toBeGreaterThanOrEqual(20);
  expect(forwarded.length).toBeLessThanOrEqual(23);
});

test('calm restores the burst, and no more than the burst', () => {
  for (let i = 0; i < 3; i++) coalescer.push(['x']);
  readPass(100_000);
  for (let i = 0; i < 5; i++) coalescer.push(['y']);
  expect(forwarded).toHaveLength(6);
});

test('nothing is forwarded after the stop', () => {
  for (let i = 0; i < 5; i++) coalescer.push(['x']);
  coalescer.stop();
  readPass(1000);
  expect(forwarded).toHaveLength(3);
});
