import { expect, test } from '@jest/globals';
import { mergeOwed, type Owed } from '../../../daemon/policy/owed.js';

const owed = (over: Partial<Owed> = {}): Owed => ({
  alert: 'a',
  standing: 'follow-up',
  page: 1,
  severity: 'high',
  since: 4,
  nextAttemptMs: 100,
  createdMs: 50,
  reminds: false,
  mayWait: true,
  ...over,
});

test('two follow-ups become one follow-up, and a page with either becomes a page', () => {
  const standing = (waiting: Owed['standing'], newer: Owed['standing']) =>
    mergeOwed(owed({ standing: waiting }), owed({ standing: newer })).standing;
  expect(standing('follow-up', 'follow-up')).toBe('follow-up');
  expect(standing('page', 'follow-up')).toBe('page');
  expect(standing('follow-up', 'page')).toBe('page');
});
