import { setTimeout as delay } from 'node:timers/promises';

/** The machine's clock, also where a test lets the clock of what it tests stand still. */
const now = performance.now.bind(performance);

/**
 * Polls until the condition gives something other than false, null or undefined, and returns that. A condition that throws counts as not yet
 * (so `expect` may stand in it); its last error is the cause when `timeoutMs` has passed: 60 s unless told, which a machine with other work than ours needs and a test that
 * passes never uses. It is asked once more after that, so that a machine that stood still meanwhile is no failure.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: { readonly what: string; readonly timeoutMs?: number },
): Promise<Exclude<T, false | null | undefined>> {
  const { what, timeoutMs = 60_000 } = options;
  const limit = now() + timeoutMs;
  for (;;) {
    const asked = now();
    let cause: unknown;
    try {
      const result = await condition();
      if (result !== false && result !== null && result !== undefined) {
        return result as Exclude<T, false | null | undefined>;
      }
    } catch (error) {
      cause = error;
    }
    if (asked > limit) {
      const last = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`waited ${timeoutMs} ms for ${what}${last}`, { cause });
    }
    // Asking may be dear, such as a run of the program: then half of the time is left to what is waited for.
    await delay(Math.min(Math.max(now() - asked, 10), 250));
  }
}
