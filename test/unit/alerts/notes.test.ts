import { describe, expect, test } from '@jest/globals';
import { masked } from '../../../daemon/alerts/masking.js';
import { notesOf } from '../../../daemon/alerts/notes.js';
import {
  LONGEST_ADDRESS,
  noteWords,
  quote,
  quotePair,
  sampleAlerts,
  type Untrusted,
} from '../../../notifiers/index.js';
import { hostileStrings } from '../../contract/notifiers/hostile-strings.js';

const text = (untrusted: string | null): Untrusted => ({ untrusted });
const words = (before: string | null, after: string | null) =>
  notesOf(text(before), text(after), false).map((note) => noteWords(note, { before: text(before) }));

describe('two values of a field', () => {
  test.each([
    [
      'an address that a thief ground to the same ends',
      'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuj',
      'bc1qppfa8pryacrjuzp9287zc2ufz5n0hdthff8uwuj',
      'Looks like the old one: the first 6 and the last 5 characters are the same.',
    ],
    [
      'an address of which only the last character differs',
      'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuj',
      'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuk',
      'Looks like the old one: the first 41 characters are the same.',
    ],
    [
      'letters of another script',
      'admin',
      'аdmin',
      'Can be taken for the old one: only letters that look alike, capitals, blanks or separators differ.',
    ],
    [
      'a digit for a letter',
      'alice.lo',
      'a1ice_l0',
      'Can be taken for the old one: only letters that look alike, capitals, blanks or separators differ.',
    ],
    [
      'characters of two code units, counted as people count',
      `😀😀😀😀${'a'.repeat(9)}bcde`,
      `😀😀😀😀${'x'.repeat(9)}bcde`,
      'Looks like the old one: the first 4 and the last 4 characters are the same.',
    ],
  ])('%s', (_what, before, after, expected) => {
    expect(words(before, after)).toEqual([expected]);
  });

  test.each([
    ['no value', null, 'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuj'],
    ['short ones with equal ends', '1.25000000', '1.29000000'],
    ['three equal characters at an end', 'abc0000000000000wxyz', 'abc1111111111111wxyz'],
    ['sentences, which are read', 'Kiosk at the main station', 'Kiosk at the west station'],
    ['numbers, whose separators count', '1.5', '15'],
    [
      'the same value',
      'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuj',
      'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuj',
    ],
    ['names that differ', 'alice', 'bob'],
  ])('%s: nothing is called out', (_what, before, after) => {
    expect(words(before, after)).toEqual([]);
  });

  test('fingerprints and digests are not compared by their ends', () => {
    const hmac = (digit: string): Untrusted => ({ untrusted: `aaaa${digit.repeat(56)}bbbb`, form: 'hmac' });
    expect(notesOf(hmac('1'), hmac('2'), false)).toEqual([]);
  });

  test('masked ones say whether they differ', () => {
    const say = (before: string, after: string) =>
      notesOf(text(before), text(after), true).map((note) => noteWords(note, { before: text(before) }));
    expect(say('alice@example.org', 'avery@example.org')).toEqual(['Masked here; the two values differ.']);
    expect(say('alice@example.org', 'alice@example.org')).toEqual([
      'Masked here; the two values are the same.',
    ]);
    expect(say('alice@example.org', 'a1ice@example.org')).toHaveLength(2);
  });
});

test('the notes of the made-up alerts are those of their values', () => {
  const fields = Object.values(sampleAlerts)
    .flat()
    .flatMap(({ changes }) => changes.flatMap((change) => change.fields))
    .filter(({ before }) => before?.form !== 'masked');
  for (const { before, after, notes = [] } of fields) expect(notesOf(before, after, false)).toEqual(notes);
});

describe('a masked value', () => {
  test.each([
    ['alice@example.org', '“a”…“@example.org” (masked, 17 characters)'],
    ['Alice Novák', '“A”… (masked, 11 characters)'],
    ['+420 777 123 456', '“+”… (masked, 16 characters)'],
    ['ab', '… (masked, 2 characters)'],
    ['x', '… (masked, 1 character)'],
    ['a@b', '“a”…“@b” (masked, 3 characters)'],
    ['alice@two words', '“a”… (masked, 15 characters)'],
    ['a@b@c', '“a”… (masked, 5 characters)'],
    [`a@${'b'.repeat(300)}`, '“a”… (masked, 302 characters)'],
    ['😀 smile', '“\\u{1F600}” (1 character, 1 shown by number)… (masked, 7 characters)'],
  ])('%s', (value, expected) => {
    expect(quote(masked(text(value)), 128)).toBe(expected);
  });

  test('what is no text, or carried as a digest anyway, stays as it is', () => {
    for (const value of [
      text(null),
      text(''),
      { untrusted: 'a'.repeat(64), form: 'hmac' as const },
      { untrusted: 'a'.repeat(64), form: 'digest' as const, bytes: 9 },
    ]) {
      expect(masked(value)).toBe(value);
    }
  });

  test('holds of a hostile text its first character at most, and shows it by the allow-list', () => {
    for (const hostile of hostileStrings.filter((one) => Array.from(one).length > 2 && !one.includes('@'))) {
      const value = masked(text(hostile));
      expect(Array.from(value.untrusted ?? '')).toHaveLength(1);
      expect(value.masked?.end).toBe('');
      expect(quote(value, 128)).toMatch(/^(?:[ -~“”…]|\p{L}\p{M}{0,2})*$/u);
    }
  });

  test('is never marked as differing from another: what is hidden cannot be pointed at', () => {
    const pair = quotePair(masked(text('alice@example.org')), masked(text('alina@example.org')), 128);
    expect([...pair.before, ...pair.after].some(({ differs }) => differs)).toBe(false);
  });
});

describe('values are called out', () => {
  const same = (length: number) =>
    [`abcd${'0'.repeat(length - 8)}wxyz`, `abcd${'1'.repeat(length - 8)}wxyz`] as const;
  const kinds = (before: string, after: string) =>
    notesOf(text(before), text(after), false).map(({ note }) => note);

  test('by their ends from 16 characters of the shorter one on', () => {
    expect(kinds(...same(16))).toEqual(['same-ends']);
    expect(kinds(...same(15))).toEqual([]);
    expect(kinds(same(15)[0], same(20)[1])).toEqual([]);
  });

  test('up to the length of the longest address, on either side', () => {
    expect(kinds(...same(LONGEST_ADDRESS))).toEqual(['same-ends']);
    expect(kinds(same(LONGEST_ADDRESS)[0], same(LONGEST_ADDRESS + 1)[1])).toEqual([]);
    expect(kinds(same(LONGEST_ADDRESS + 1)[0], same(LONGEST_ADDRESS)[1])).toEqual([]);
  });

  test('as names only where both hold letters, and something is left of them', () => {
    expect(kinds('l0', '10')).toEqual([]);
    expect(kinds('10', 'l0')).toEqual([]);
    expect(kinds('\u3164', '\u115f')).toEqual([]);
  });

  test('not where one is empty: nothing is hidden by it', () => {
    expect(notesOf(text(''), text('x'), true)).toEqual([]);
    expect(notesOf(text('x'), text(''), true)).toEqual([]);
  });
});
