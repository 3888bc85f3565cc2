import { describe, expect, test } from '@jest/globals';
import { expiryStage, isExpiry, stageWords } from '../../../daemon/alerts/expiry.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-24T12:00:00.000Z');
const stageIn = (leftMs: number) => expiryStage(NOW_MS + leftMs, NOW_MS);

describe('an expiry', () => {
  test.each([
    ['more than 30 days away', 30 * DAY_MS + 1, null],
    ['30 days away', 30 * DAY_MS, 30],
    ['a little more than 7 days away', 7 * DAY_MS + 1, 30],
    ['7 days away', 7 * DAY_MS, 7],
    ['a little more than a day away', DAY_MS + 1, 7],
    ['a day away', DAY_MS, 1],
    ['now', 0, 1],
    ['just over', -1, 'over'],
    ['long over', -365 * DAY_MS, 'over'],
  ])('%s', (_when, leftMs, stage) => {
    expect(stageIn(leftMs)).toBe(stage);
  });

  test('has the same words all through a stage, so that people are notified once', () => {
    const [first, last] = [stageIn(7 * DAY_MS), stageIn(DAY_MS + 1)];
    expect(first).toBe(last);
    expect([1, 7, 30].map((days) => stageWords(days as 1 | 7 | 30))).toEqual([
      'in a day or less',
      'in 7 days or less',
      'in 30 days or less',
    ]);
  });

  test('is distinguished from refusals', () => {
    expect(['TRUST_EXPIRES_SOON', 'BASELINE_EXPIRED'].every(isExpiry)).toBe(true);
    expect(isExpiry('BASELINE_ROLLED_BACK')).toBe(false);
  });
});
