import { expect, test } from '@jest/globals';
import { firstReview } from '../../../daemon/first-review/review.js';
import { shippedIndicators } from '../../../daemon/indicators/shipped.js';
import { collection } from '../baselines/scene.js';

const known = (...rows: readonly (readonly [string, string])[]) =>
  firstReview([collection('users', 'admin', rows)], [], null, shippedIndicators);

test('before the first signature somebody asks for users who are known from a robbery elsewhere', () => {
  const [finding] = known(['1', 'anna'], ['2', 'gb']).findings.filter(
    ({ rule }) => rule === 'known-elsewhere',
  );
  expect(finding?.words).toBe('1 record with a value that is known from a robbery elsewhere');
  expect(finding?.suspicions.map(({ record }) => record[0]?.value)).toEqual([{ untrusted: '2' }]);
});

test('and says of how many records it asked where it found none', () => {
  expect(known(['1', 'anna'], ['2', 'ben']).clear).toContainEqual({
    rule: 'known-elsewhere',
    words: 'records with a value that is known from a robbery elsewhere',
    looked: 2,
  });
});
