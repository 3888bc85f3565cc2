/** A time of day by the clocks of a place. */
export interface DailyTime {
  /** `08:00`. */
  readonly at: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** One day's turn. */
export interface Occurrence {
  /** The date there, such as `2026-11-25`: one turn for each. */
  readonly date: string;
  /** UTC milliseconds. */
  readonly atMs: number;
}

const DAY_MS = 86_400_000;

/** The last turn that has come by `nowMs`. */
export function lastOccurrence(time: DailyTime, nowMs: number): Occurrence {
  const today = occurrenceOf(time, dateThere(nowMs, time.timeZone));
  return today.atMs <= nowMs ? today : occurrenceOf(time, dayAfter(today.date, -1));
}

/** The first turn after `nowMs`. */
export function nextOccurrence(time: DailyTime, nowMs: number): Occurrence {
  return occurrenceOf(time, dayAfter(lastOccurrence(time, nowMs).date, 1));
}

/**
 * When the turn of a date is. A time that the clocks show twice, when they are put back, is the first of the two; one that they skip is as
 * much later as they skip.
 */
function occurrenceOf({ at, timeZone }: DailyTime, date: string): Occurrence {
  const asUtcMs = Date.parse(`${date}T${at}:00Z`);
  const before = offsetMs(asUtcMs - DAY_MS, timeZone);
  const after = offsetMs(asUtcMs + DAY_MS, timeZone);
  // Both are shown only where the clocks are put back, and there the earlier is the first.
  const shown = [asUtcMs - before, asUtcMs - after].find(
    (atMs) => atMs + offsetMs(atMs, timeZone) === asUtcMs,
  );
  return { date, atMs: shown ?? asUtcMs - before };
}

function dateThere(atMs: number, timeZone: string): string {
  return new Date(atMs + offsetMs(atMs, timeZone)).toISOString().slice(0, 10);
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How far the clocks there are ahead of UTC at an instant, in milliseconds. */
function offsetMs(atMs: number, timeZone: string): number {
  const parts = new Map(
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
      .formatToParts(new Date(atMs))
      .map(({ type, value }) => [type, Number(value)]),
  );
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = (
    ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
  ).map((part) => parts.get(part) ?? 0);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}
