import type { Timers } from '../time/timers.js';
import { createSchedule } from '../watch/schedule.js';

/** Files are looked at this long after the last event about them: whoever copies them by hand is not quick, and half of them is no news. */
const SETTLE_MS = 250;

/** When the files of approval and the configuration are looked at: on a timer whatever happens, and soon after they may have changed. */
export interface WatchedFiles {
  /** They may have changed: looks once they have come to rest. */
  hint(): void;
  /** Looks at once, or again when a look is under way. */
  request(): void;
  /** Resolves when no look is under way or waiting any more. */
  idle(): Promise<void>;
  /** Resolves when the look under way has ended. */
  stop(): Promise<void>;
}

export function createWatchedFiles(options: {
  /** Must not reject. */
  readonly look: () => Promise<void>;
  readonly intervalMs: number;
  readonly random: () => number;
  readonly timers: Timers;
}): WatchedFiles {
  const { timers } = options;
  const schedule = createSchedule<never>({ ...options, run: options.look });
  const request = () => schedule.request('all');
  let settling: unknown = null;
  return {
    hint: () => {
      timers.clear(settling);
      settling = timers.set(request, SETTLE_MS);
    },
    request,
    idle: schedule.idle,
    stop: () => {
      timers.clear(settling);
      return schedule.stop();
    },
  };
}
