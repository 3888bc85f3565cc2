import { expect, test } from '@jest/globals';
import { endingIsNews } from '../../daemon/finding.js';
import { findingOf, oneCondition, unknownCondition } from './policy/build.js';

const change = oneCondition('terminal', 'modified');

test('an ending is news to those who were notified that it began', () => {
  const found = findingOf(change);
  expect(endingIsNews(found, 'reverted')).toBe(true);
  expect(endingIsNews(findingOf(unknownCondition('terminal', 'timeout')), 'cleared')).toBe(true);
  expect(endingIsNews(findingOf(change, { notifiedMs: null }), 'reverted')).toBe(false);
});

test('an ending that another message tells is no news: what was signed, and what took its place', () => {
  expect(endingIsNews(findingOf(change), 'approved')).toBe(false);
  expect(endingIsNews(findingOf(change), 'superseded')).toBe(false);
});

test.each(['unapproved', 'definition-differs'] as const)(
  'that a collection is %s no more is announced with the baseline that people signed',
  (cause) => {
    expect(endingIsNews(findingOf(unknownCondition('terminal', cause)), 'cleared')).toBe(false);
  },
);
