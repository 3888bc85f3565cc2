const FIRST_MS = 1_000;

/** The longest wait between two attempts, in milliseconds; less than the store's `LONGEST_DELAY_MS`. */
export const LONGEST_BACKOFF_MS = 10 * 60_000;

/**
 * How long to wait before the attempt that follows attempt number `attempt` (1 is the first), in milliseconds: doubling from one second to
 * ten minutes, less up to 20 % by `random` (0 ≤ random < 1), so that many messages do not come back in step. A wish of the channel
 * for more is honoured up to the same ten minutes.
 */
export function backoffMs(attempt: number, random: number, wishMs = 0): number {
  const doubled = Math.min(LONGEST_BACKOFF_MS, FIRST_MS * 2 ** Math.min(Math.max(attempt, 1) - 1, 30));
  const spread = doubled * (1 - 0.2 * random);
  return Math.round(Math.min(LONGEST_BACKOFF_MS, Math.max(spread, wishMs)));
}
