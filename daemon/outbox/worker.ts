import type { Alert, DeliveryOutcome, Notifier } from '../../notifiers/index.js';
import type { Quiet } from '../policy/quiet-hours.js';
import type { OutboxMessage, Probe, Store } from '../store/store.js';
import type { Timers } from '../time/timers.js';
import { again, attemptDelivery } from './attempt.js';
import { backoffMs, LONGEST_WAIT_MS } from './backoff.js';
import type { Composer } from './composer.js';

/** What is not critical is given up when it is so old, in milliseconds: it shows as degraded then. */
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
/** A store that could not be written is tried again after this, in milliseconds. */
const STORE_RETRY_MS = 1_000;

export interface WorkerOptions {
  readonly store: Store;
  readonly clock: () => number;
  readonly random: () => number;
  readonly timers: Timers;
  readonly compose: Composer;
  /** Time between the beginnings of two alerts on a channel, in milliseconds. The parts of one alert may follow each other directly. */
  readonly paceMs: (channel: string) => number;
  /** What quiet hours hold back at an instant (UTC milliseconds); null outside of them. */
  readonly quietAt: (nowMs: number) => Quiet | null;
  /** Told of every attempt: for the log and the metrics. */
  readonly onAttempt: (channel: string, message: OutboxMessage, outcome: DeliveryOutcome) => void;
  /** Told when the store itself fails. What is owed to it is tried again; after a crash the message is sent again. */
  readonly onStoreError: (channel: string, error: unknown) => void;
  /** Told when a message could not be composed: a defect. */
  readonly onComposeError: (channel: string, error: unknown) => void;
}

/** What the outbox adds for its workers. */
export interface WorkerContext extends WorkerOptions {
  /** An attempt failed, and the store knows it. */
  readonly onFailed: () => void;
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
 * Sends the messages of one channel, one at a time. What it sends is composed when it is claimed: in a storm the messages that wait grow
 * into one, and that one says what is so when its turn comes.
 *
 * ```
 *   pending ──claim, compose──▶ claimed ──delivered──▶ delivered
 *      ▲                           │ not delivered, retry: back to pending with a later time
 *      └───────────────────────────┤   (joined to a newer message of its incident, if one waits: merged)
 *      └──────── at start ─────────┤ a crash in between repeats the message with the same id
 *      └──────── at start ─────────┴─ not delivered, no retry or too old: failed (shown as degraded)
 * ```
 */
export function createWorker(options: WorkerContext, notifier: Notifier, shutdown: AbortSignal): Worker {
  const { store, clock, timers } = options;
  /** What became of the last claimed message, as long as the store does not know it. */
  let pending: (() => void) | null = null;
  let running: Promise<void> | null = null;
  let wanted = false;
  let stopped = false;
  let timer: unknown = null;
  /** The alert sent last, and when: another one keeps its distance. */
  let last: { readonly alert: string; readonly atMs: number } | null = null;
  /** How to try a channel that did not take the last message; null when it did, or said itself how long to wait. */
  let probe: Probe | null = null;
  /** Whether a message may follow one that was not taken without its distance: if the channel is back meanwhile, the worst should be first. */
  let mayFollow = false;
  /** Ends the pause under way. */
  let goOn: (() => void) | null = null;

  /** One round ends with nothing due. A wake-up during a round is one more round. */
  async function work(): Promise<void> {
    while (wanted) {
      wanted = false;
      try {
        retryUnsettled();
        for (let message = await next(); message !== null; message = await next()) {
          const { outcome, alert } = await attempt(message);
          mayFollow = !outcome.delivered && !mayFollow;
          probe = outcome.delivered || outcome.retryAfterMs !== undefined ? null : { except: message.id };
          pending = settling(message, outcome, alert);
          options.onAttempt(notifier.name, message, outcome);
          retryUnsettled();
        }
        if (probe !== null) probe = { except: null };
        if (!stopped) arm(nextDueMs());
      } catch (error) {
        options.onStoreError(notifier.name, error);
        arm(clock() + STORE_RETRY_MS);
      }
    }
  }

  /** The next message that is due, at its pace: what goes with the last alert at once, another one when its time has come. */
  async function next(): Promise<OutboxMessage | null> {
    const pauseMs = last === null || mayFollow ? 0 : last.atMs + options.paceMs(notifier.name) - clock();
    const sameAlert = pauseMs > 0 && last !== null ? claim(last.alert) : null;
    if (sameAlert !== null) return sameAlert;
    if (pauseMs > 0) {
      const dueMs = nextDueMs();
      if (dueMs === null || dueMs > clock()) return null;
      // A clock that was set back must not make the pause longer.
      await pause(Math.min(pauseMs, options.paceMs(notifier.name)));
    }
    return claim(null);
  }

  function claim(ofAlert: string | null): OutboxMessage | null {
    const now = clock();
    const message = stopped ? null : store.claim(notifier.name, now, ofAlert, options.quietAt(now), probe);
    if (message !== null && message.alertId !== last?.alert) last = { alert: message.alertId, atMs: clock() };
    return message;
  }

  function nextDueMs(): number | null {
    return store.nextDueMs(notifier.name, options.quietAt(clock()));
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const pausing = timers.set(resolve, ms);
      goOn = () => {
        timers.clear(pausing);
        resolve();
      };
    });
  }

  async function attempt(
    message: OutboxMessage,
  ): Promise<{ readonly outcome: DeliveryOutcome; readonly alert?: Alert }> {
    try {
      const alert = options.compose(message);
      return { alert, outcome: await attemptDelivery(notifier, message, alert, shutdown, timers) };
    } catch (error) {
      // A defect of ours: the message stays owed.
      options.onComposeError(notifier.name, error);
      return { outcome: again('the message could not be composed') };
    }
  }

  function settling(message: OutboxMessage, outcome: DeliveryOutcome, alert?: Alert): () => void {
    const { id, attempt, severity, createdMs } = message;
    return () => {
      const now = clock();
      if (outcome.delivered) {
        store.delivered(id, outcome.receipt, now, alert);
        return;
      }
      // Who was told to stop did not fail: the next start tries at once.
      const waitMs = shutdown.aborted ? 0 : backoffMs(attempt, options.random(), outcome.retryAfterMs);
      const isTooOld = severity !== 'critical' && now - createdMs >= GIVE_UP_AFTER_MS;
      store.notDelivered(id, outcome.reason, outcome.retry && !isTooOld ? now + waitMs : null, now);
      options.onFailed();
    };
  }

  function retryUnsettled(): void {
    pending?.();
    pending = null;
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
      goOn?.();
      await running;
    },
  };
}
