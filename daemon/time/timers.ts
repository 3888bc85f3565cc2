/** Timers as the daemon uses them, so that a test can drive them. */
export interface Timers {
  set(callback: () => void, delayMs: number): unknown;
  clear(timer: unknown): void;
}

/** Real timers. They keep the process alive, as a daemon must be. */
export const realTimers: Timers = {
  set: (callback, delayMs) => setTimeout(callback, delayMs),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Waits for work, but no longer than `limitMs`. Resolves with whether the work was done by then; rejects when it fails. */
export async function within(timers: Timers, limitMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: unknown;
  const late = new Promise<boolean>((resolve) => {
    timer = timers.set(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timers.clear(timer);
  }
}
