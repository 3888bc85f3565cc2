import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonStatus } from '../watchdog/health.js';

/** Sources of the demo that say nothing by themselves: its doors and its log. */
export const ASKED = { doors: 'outside', log: 'cas-log' } as const;
const ASKED_NAMES: ReadonlySet<string> = new Set(Object.values(ASKED));

/** Waits until the daemon at `url` compares with a baseline, has read everything once and hears the database. Throws after `limitMs`. */
export async function isWatching(url: string, limitMs = 60_000): Promise<void> {
  const until = performance.now() + limitMs;
  for (;;) {
    const { sites } = await statusOf(url);
    const ready = sites.every(
      ({ baseline, sources }) =>
        baseline !== null &&
        sources.every(
          ({ source, hearing, lastFullReadMs }) =>
            lastFullReadMs !== null &&
            (hearing === 'listening' || (hearing === 'polling' && ASKED_NAMES.has(source))),
        ),
    );
    if (ready) return;
    if (performance.now() > until) throw new Error(`the daemon did not begin to watch within ${limitMs} ms`);
    await delay(50);
  }
}

/** What the daemon at `url` says of itself. */
export async function statusOf(url: string): Promise<DaemonStatus> {
  const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(30_000) });
  return (await response.json()) as DaemonStatus;
}
