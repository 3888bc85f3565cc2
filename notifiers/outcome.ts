import type { DeliveryOutcome } from './notifier.js';

/** Wait after what an operator has to repair, in milliseconds. */
export const AFTER_REPAIR_MS = 60_000;
/** Wait after "too many requests" without a time, in milliseconds. */
export const AFTER_RATE_LIMIT_MS = 30_000;
/** The longest wait a channel may ask for, in milliseconds. */
export const LONGEST_WAIT_MS = 600_000;

/** The message stays with the outbox, at the channel's wish for at least `retryAfterMs` milliseconds. */
export function later(reason: string, retryAfterMs?: number): DeliveryOutcome {
  return retryAfterMs === undefined
    ? { delivered: false, retry: true, reason }
    : { delivered: false, retry: true, retryAfterMs, reason };
}

/** The message itself was refused and would be refused again: shown as degraded, never tried again. */
export function refusedForGood(reason: string): DeliveryOutcome {
  return { delivered: false, retry: false, reason };
}
