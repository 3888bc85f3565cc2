import { expect, test } from '@jest/globals';
import { parseRowText } from '../../../../../daemon/sources/postgres/change-log/row-text.js';

test.each([
  ['(1,a)', ['1', 'a']],
  ['(,"",a)', [null, '', 'a']],
  ['("a, ""b""","c\\\\d",)', ['a, "b"', 'c\\d', null]],
  ['("(x)")', ['(x)']],
  ['()', [null]],
])('the row %s is taken apart', (text, values) => {
  expect(parseRowText(text)).toEqual(values);
});

test.each(['', '(', '1,2', '("a)', '(a', '(a)b)', '(a) ', '("a\\'])('%j is no row', (text) => {
  expect(parseRowText(text)).toBeNull();
});

test('of a row that was cut the whole values are taken', () => {
  expect(parseRowText('(1,"a",bcd', true)).toEqual(['1', 'a']);
});
