import { describe, expect, test } from '@jest/globals';
import { title } from '../../../daemon/alerts/title.js';
import { counted, duration, listed } from '../../../daemon/wording.js';

const part = (group: string) => ({ group, words: (count: number) => `${count} ${group}` });

describe('a title', () => {
  test.each([
    [['a'], '1 a'],
    [['a', 'b', 'a'], '2 a, 1 b'],
    [['a', 'b', 'c'], '1 a, 1 b, 1 c'],
    [['a', 'b', 'c', 'd'], '1 a, 1 b, 1 c, and 1 more'],
    [['a', 'b', 'c', 'd', 'd', 'e', 'a'], '2 a, 1 b, 1 c, and 3 more'],
  ])('of %j is "%s"', (groups, expected) => {
    expect(title(groups.map(part))).toBe(expected);
  });
});

test.each([
  [[], 3, 'nobody'],
  [['a'], 3, 'a'],
  [['a', 'b'], 3, 'a and b'],
  [['a', 'b', 'c'], 3, 'a, b and c'],
  [['a', 'b', 'c', 'd'], 3, 'a, b and 2 more'],
  [['a', 'b', 'c', 'd'], 4, 'a, b, c and d'],
])('%j with at most %d named is "%s"', (names, most, expected) => {
  expect(listed(names, most)).toBe(expected);
});

test.each([
  [-5, '0 ms'],
  [0, '0 ms'],
  [412.4, '412 ms'],
  [999, '999 ms'],
  [1_000, '1 s'],
  [9_999, '9 s'],
  [60_000, '1 min'],
  [61_000, '1 min 1 s'],
  [252_000, '4 min 12 s'],
  [3_600_000, '1 h'],
  [3_601_000, '1 h'],
  [11_100_000, '3 h 5 min'],
  [187_200_000, '2 d 4 h'],
])('%d ms last "%s"', (ms, expected) => {
  expect(duration(ms)).toBe(expected);
});

test.each([
  [1, 'entry', {}, '1 entry'],
  [2, 'entry', {}, '2 entries'],
  [2, 'key', {}, '2 keys'],
  [2, 'e-mail address', {}, '2 e-mail addresses'],
  [2, 'trigger or rule', { many: 'triggers or rules' }, '2 triggers or rules'],
  [1_204, 'record', {}, '1204 records'],
  [1_204, 'record', { thousands: true }, '1,204 records'],
])('%d of "%s" %j are "%s"', (count, noun, counting, expected) => {
  expect(counted(count, noun, counting)).toBe(expected);
});

test('one is singular', () => {
  expect([counted(0, 'record'), counted(1, 'record'), counted(2, 'record')]).toEqual([
    '0 records',
    '1 record',
    '2 records',
  ]);
});

describe('a long title', () => {
  const long = (words: string) => ({ group: words, words: () => words });

  test('holds parts of 80 characters together, and counts what goes beyond', () => {
    const half = 'a'.repeat(40);
    expect(title([long(half), long('b'.repeat(40))])).toBe(`${half}, ${'b'.repeat(40)}`);
    expect(title([long(half), long('b'.repeat(41))])).toBe(`${half}, and 1 more`);
  });

  test('ends at a word, or within one that nobody could read anyway', () => {
    expect(title([long('a'.repeat(80))])).toBe('a'.repeat(80));
    expect(title([long('a'.repeat(81))])).toBe(`${'a'.repeat(79)}…`);
    expect(title([long(`${'a'.repeat(40)} ${'b'.repeat(60)}`)])).toBe(`${'a'.repeat(40)} ${'b'.repeat(38)}…`);
    expect(title([long(`${'a'.repeat(41)} ${'b'.repeat(60)}`)])).toBe(`${'a'.repeat(41)}…`);
    expect(title([long(`${'a'.repeat(41)}  ${'b'.repeat(60)}`)])).toBe(`${'a'.repeat(41)}…`);
  });
});
