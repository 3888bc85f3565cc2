import type { Timers } from './timers.js';

/** Longest wait of a timer, in milliseconds: a clock that was set forward is noticed after that. */
const LONGEST_TIMER_MS = 60_000;
/** A store that could not be written is tried again after this, in milliseconds. */
const STORE_RETRY_MS = 1_000;

/** Work that the store and the clock make due. */
export interface Due {
  /** What is due may have changed: does it, now and from now on; nothing before the start. */
  look(): void;
  start(): void;
  stop(): void;
}

/** Does what is due and waits for the next; what fails is tried again. */
export function createDue(options: {
  /** Does what is due. Returns how long it is until more will be, in milliseconds; null when nothing waits. */
  readonly work: () => number | null;
  readonly timers: Timers;
  readonly onStoreError: (error: unknown) => void;
}): Due {
  const { timers } = options;
  let timer: unknown = null;
  let running = false;

  function look(): void {
    if (!running) return;
    try {
      arm(options.work());
    } catch (error) {
      options.onStoreError(error);
      arm(STORE_RETRY_MS);
    }
  }

  function arm(waitMs: number | null): void {
    timers.clear(timer);
    if (running && waitMs !== null) {
      timer = timers.set(look, Math.min(Math.max(0, waitMs), LONGEST_TIMER_MS));
    }
  }

  return {
    look,
    start: () => {
      running = true;
      look();
    },
    stop: () => {
      running = false;
      timers.clear(timer);
    },
  };
}
