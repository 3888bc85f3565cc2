import { describe, expect, test } from '@jest/globals';
import { compareValues } from '../../../baselines/index.js';

describe('the latest of two values', () => {
  test.each([
    ['9', '10'],
    ['-10', '-9'],
    ['-1', '0'],
    ['9'.repeat(40), `1${'0'.repeat(40)}`],
    ['9'.repeat(41), `1${'0'.repeat(41)}`],
    [`-1${'0'.repeat(41)}`, `-${'9'.repeat(41)}`],
    ['9.5', '10.5'],
    ['10.05', '10.5'],
    ['-10.5', '-10.05'],
    ['-0.1', '0'],
    ['9', '1e+20'],
    ['2026-11-30 08:00:00+00', '10000-01-01 00:00:00+00'],
    ['2026-11-30', '10000-01-01'],
    ['9999-12-31 00:00:00', '294276-12-31 00:00:00'],
    ['2026-11-30 08:00:00+00', '2026-11-30 08:00:00.5+00'],
    ['9999-01-01 00:00:00 BC', '0001-01-01 00:00:00'],
    ['0044-03-15 BC', '0001-01-01 BC'],
    ['10000-01-01 00:00:00', 'infinity'],
    ['-infinity', '2026-11-30'],
    ['-Infinity', '-5'],
    ['-Infinity', '5'],
    ['5', 'Infinity'],
    ['Infinity', 'NaN'],
    ['abc', 'abd'],
  ])('%s is before %s', (earlier, later) => {
    expect(compareValues(earlier, later)).toBeLessThan(0);
    expect(compareValues(later, earlier)).toBeGreaterThan(0);
    expect(compareValues(later, later)).toBe(0);
  });

  test('is none where both are of one value', () => {
    for (const [a, b] of [
      ['-0', '0'],
      ['-0.0', '0.00'],
      ['1.50', '1.5'],
      ['007', '7'],
    ] as const) {
      expect(Math.abs(compareValues(a, b))).toBe(0);
      expect(Math.abs(compareValues(b, a))).toBe(0);
    }
  });
});
