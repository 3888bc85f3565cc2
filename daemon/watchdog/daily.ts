import { dateAfter, instantOf, wallClockAt } from '../time/wall-clock.js';

/** A time of day by the clocks of a place. */
export interface DailyTime {
  /** `08:00`. */
  readonly at: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** The occurrence of a daily time on one day. */
export interface Occurrence {
  /** The date there, such as `2026-11-25`: one occurrence for each. */
  readonly date: string;
  /** UTC milliseconds. */
  readonly atMs: number;
}

/** The last occurrence that has come by `nowMs`. */
export function lastOccurrence(time: DailyTime, nowMs: number): Occurrence {
  const today = occurrenceOn(wallClockAt(nowMs, time.timeZone).date, time);
  return today.atMs <= nowMs ? today : occurrenceOn(dateAfter(today.date, -1), time);
}

/** The first occurrence after `nowMs`. */
export function nextOccurrence(time: DailyTime, nowMs: number): Occurrence {
  return occurrenceOn(dateAfter(lastOccurrence(time, nowMs).date, 1), time);
}

function occurrenceOn(date: string, { at, timeZone }: DailyTime): Occurrence {
  return { date, atMs: instantOf({ date, time: at }, timeZone) };
}
