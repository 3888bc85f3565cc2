import { SEVERITIES, type Severity } from '../../notifiers/index.js';

/** Hours in which what is not urgent waits. */
export interface QuietHours {
  /** Wall clock, `22:00`. */
  readonly from: string;
  readonly to: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly severities: readonly (typeof MAY_WAIT)[number][];
}

/** What waits now, and until when (UTC milliseconds). */
export interface Quiet {
  readonly severities: readonly Severity[];
  readonly untilMs: number;
}

/** Severities that quiet hours may hold back. */
export const MAY_WAIT = ['medium', 'low', 'info'] as const;

/** Kinds that wake people at any hour, whatever severity a rule gives them. */
const NEVER_WAIT: ReadonlySet<string | null> = new Set(['admin', 'wallet-route', 'sensor']);

/**
 * Whether quiet hours may hold a message back: nothing severe, and nothing about an administrator, a destination of money or the watching
 * itself. `severity` is the worst of the message and of the incident it continues: an acknowledgement of what woke people is told at once.
 */
export function mayWait(severity: Severity, kinds: readonly (string | null)[]): boolean {
  const lesser: readonly Severity[] = MAY_WAIT;
  return lesser.includes(severity) && !kinds.some((kind) => NEVER_WAIT.has(kind));
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/**
 * What waits at an instant (UTC milliseconds); null outside of quiet hours. They follow the clock on the wall: the end of a night in
 * which the clock is set is the first instant at which it shows `to` or later, and an hour that comes twice is quiet twice.
 */
export function quietAt(hours: QuietHours | null, nowMs: number): Quiet | null {
  if (hours === null) return null;
  const wall = wallClock(hours.timeZone);
  const [from, to] = [minutes(hours.from), minutes(hours.to)];
  const isQuiet = (ms: number) => {
    const minute = wall(ms);
    return from < to ? from <= minute && minute < to : from <= minute || minute < to;
  };
  if (!isQuiet(nowMs)) return null;
  const start = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  let quiet = start;
  let loud = start;
  // As far as the wall clock says. Where it is set back meanwhile, some of the hours are left.
  while (isQuiet(loud)) {
    quiet = loud;
    loud += ((to - wall(loud) + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES) * MINUTE_MS;
  }
  // Where it is set forward, that is too far: the end lies between.
  while (loud - quiet > MINUTE_MS) {
    const between = quiet + Math.floor((loud - quiet) / (2 * MINUTE_MS)) * MINUTE_MS;
    if (isQuiet(between)) quiet = between;
    else loud = between;
  }
  return { severities: hours.severities, untilMs: loud };
}

/** The severities that wait, each as the bit of its rank: how the store asks for them. */
export function waitingRanks(quiet: Quiet | null): number {
  return (quiet?.severities ?? []).reduce((bits, severity) => bits | (1 << SEVERITIES.indexOf(severity)), 0);
}

function minutes(text: string): number {
  const [hours = 0, rest = 0] = text.split(':').map(Number);
  return hours * 60 + rest;
}

/** Minutes since midnight that a clock on the wall shows. */
function wallClock(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (ms) => minutes(format.format(ms));
}
