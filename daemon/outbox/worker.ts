import type { DeliveryOutcome, Notifier } from '../../notifiers/index.js';
import type { Timers } from '../observe/schedule.js';
import type { OutboxMessage, Store } from '../store/store.js';
import { attemptDelivery } from './attempt.js';
import { backoffMs, LONGEST_WAIT_MS } from './backoff.js';

/** A store that could not be written is tried again after this, in milliseconds. */
const STORE_RETRY_MS = 1_000;

export interface WorkerOptions {
  readonly store: Store;
  readonly clock: () => number;
  readonly random: () => number;
  readonly timers: Timers;
  /** Told of every attempt: for the log and the metrics. */
  readonly onAttempt: (channel: string, message: OutboxMessage, outcome: DeliveryOutcome) => void;
  /** Told when the store itself fails. What is owed to it is tried again; after a crash the message is sent again. */
  readonly onStoreError: (channel: string, error: unknown) => void;
}

export interface Worker {
  /** Looks at once. */
  wake(): void;
  /** Resolves when nothing is due or under way. */
  idle(): Promise<void>;
  /** Starts no more attempts and resolves when the one under way has ended and is settled, or could not be. */
  stop(): Promise<void>;
}

/**
 * Sends the messages of one channel, one at a time.
 *
 * ```
 *   pending ──claim──▶ claimed ──delivered──▶ delivered
 *      ▲                  │ not delivered, retry: back to pending with a later time
 *      └──────────────────┤
 *      └── at start ──────┤ a crash in between repeats the message with the same id
 *      └── at start ──────┴─ not delivered, no retry: failed (shown as degraded)
 * ```
 */
export function createWorker(options: WorkerOptions, notifier: Notifier, shutdown: AbortSignal): Worker {
  const { store, clock, timers } = options;
  /** What became of the last claimed message, as long as the store does not know it. */
  let owed: (() => void) | null = null;
  let running: Promise<void> | null = null;
  let wanted = false;
  let stopped = false;
  let timer: unknown = null;

  /** One round ends with nothing due. A wake-up during a round is one more round. */
  async function work(): Promise<void> {
    while (wanted) {
      wanted = false;
      try {
        settleOwed();
        for (let message = claim(); message !== null; message = claim()) {
          const outcome = await attemptDelivery(notifier, message, shutdown, timers);
          owed = settling(message, outcome);
          options.onAttempt(notifier.name, message, outcome);
          settleOwed();
        }
        if (!stopped) arm(store.nextDueMs(notifier.name));
      } catch (error) {
        options.onStoreError(notifier.name, error);
        arm(clock() + STORE_RETRY_MS);
      }
    }
  }

  function claim(): OutboxMessage | null {
    return stopped ? null : store.claim(notifier.name, clock());
  }

  function settling(message: OutboxMessage, outcome: DeliveryOutcome): () => void {
    const { id, attempt } = message;
    return () => {
      const now = clock();
      if (outcome.delivered) {
        store.delivered(id, outcome.receipt, now);
        return;
      }
      // Who was told to stop did not fail: the next start tries at once.
      const waitMs = shutdown.aborted ? 0 : backoffMs(attempt, options.random(), outcome.retryAfterMs);
      store.notDelivered(id, outcome.reason, outcome.retry ? now + waitMs : null, now);
    };
  }

  function settleOwed(): void {
    owed?.();
    owed = null;
  }

  function arm(dueMs: number | null): void {
    timers.clear(timer);
    if (dueMs === null || stopped) return;
    const waitMs = Math.min(Math.max(0, dueMs - clock()), LONGEST_WAIT_MS);
    timer = timers.set(wake, waitMs);
  }

  function wake(): void {
    if (stopped) return;
    wanted = true;
    if (running !== null) return;
    // `work` may end before it first waits: what runs must be known before it begins.
    running = Promise.resolve()
      .then(work)
      .finally(() => {
        running = null;
        if (wanted) wake();
      });
  }

  return {
    wake,
    idle: async () => {
      while (running !== null) await running;
    },
    stop: async () => {
      stopped = true;
      timers.clear(timer);
      await running;
    },
  };
}
