const FIRST_MS = 1_000;
const MOST_MS = 10 * 60_000;

/**
 * How long to wait before the attempt that follows attempt number `attempt` (1 is the first), in milliseconds: doubling from one second to
 * ten minutes, with a jitter of ± 20 % from `random` (0 ≤ random < 1). A wish of the channel is honoured up to the same ten minutes.
 */
export function backoffMs(attempt: number, random: number, wishMs?: number): number {
  const doubled = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 30));
  const jittered = doubled * (0.8 + 0.4 * random);
  return Math.round(Math.min(MOST_MS, Math.max(jittered, wishMs ?? 0)));
}
