import type { Alert, Notifier } from '../../notifiers/index.js';
import { StoreError } from '../store/errors.js';
import type { Store } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import type { Timers } from '../time/timers.js';
import { DirectDelivery } from './direct-delivery.js';

/** The same trouble, come back, is told again after this, in milliseconds. */
const COOLDOWN_MS = 15 * 60_000;
/** Least time between two messages that go around the queue, whatever they are about, in milliseconds. */
const PACE_MS = 10_000;

/** Why nothing can be recorded, in our words. */
export interface StoreProblem {
  /** A code of docs/errors.md. */
  readonly code: string;
  readonly words: string;
}

export interface StoreWatchOptions {
  readonly store: Pick<Store, 'transaction' | 'inPlace' | 'refuseAltered'>;
  readonly clock: () => number;
  readonly monotonic: () => number;
  readonly timers: Timers;
  readonly log: Log;
  readonly channels: () => readonly Notifier[];
  /** What is so, apart from the problem: another one is told anew. */
  readonly circumstances: () => string;
  readonly compose: (problem: StoreProblem) => Alert;
  /** It was told that nothing could be recorded, and now it can. `afterMs`: how long that took. */
  readonly onRecovered: (afterMs: number) => void;
}

const WORDS: Readonly<Record<string, string>> = {
  STORE_FULL: 'the disk of the state store is full: nothing can be recorded',
  STORE_READ_ONLY: 'the state store cannot be written: it is read-only',
  STORE_CORRUPT: 'the state store is damaged: nothing can be recorded',
  STORE_SCHEMA: 'somebody altered how the state store is built: what it records and sends may be falsified',
  STORE_GONE:
    'a file of the state store was removed or replaced, or its directory: restore it and restart the daemon',
};

/**
 * Knows whether the store can be written. When it cannot, nothing can be queued either, so people are told around the queue: over every
 * channel at once, as well as it goes, once for each state of affairs. When it can be written again, that is told through the queue.
 */
export class StoreWatch {
  readonly #options: StoreWatchOptions;
  readonly #delivery: DirectDelivery;
  /** States of affairs told, and when, on the monotonic clock. */
  readonly #notifiedAt = new Map<string, number>();
  /** Those told since it last worked. */
  readonly #notified = new Set<string>();
  #problem: StoreProblem | null = null;
  #sinceMs = 0;
  #notifying = false;
  #lastTriedMs = Number.NEGATIVE_INFINITY;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
    this.#delivery = new DirectDelivery(options);
  }

  /** Null while the store can be written. */
  problem(): StoreProblem | null {
    return this.#problem;
  }

  /** Something could not be written. */
  failed(error: unknown): void {
    const { log, monotonic } = this.#options;
    const code = codeOf(error);
    const words = WORDS[code] ?? 'the state store cannot be written';
    log.error({ err: error }, words);
    if (this.#problem === null) this.#sinceMs = monotonic();
    this.#problem = { code, words };
    this.#notify(this.#problem);
  }

  /** Writes to see whether it works. */
  probe(): void {
    const { store, clock, log } = this.#options;
    try {
      // Before anything is written: what was added there acts on it.
      store.refuseAltered();
      store.transaction((tx) => tx.meta.set('alive', clock()));
      if (!store.inPlace())
        throw new StoreError(
          'STORE_GONE',
          'another file lies in its place, or none: restore it and restart the daemon',
        );
    } catch (error) {
      this.failed(error);
      return;
    }
    // While it is being told that nothing can be recorded, nobody knows yet whether anybody was: the next look tells the end.
    if (this.#problem === null || this.#notifying) return;
    this.#problem = null;
    log.info('the state store can be written again');
    this.#tellRecovery();
  }

  stop(): void {
    this.#delivery.stop();
  }

  #notify(problem: StoreProblem): void {
    const { monotonic, log, compose, channels, circumstances } = this.#options;
    const key = `${problem.code} ${circumstances()}`;
    const now = monotonic();
    if (!this.#isDue(key, now)) return;
    this.#lastTriedMs = now;
    this.#notifying = true;
    const send = async () => {
      const taken = await this.#delivery.send(compose(problem), channels());
      if (taken === 0) return;
      this.#notified.add(key);
      this.#notifiedAt.set(key, monotonic());
    };
    send()
      .catch((error: unknown) => log.error({ err: error }, 'an alert could not be sent around the queue'))
      .finally(() => {
        this.#notifying = false;
      });
  }

  #isDue(key: string, now: number): boolean {
    for (const [old, atMs] of this.#notifiedAt) {
      if (now - atMs >= COOLDOWN_MS) this.#notifiedAt.delete(old);
    }
    const isKnown = this.#notified.has(key) || this.#notifiedAt.has(key);
    return !isKnown && !this.#notifying && now - this.#lastTriedMs >= PACE_MS;
  }

  #tellRecovery(): void {
    if (this.#notified.size === 0) return;
    const { monotonic, onRecovered } = this.#options;
    try {
      onRecovered(monotonic() - this.#sinceMs);
      this.#notified.clear();
    } catch (error) {
      this.failed(error);
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof StoreError ? error.code : 'STORE_FAILED';
}
