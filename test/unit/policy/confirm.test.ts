import { expect, test } from '@jest/globals';
import { needsConfirmation } from '../../../daemon/policy/confirm.js';
import { record, snapshot } from './build.js';

const of = (count: number) =>
  snapshot(
    'terminal',
    Array.from({ length: count }, (_, index) => record(String(index))),
  );

test.each([
  [0, 0, false],
  [0, 5, false],
  [1, 0, true],
  [100, 0, true],
  [2, 1, false],
  [10, 1, false],
  [11, 1, true],
  [100, 81, false],
  [100, 80, true],
  [40, 30, true],
  [51, 41, false],
  [1000, 990, false],
])('%d signed and %d observed records: a second read is needed: %s', (signed, observed, needed) => {
  expect(needsConfirmation(of(signed), of(observed))).toBe(needed);
});
