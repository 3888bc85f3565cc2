import { setTimeout as delay } from 'node:timers/promises';

/** Turns at even distances, for whoever asks: `perSecond` a second, the first at once. By a clock that never goes back. */
export function evenTurns(perSecond: number): () => Promise<void> {
  const distanceMs = 1000 / perSecond;
  let nextMs = 0;
  return async () => {
    const nowMs = performance.now();
    const turnMs = Math.max(nowMs, nextMs);
    nextMs = turnMs + distanceMs;
    if (turnMs > nowMs) await delay(turnMs - nowMs);
  };
}
