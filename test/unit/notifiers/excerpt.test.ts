import { expect, test } from '@jest/globals';
import { showCharacters } from '../../../notifiers/allow-list.js';
import { excerpts, sharedEnds } from '../../../notifiers/excerpt.js';

const spansOf = (text: string, region: { from: number; to: number } | null, limit: number) =>
  excerpts(text, region, limit, (span) => showCharacters(text.slice(span.from, span.to), false));

test.each([
  ['abc', 'abd', { start: 2, end: 0 }],
  ['abc', 'xbc', { start: 0, end: 2 }],
  ['aa', 'aaa', { start: 2, end: 0 }],
  ['aba', 'aa', { start: 1, end: 1 }],
  ['', 'a', { start: 0, end: 0 }],
  ['a\u{1F600}b', 'a\u{1F601}b', { start: 1, end: 1 }],
  ['a\u{1F600}b', 'a\u{1FA00}b', { start: 1, end: 1 }],
])('%j and %j share whole characters at their ends, none counted twice', (one, other, expected) => {
  expect(sharedEnds(one, other)).toEqual(expected);
});

test('a text that fits is shown whole', () => {
  expect(spansOf('a'.repeat(128), null, 128)).toEqual([{ from: 0, to: 128 }]);
});

test('a text that fits only before its characters are shown by number is cut', () => {
  expect(spansOf('\u202e'.repeat(128), null, 128).length).toBe(2);
});

test('the stretches of a cut text are in order, apart, and hold both ends and the region’s start', () => {
  const text = 'abcdefghij'.repeat(500);
  for (const from of [0, 1, 40, 2_500, 4_960, 5_000]) {
    const spans = spansOf(text, { from, to: Math.min(text.length, from + 7) }, 200);
    expect(spans.at(0)?.from).toBe(0);
    expect(spans.at(-1)?.to).toBe(text.length);
    expect(spans.some((span) => span.from <= from && from <= span.to)).toBe(true);
    spans.slice(1).forEach((span, index) => {
      expect(span.from).toBeGreaterThan((spans[index]?.to ?? 0) + 32);
    });
  }
});
