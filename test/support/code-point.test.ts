import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codePoint } from './code-point.js';

const characters = fc.sample(codePoint, { seed: 1, numRuns: 20_000 });

test('any character of Unicode is made, and half of a pair never', () => {
  expect(characters.filter((one) => /[\ud800-\udfff]/u.test(one))).toEqual([]);
  expect(new Set(characters.map((one) => [...one].length))).toEqual(new Set([1]));
  const planes = new Set(characters.map((one) => (one.codePointAt(0) as number) >> 16));
  expect(planes.size).toBe(17);
  expect(characters.some((one) => one > '\ue000' && one < '\uffff')).toBe(true);
});

test('texts of these are, as of the unit of fast-check, the names that every object inherits too', () => {
  const texts = fc.sample(fc.string({ unit: codePoint, size: 'medium' }), { seed: 1, numRuns: 3_000 });
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    expect(texts.some((text) => text.includes(name))).toBe(true);
  }
});

test.each(['\ud800', '', 'ab', 'a\u0301'])('%j is not one of them', (text) => {
  expect(codePoint.canShrinkWithoutContext(text)).toBe(false);
});

test.each(['a', '\ud7ff', '\ue000', '\u{10000}', '\u{10ffff}', '\n'])('%j is one of them', (text) => {
  expect(codePoint.canShrinkWithoutContext(text)).toBe(true);
});
