import type { Timers } from '../time/timers.js';
import { createSchedule, type Schedule } from '../watch/schedule.js';

/** Files are looked at this long after the last event about them: whoever copies them by hand is not quick, and half of them is no news. */
const SETTLE_MS = 250;

/** When the files of approval and the configuration are looked at: on a timer whatever happens, and soon after they may have changed. */
export class WatchedFiles {
  readonly #timers: Timers;
  readonly #schedule: Schedule<never>;
  #settling: unknown = null;

  constructor(options: {
    readonly look: () => Promise<void>;
    /** Takes what a look rejected with; the next look comes all the same. */
    readonly onError: (error: unknown) => void;
    readonly intervalMs: number;
    readonly random: () => number;
    readonly timers: Timers;
  }) {
    this.#timers = options.timers;
    this.#schedule = createSchedule({ ...options, run: options.look });
  }

  /** They may have changed: looks once they have come to rest. */
  hint(): void {
    this.#timers.clear(this.#settling);
    this.#settling = this.#timers.set(() => this.request(), SETTLE_MS);
  }

  /** Looks at once, or again when a look is under way. */
  request(): void {
    this.#schedule.request('all');
  }

  /** Resolves when no look is under way or waiting any more. */
  idle(): Promise<void> {
    return this.#schedule.idle();
  }

  /** Resolves when the look under way has ended. */
  stop(): Promise<void> {
    this.#timers.clear(this.#settling);
    return this.#schedule.stop();
  }
}
