import { expect, test } from '@jest/globals';
import { UnnotifiedWait } from '../../../daemon/watchdog/unnotified.js';

const HOUR_MS = 3_600_000;

test('a clock that was set back by hours hides no alert that nobody took', () => {
  const wait = new UnnotifiedWait();
  const at = (wallMs: number, monotonicMs: number) => wait.forMs(5 * HOUR_MS, { wallMs, monotonicMs });
  expect(at(5 * HOUR_MS + 1_000, 1_000)).toBe(1_000);
  expect(at(60_000, 61_000)).toBe(60_000);
  expect(at(180_000, 181_000)).toBe(180_000);
});

test('what waited before the start counts with all of its time', () => {
  expect(new UnnotifiedWait().forMs(0, { wallMs: HOUR_MS, monotonicMs: 5 })).toBe(HOUR_MS);
});

test('another alert waits from the moment on at which it is seen', () => {
  const wait = new UnnotifiedWait();
  expect(wait.forMs(HOUR_MS, { wallMs: 0, monotonicMs: 0 })).toBe(0);
  expect(wait.forMs(null, { wallMs: 0, monotonicMs: 100 })).toBeNull();
  expect(wait.forMs(HOUR_MS, { wallMs: 0, monotonicMs: 200 })).toBe(0);
  expect(wait.forMs(2 * HOUR_MS, { wallMs: 0, monotonicMs: 300 })).toBe(0);
  expect(wait.forMs(2 * HOUR_MS, { wallMs: 0, monotonicMs: 350 })).toBe(50);
});
