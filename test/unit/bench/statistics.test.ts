import { expect, test } from '@jest/globals';
import { median, percentile } from '../../../bench/statistics.js';

const oneTo100 = Array.from({ length: 100 }, (_, index) => 100 - index);

test.each([
  [50, 50],
  [99, 99],
  [100, 100],
  [0.1, 1],
])('the %s-th percentile of 1 to 100 is %s, in whatever order they come', (percent, value) => {
  expect(percentile(oneTo100, percent)).toBe(value);
});

test('a percentile is one of the samples, the higher one when there are few', () => {
  expect(percentile([1, 10], 99)).toBe(10);
  expect(percentile([1, 10], 50)).toBe(1);
});

test('the median of an even number of samples lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});

test('without samples there is no figure', () => {
  expect(() => percentile([], 50)).toThrow(RangeError);
  expect(() => median([])).toThrow(RangeError);
});
