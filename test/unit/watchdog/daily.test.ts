import { describe, expect, test } from '@jest/globals';
import { lastOccurrence, nextOccurrence } from '../../../daemon/watchdog/daily.js';

const prague = (at: string) => ({ at, timeZone: 'Europe/Prague' });
const utc = (text: string) => Date.parse(text);
const iso = ({ date, atMs }: { date: string; atMs: number }) => [date, new Date(atMs).toISOString()];

describe('the turn of a day', () => {
  test('is at the same time of the clocks there in winter and in summer', () => {
    expect(iso(nextOccurrence(prague('08:00'), utc('2026-01-10T12:00:00Z')))).toEqual([
      '2026-01-11',
      '2026-01-11T07:00:00.000Z',
    ]);
    expect(iso(nextOccurrence(prague('08:00'), utc('2026-07-10T12:00:00Z')))).toEqual([
      '2026-07-11',
      '2026-07-11T06:00:00.000Z',
    ]);
  });

  test('has come at its very moment, and not a millisecond before', () => {
    const moment = utc('2026-01-10T07:00:00Z');
    expect(lastOccurrence(prague('08:00'), moment).date).toBe('2026-01-10');
    expect(lastOccurrence(prague('08:00'), moment - 1).date).toBe('2026-01-09');
    expect(nextOccurrence(prague('08:00'), moment - 1).atMs).toBe(moment);
  });

  test('where the clocks skip it, is as much later as they skip', () => {
    expect(iso(nextOccurrence(prague('02:30'), utc('2026-03-28T12:00:00Z')))).toEqual([
      '2026-03-29',
      '2026-03-29T01:30:00.000Z',
    ]);
  });

  test('where the clocks show it twice, is the first of the two, once', () => {
    const turn = nextOccurrence(prague('02:30'), utc('2026-10-24T12:00:00Z'));
    expect(iso(turn)).toEqual(['2026-10-25', '2026-10-25T00:30:00.000Z']);
    expect(nextOccurrence(prague('02:30'), utc('2026-10-25T01:29:00Z')).date).toBe('2026-10-26');
  });

  test.each([
    'Europe/Prague',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'America/St_Johns',
  ])('in %s there is one for each date of a year, in order', (timeZone) => {
    for (const at of ['00:00', '02:15', '23:59']) {
      let nowMs = utc('2026-01-01T00:00:00Z');
      const dates = new Set<string>();
      for (let day = 0; day < 366; day += 1) {
        const turn = nextOccurrence({ at, timeZone }, nowMs);
        expect(turn.atMs).toBeGreaterThan(nowMs);
        expect(turn.atMs - nowMs).toBeLessThanOrEqual(26 * 3_600_000);
        nowMs = turn.atMs;
        dates.add(turn.date);
      }
      expect(dates.size).toBe(366);
    }
  });
});
