import type { DeliveryOutcome, Notifier } from '../../notifiers/index.js';
import type { Timers } from '../observe/schedule.js';
import type { OutboxMessage, Store } from '../store/store.js';
import { backoffMs } from './backoff.js';

/** A notifier that has not answered by then counts as failed, whatever its own timeouts say. */
const HARD_LIMIT_MS = 60_000;
/** A store that could not be written is tried again after this. */
const STORE_RETRY_MS = 1_000;

export interface OutboxOptions {
  readonly store: Store;
  readonly notifiers: readonly Notifier[];
  readonly clock: () => number;
  readonly random: () => number;
  readonly timers: Timers;
  /** Told of every attempt: for the log and the metrics. */
  readonly onAttempt: (channel: string, message: OutboxMessage, outcome: DeliveryOutcome) => void;
  /** Told when the store itself fails: the message stays claimed and is sent again after the next start. */
  readonly onStoreError: (channel: string, error: unknown) => void;
}

export interface Outbox {
  /** Sends what a crashed daemon left claimed, and everything due. */
  start(): void;
  /** Something was enqueued: look at once. */
  wake(): void;
  /** Resolves true when nothing is due or under way any more, false when `limitMs` passed first. */
  drain(limitMs: number): Promise<boolean>;
  /** Starts no more attempts, gives those under way `limitMs`, then aborts them. */
  stop(limitMs: number): Promise<void>;
}

/**
 * One worker for each channel, so that a dead channel delays no other.
 *
 * ```
 *   pending ──claim──▶ claimed ──delivered──▶ delivered
 *      ▲                  │ not delivered, retry: back to pending with a later time
 *      └──────────────────┤
 *      └── releaseClaims ─┘ at start: a crash in between repeats the message with the same id
 *                         └─ not delivered, no retry ──▶ failed (shown as degraded)
 * ```
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const abort = new AbortController();
  const workers = options.notifiers.map((notifier) => createWorker(options, notifier, abort.signal));
  return {
    start: () => {
      options.store.releaseClaims();
      for (const worker of workers) worker.wake();
    },
    wake: () => {
      for (const worker of workers) worker.wake();
    },
    drain: (limitMs) => within(options.timers, limitMs, Promise.all(workers.map((worker) => worker.idle()))),
    stop: async (limitMs) => {
      const ended = Promise.all(workers.map((worker) => worker.stop()));
      if (await within(options.timers, limitMs, ended)) return;
      abort.abort();
      await within(options.timers, limitMs, ended);
    },
  };
}

interface Worker {
  wake(): void;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

function createWorker(options: OutboxOptions, notifier: Notifier, shutdown: AbortSignal): Worker {
  const { store, clock, timers } = options;
  let running: Promise<void> | null = null;
  let wanted = false;
  let stopped = false;
  let timer: unknown = null;

  const work = async (): Promise<void> => {
    try {
      while (wanted && !stopped) {
        wanted = false;
        for (;;) {
          const message = stopped ? null : store.claim(notifier.name, clock());
          if (!message) break;
          settle(message, await attempt(message));
        }
      }
      arm(store.nextDueMs(notifier.name));
    } catch (error) {
      options.onStoreError(notifier.name, error);
      arm(clock() + STORE_RETRY_MS);
    } finally {
      running = null;
    }
  };

  const attempt = async (message: OutboxMessage): Promise<DeliveryOutcome> => {
    const limit = new AbortController();
    const timeout = timers.set(() => limit.abort(), HARD_LIMIT_MS);
    const signal = AbortSignal.any([shutdown, limit.signal]);
    try {
      const { alert, part, attempt, thread } = message;
      return await Promise.race([
        notifier.deliver({ alert, part, attempt, thread, signal }),
        aborted(signal),
      ]);
    } catch {
      return { delivered: false, retry: true, reason: 'the notifier failed in a way it should not' };
    } finally {
      timers.clear(timeout);
      limit.abort();
    }
  };

  const settle = (message: OutboxMessage, outcome: DeliveryOutcome): void => {
    const now = clock();
    if (outcome.delivered) store.delivered(message.id, outcome.receipt, now);
    else {
      const wait = backoffMs(message.attempt, options.random(), outcome.retryAfterMs);
      store.notDelivered(message.id, outcome.reason, outcome.retry ? now + wait : null, now);
    }
    options.onAttempt(notifier.name, message, outcome);
  };

  const arm = (dueMs: number | null): void => {
    timers.clear(timer);
    timer = dueMs === null || stopped ? null : timers.set(wake, Math.max(0, dueMs - clock()));
  };

  const wake = (): void => {
    if (stopped) return;
    wanted = true;
    running ??= work();
  };

  return {
    wake,
    idle: async () => {
      while (running) await running;
    },
    stop: async () => {
      stopped = true;
      timers.clear(timer);
      await running;
    },
  };
}

function aborted(signal: AbortSignal): Promise<DeliveryOutcome> {
  const outcome = { delivered: false, retry: true, reason: 'no answer within the time limit' } as const;
  return new Promise((resolve) => {
    if (signal.aborted) resolve(outcome);
    signal.addEventListener('abort', () => resolve(outcome), { once: true });
  });
}

async function within(timers: Timers, limitMs: number, work: Promise<unknown>): Promise<boolean> {
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
