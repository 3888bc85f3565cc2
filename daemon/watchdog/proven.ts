import { duration } from '../alerts/title.js';

/** A channel through which nothing has arrived for so long is not known to work, in milliseconds. */
export const PROVEN_FOR_MS = 7 * 86_400_000;

/** The last time something arrived through a channel. */
export interface LastProof {
  readonly by: 'message' | 'test';
  readonly atMs: number;
}

/** The later of the last message and the last test that arrived; null: nothing ever did. */
export function lastProofOf(
  lastDeliveredMs: number | null,
  test: { readonly atMs: number; readonly delivered: boolean } | null,
): LastProof | null {
  const testedMs = test?.delivered ? test.atMs : null;
  if (lastDeliveredMs === null && testedMs === null) return null;
  return (testedMs ?? 0) > (lastDeliveredMs ?? 0)
    ? { by: 'test', atMs: testedMs ?? 0 }
    : { by: 'message', atMs: lastDeliveredMs ?? 0 };
}

/** Why a channel must show as degraded, in our words; null when something arrived lately. A proof from the future proves nothing. */
export function unproven(channel: string, proof: LastProof | null, nowMs: number): string | null {
  const advice = `run tillwarden notify test ${channel}`;
  if (proof === null || proof.atMs > nowMs + PROVEN_FOR_MS) {
    return `channel ${channel} is not proven: nothing has ever arrived through it; ${advice}`;
  }
  const ageMs = nowMs - proof.atMs;
  return ageMs <= PROVEN_FOR_MS
    ? null
    : `channel ${channel} is not proven any more: nothing has arrived through it for ${duration(ageMs)}; ${advice}`;
}
