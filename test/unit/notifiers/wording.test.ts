import { describe, expect, test } from '@jest/globals';
import { moment, ourWords, plural } from '../../../notifiers/wording.js';

describe('moment', () => {
  test.each([
    [
      'Europe/Prague',
      Date.UTC(2026, 10, 24, 2, 13, 7),
      'Tue 2026-11-24 03:13:07 Europe/Prague (2026-11-24 02:13:07 UTC)',
    ],
    [
      'America/Lima',
      Date.UTC(2026, 0, 1, 4, 59, 59),
      'Wed 2025-12-31 23:59:59 America/Lima (2026-01-01 04:59:59 UTC)',
    ],
    [
      'Asia/Kathmandu',
      Date.UTC(2026, 5, 1, 18, 15, 0),
      'Tue 2026-06-02 00:00:00 Asia/Kathmandu (2026-06-01 18:15:00 UTC)',
    ],
    ['UTC', Date.UTC(2026, 10, 24, 0, 0, 0), '2026-11-24 00:00:00 UTC'],
  ])('in %s is written with its UTC time', (timeZone, atMs, expected) => {
    expect(moment(atMs, timeZone)).toBe(expected);
  });

  test('the hour that daylight saving repeats is distinguished by UTC', () => {
    const [first, second] = [0, 1].map((hour) => moment(Date.UTC(2026, 9, 25, hour, 30), 'Europe/Prague'));
    expect(first).toBe('Sun 2026-10-25 02:30:00 Europe/Prague (2026-10-25 00:30:00 UTC)');
    expect(second).toBe('Sun 2026-10-25 02:30:00 Europe/Prague (2026-10-25 01:30:00 UTC)');
  });

  test('with a time zone nobody knows stands in UTC and says so', () => {
    expect(moment(0, 'Mars/Olympus')).toBe(
      "1970-01-01 00:00:00 UTC (the site's time zone, Mars/Olympus, is not known here)",
    );
    expect(moment(Number.NaN, 'UTC')).toBe('time unknown');
  });
});

describe('ourWords', () => {
  test.each([
    ['a line', 20, 'a line'],
    ['two\r\nlines\u2028three', 20, 'two lines three'],
    ['  blanks   inside ', 20, 'blanks inside'],
    ['a\u202eb\u0000c', 20, 'a b c'],
    ['123456', 6, '123456'],
    ['1234567', 6, '12345…'],
    ['\u{10400}\u{10401}\u{10402}', 2, '\u{10400}…'],
  ])('%j within %i characters', (text, limit, expected) => {
    expect(ourWords(text, limit)).toBe(expected);
  });
});

test('counts read as people write them', () => {
  expect([plural(0, 'change'), plural(1, 'change'), plural(1_204, 'change'), plural(1_204)]).toEqual([
    '0 changes',
    '1 change',
    '1,204 changes',
    '1,204',
  ]);
});
