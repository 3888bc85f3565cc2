import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonStatus } from '../watchdog/health.js';

/** Source of the demo's doors. */
export const DOORS = 'outside';

/** Waits until the daemon at `url` compares with a baseline, has read everything once and hears the database. Throws after `limitMs`. */
export async function isWatching(url: string, limitMs = 20_000): Promise<void> {
  const until = performance.now() + limitMs;
  for (;;) {
    const { sites } = await statusOf(url);
    const ready = sites.every(
      ({ baseline, sources }) =>
        baseline !== null &&
        // Doors say nothing by themselves.
        sources.every(
          ({ source, hearing, lastFullReadMs }) =>
            lastFullReadMs !== null &&
            (hearing === 'listening' || (hearing === 'polling' && source === DOORS)),
        ),
    );
    if (ready) return;
    if (performance.now() > until) throw new Error(`the daemon did not begin to watch within ${limitMs} ms`);
    await delay(50);
  }
}

/** What the daemon at `url` says of itself. */
export async function statusOf(url: string): Promise<DaemonStatus> {
  const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(5_000) });
  return (await response.json()) as DaemonStatus;
}
