import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, LONGEST_BACKOFF_MS } from '../../../daemon/outbox/backoff.js';
import { LONGEST_DELAY_MS } from '../../../daemon/store/store.js';

describe('the wait between attempts', () => {
  test('doubles from one second up to ten minutes', () => {
    expect([1, 2, 3, 4, 9, 10, 11, 1000].map((attempt) => backoffMs(attempt, 0))).toEqual([
      ...[1_000, 2_000, 4_000, 8_000, 256_000, 512_000],
      ...[600_000, 600_000],
    ]);
  });

  test('is spread by up to a fifth, and never longer than what the store takes for a delay', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const full = backoffMs(attempt, 0);
          const waitMs = backoffMs(attempt, random);
          expect(waitMs).toBeGreaterThanOrEqual(full * 0.8 - 1);
          expect(waitMs).toBeLessThanOrEqual(full);
        },
      ),
    );
    expect(LONGEST_BACKOFF_MS).toBeLessThan(LONGEST_DELAY_MS);
  });

  test('honours the wish of a channel for more, up to ten minutes', () => {
    expect(backoffMs(1, 0, 30_000)).toBe(30_000);
    expect(backoffMs(5, 0, 1)).toBe(16_000);
    expect(backoffMs(1, 0, 86_400_000)).toBe(600_000);
  });
});
