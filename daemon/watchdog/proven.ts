import { duration } from '../wording.js';

/** A channel through which nothing has arrived for so long is not known to work, in milliseconds. */
export const PROVEN_FOR_MS = 7 * 86_400_000;

/** The last time something arrived through a channel. */
export interface LastChannelTest {
  readonly by: 'message' | 'test';
  readonly atMs: number;
}

/** The later of the last message and the last test that arrived; null: nothing ever did. */
export function lastChannelTestOf(
  lastDeliveredMs: number | null,
  test: { readonly atMs: number; readonly delivered: boolean } | null,
): LastChannelTest | null {
  const testedMs = test?.delivered ? test.atMs : null;
  if (lastDeliveredMs === null && testedMs === null) return null;
  return (testedMs ?? 0) > (lastDeliveredMs ?? 0)
    ? { by: 'test', atMs: testedMs ?? 0 }
    : { by: 'message', atMs: lastDeliveredMs ?? 0 };
}

/** Why a channel must show as degraded, in our words; null when something arrived lately. A proof from the future proves nothing. */
export function unproven(channel: string, channelTest: LastChannelTest | null, nowMs: number): string | null {
  const advice = `run tillwarden notify test ${channel}`;
  if (channelTest === null || channelTest.atMs > nowMs + PROVEN_FOR_MS) {
    return `channel ${channel} is not proven: nothing has ever arrived through it; ${advice}`;
  }
  const ageMs = nowMs - channelTest.atMs;
  return ageMs <= PROVEN_FOR_MS
    ? null
    : `channel ${channel} is not proven any more: nothing has arrived through it for ${duration(ageMs)}; ${advice}`;
}
