import { Temporal } from 'temporal-polyfill';

/** What the clocks of a place show. */
export interface WallClock {
  /** `2026-11-25`. */
  readonly date: string;
  /** `22:00`; seconds are dropped. */
  readonly time: string;
}

/** What the clocks of an IANA time zone show at an instant (UTC milliseconds). */
export function wallClockAt(atMs: number, timeZone: string): WallClock {
  const there = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone);
  return {
    date: there.toPlainDate().toString(),
    time: there.toPlainTime().toString({ smallestUnit: 'minute', roundingMode: 'trunc' }),
  };
}

/** The date so many days after another; before it when `days` is negative. */
export function dateAfter(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/**
 * The instant (UTC milliseconds) at which the clocks of a time zone show a time of a date. A time that they show twice, when they are put
 * back, is the first of the two; one that they skip is as much later as they skip.
 */
export function instantOf({ date, time }: WallClock, timeZone: string): number {
  return zoned({ date, time }, timeZone, 'compatible').epochMilliseconds;
}

/**
 * The first instant after `atMs` (UTC milliseconds) at which the clocks of a time zone show `time` or have just skipped it. A time that they
 * show twice comes twice.
 */
export function nextInstantOf(time: string, timeZone: string, atMs: number): number {
  const now = wallClockAt(atMs, timeZone);
  const wanted = { date: time > now.time ? now.date : dateAfter(now.date, 1), time };
  const earlier = zoned(wanted, timeZone, 'earlier');
  const later = zoned(wanted, timeZone, 'later');
  if (earlier.epochMilliseconds === later.epochMilliseconds) return later.epochMilliseconds;
  const isSkipped = wallClockAt(later.epochMilliseconds, timeZone).time !== time;
  if (isSkipped) return earlier.getTimeZoneTransition('next')?.epochMilliseconds ?? later.epochMilliseconds;
  return earlier.epochMilliseconds > atMs ? earlier.epochMilliseconds : later.epochMilliseconds;
}

function zoned(
  { date, time }: WallClock,
  timeZone: string,
  disambiguation: 'compatible' | 'earlier' | 'later',
) {
  return Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(timeZone, { disambiguation });
}
