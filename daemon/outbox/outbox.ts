import type { Notifier } from '../../notifiers/index.js';
import { within } from '../time/timers.js';
import { nextTurn } from '../time/turn.js';
import { createFailover } from './failover.js';
import { adoptOrphans } from './orphans.js';
import { createWorker, type WorkerOptions } from './worker.js';

export interface OutboxOptions extends WorkerOptions {
  /** In the order of the configuration. */
  readonly notifiers: readonly Notifier[];
  /** Told when an alert goes to another channel: no channel that it was routed to takes it, or its channel is not configured any more. */
  readonly onPassedOn: (from: string, to: string, alertId: string) => void;
}

export interface Outbox {
  /** Sends everything that was not delivered: what a crashed daemon left claimed, what waits, what was given up, and what waits for channels that are configured no more. */
  start(): void;
  /**
   * Something was enqueued: every channel looks at once. Nothing is sent before the start. `after`: what people need not wait for, done when each
   * channel has handed over what it has.
   */
  wake(after?: () => void): void;
  /** Resolves true when nothing is due or under way any more, false when `limitMs` passed first. */
  drain(limitMs: number): Promise<boolean>;
  /** Starts no more attempts, gives those under way `limitMs`, then aborts them. */
  stop(limitMs: number): Promise<void>;
}

/** Time for an aborted attempt to be written down, in milliseconds. */
const ABORTED_LIMIT_MS = 500;

/** Delivers what the store holds, one worker for each channel, so that a dead channel delays no other. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { store, timers } = options;
  const abort = new AbortController();
  const failover = createFailover({
    ...options,
    channels: options.notifiers,
    onPassedOn: (from, to, alertId) => {
      options.onPassedOn(from, to, alertId);
      wake();
    },
  });
  const context = { ...options, onFailed: failover.look };
  const workers = options.notifiers.map((notifier) =>
    createWorker({ ...context, notifier, shutdown: abort.signal }),
  );
  let started = false;
  // Before the start another outbox may still be sending; what it has claimed is not ours until then.
  const wake = (after: () => void = () => undefined) => {
    if (!started) {
      after();
      return;
    }
    // Claiming and composing hold the event loop: each channel hands over what it has before the next one begins.
    let turn = Promise.resolve();
    for (const worker of workers) {
      worker.wake(turn);
      turn = turn.then(nextTurn);
    }
    void turn.then(after);
  };
  const begin = () =>
    store.transaction((tx) => {
      const atMs = options.clock();
      tx.deliveries.retryUndelivered(atMs);
      return adoptOrphans(tx, { channels: options.notifiers, atMs });
    });
  return {
    start: () => {
      started = true;
      try {
        for (const { from, to, alert } of begin()) options.onPassedOn(from, to, alert);
      } catch (error) {
        for (const { name } of options.notifiers) options.onStoreError(name, error);
      }
      wake();
    },
    wake,
    drain: (limitMs) => within(timers, limitMs, Promise.all(workers.map((worker) => worker.idle()))),
    stop: async (limitMs) => {
      failover.stop();
      const ended = Promise.all(workers.map((worker) => worker.stop()));
      if (await within(timers, limitMs, ended)) return;
      abort.abort();
      await within(timers, ABORTED_LIMIT_MS, ended);
    },
  };
}
