import type { Timers } from '../time/timers.js';

/** How far the clock may move against the time that passed before it is told, in milliseconds: NTP slews and leap seconds stay below. */
const CLOCK_TOLERANCE_MS = 60_000;
/** Time between two looks, in milliseconds. */
const LOOK_MS = 10_000;

/** Clocks of two machines may differ by this much, in milliseconds: what people signed has the time of their machines. */
const SIGNED_TOLERANCE_MS = 10 * 60_000;

/** A time that is known to be over, in UTC milliseconds: when this store was last written, and when people last signed something. */
export interface KnownTimes {
  readonly lastSeenMs: number | null;
  readonly signedMs: number | null;
}

/** A clock that says less than a time that is known to be over. */
export interface ClockBehind {
  /** Milliseconds, above 0. */
  readonly byMs: number;
  readonly than: 'last-seen' | 'signed';
}

/** How far a clock is behind what is known, when that is too much; else null. By itself no clock at a start can be compared with time that passed. */
export function clockBehind(nowMs: number, { lastSeenMs, signedMs }: KnownTimes): ClockBehind | null {
  const sinceSeen = (lastSeenMs ?? nowMs) - nowMs;
  if (sinceSeen > CLOCK_TOLERANCE_MS) return { byMs: sinceSeen, than: 'last-seen' };
  const sinceSigned = (signedMs ?? nowMs) - nowMs;
  return sinceSigned > SIGNED_TOLERANCE_MS ? { byMs: sinceSigned, than: 'signed' } : null;
}

/** One look at both clocks. */
export interface Instant {
  /** UTC milliseconds: may be set. */
  readonly wallMs: number;
  /** Milliseconds since anything: only ever grows. */
  readonly monotonicMs: number;
}

/** By how much the wall clock moved further than the time that passed, when that is too much; else null. Negative: it was set back. */
export function clockJump(before: Instant, now: Instant): number | null {
  const byMs = Math.round(now.wallMs - before.wallMs - (now.monotonicMs - before.monotonicMs));
  return Math.abs(byMs) > CLOCK_TOLERANCE_MS ? byMs : null;
}

/**
 * Looks at both clocks again and again, and compares with the first look since the last jump: a clock that is set a little at a time is
 * found as well. What NTP does to the rate of the clock, the system does to the monotonic one too.
 */
export function createClockWatch(options: {
  readonly clock: () => number;
  readonly monotonic: () => number;
  readonly timers: Timers;
  readonly onJump: (byMs: number) => void;
}): { start(): void; look(): void; stop(): void } {
  const now = (): Instant => ({ wallMs: options.clock(), monotonicMs: options.monotonic() });
  let reference = now();
  let timer: unknown = null;

  function look(): void {
    const seen = now();
    const byMs = clockJump(reference, seen);
    if (byMs === null) return;
    reference = seen;
    options.onJump(byMs);
  }

  function arm(): void {
    timer = options.timers.set(() => {
      look();
      arm();
    }, LOOK_MS);
  }

  return {
    start: () => {
      reference = now();
      arm();
    },
    look,
    stop: () => options.timers.clear(timer),
  };
}
