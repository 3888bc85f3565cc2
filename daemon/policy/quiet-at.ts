import { nextInstantOf, wallClockAt } from '../time/wall-clock.js';
import type { Quiet, QuietHours } from './quiet-hours.js';

/**
 * The severities that wait at an instant (UTC milliseconds); null outside of quiet hours. They follow the clock on the wall: the end of a
 * night in which the clock is set is the first instant at which it shows `to` or later, and an hour that comes twice is quiet twice.
 */
export function quietAt(hours: QuietHours | null, nowMs: number): Quiet | null {
  if (hours === null) return null;
  const { from, to, timeZone, severities } = hours;
  const { time } = wallClockAt(nowMs, timeZone);
  const isQuiet = from < to ? from <= time && time < to : from <= time || time < to;
  return isQuiet ? { severities, untilMs: nextInstantOf(to, timeZone, nowMs) } : null;
}
