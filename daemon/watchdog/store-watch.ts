import type { Alert, Notifier } from '../../notifiers/index.js';
import { errorCode } from '../error-code.js';
import { StoreError } from '../store/errors.js';
import type { Store } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import type { Timers } from '../time/timers.js';

/** The same trouble, come back, is told again after this, in milliseconds. */
const COOLDOWN_MS = 15 * 60_000;
/** Least time between two messages that go around the queue, whatever they are about, in milliseconds. */
const PACE_MS = 10_000;
/** Of one such delivery. */
const DELIVERY_LIMIT_MS = 30_000;

/** Why nothing can be recorded, in our words. */
export interface StoreProblem {
  /** A code of docs/errors.md. */
  readonly code: string;
  readonly words: string;
}

export interface StoreWatch {
  /** Null while the store can be written. */
  problem(): StoreProblem | null;
  /** Something could not be written. */
  failed(error: unknown): void;
  /** Writes to see whether it works. */
  probe(): void;
  stop(): void;
}

const WORDS: Readonly<Record<string, string>> = {
  STORE_FULL: 'the disk of the state store is full: nothing can be recorded',
  STORE_READ_ONLY: 'the state store cannot be written: it is read-only',
  STORE_CORRUPT: 'the state store is damaged: nothing can be recorded',
  STORE_GONE: 'the state directory was removed or replaced: restore it and restart the daemon',
};

/**
 * Knows whether the store can be written. When it cannot, nothing can be queued either, so people are told around the queue: over every
 * channel at once, as well as it goes, once for each state of affairs. When it can be written again, that is told through the queue.
 */
export function createStoreWatch(options: {
  readonly store: Pick<Store, 'transaction' | 'inPlace'>;
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
}): StoreWatch {
  const { store, monotonic, timers, log } = options;
  const stopping = new AbortController();
  /** States of affairs told, and when, on the monotonic clock. */
  const notifiedAt = new Map<string, number>();
  /** Those told since it last worked. */
  const notified = new Set<string>();
  let problem: StoreProblem | null = null;
  let sinceMs = 0;
  let notifying = false;
  let lastTriedMs = Number.NEGATIVE_INFINITY;

  function failed(error: unknown): void {
    const code = codeOf(error);
    const words = WORDS[code] ?? 'the state store cannot be written';
    log.error({ err: error }, words);
    note({ code, words });
  }

  function note(next: StoreProblem): void {
    if (problem === null) sinceMs = monotonic();
    problem = next;
    const key = `${next.code} ${options.circumstances()}`;
    const now = monotonic();
    for (const [old, atMs] of notifiedAt) if (now - atMs >= COOLDOWN_MS) notifiedAt.delete(old);
    if (notified.has(key) || notifiedAt.has(key) || notifying || now - lastTriedMs < PACE_MS) return;
    lastTriedMs = now;
    notifying = true;
    tell(next)
      .then((taken) => {
        if (taken === 0) return;
        notified.add(key);
        notifiedAt.set(key, monotonic());
      })
      .catch((error: unknown) => log.error({ err: error }, 'an alert could not be sent around the queue'))
      .finally(() => {
        notifying = false;
      });
  }

  /** How many channels took it. */
  async function tell(what: StoreProblem): Promise<number> {
    const alert = options.compose(what);
    const taken = await Promise.all(options.channels().map((channel) => deliver(channel, alert)));
    return taken.filter((one) => one).length;
  }

  /** Every part by itself: of a mail each is for another person. True when one arrived. */
  async function deliver(channel: Notifier, alert: Alert): Promise<boolean> {
    let taken = false;
    for (const part of channel.parts) taken = (await deliverPart(channel, part, alert)) || taken;
    return taken;
  }

  async function deliverPart(channel: Notifier, part: string, alert: Alert): Promise<boolean> {
    const limit = new AbortController();
    const timer = timers.set(() => limit.abort(), DELIVERY_LIMIT_MS);
    try {
      const signal = AbortSignal.any([limit.signal, stopping.signal]);
      const outcome = await channel.deliver({ alert, part, attempt: 1, thread: null, signal });
      const fields = { channel: channel.name, part, alert: alert.id };
      if (outcome.delivered) log.info(fields, 'delivered around the queue');
      else log.warn({ ...fields, reason: outcome.reason }, 'not delivered around the queue');
      return outcome.delivered;
    } catch (error) {
      log.error({ err: error, channel: channel.name }, 'not delivered around the queue');
      return false;
    } finally {
      timers.clear(timer);
    }
  }

  return {
    problem: () => problem,
    failed,
    probe: () => {
      try {
        store.transaction((tx) => tx.meta.set('alive', options.clock()));
        if (!store.inPlace()) throw new StoreError('STORE_GONE', 'another file lies in its place, or none');
      } catch (error) {
        failed(error);
        return;
      }
      // While it is being told that nothing can be recorded, nobody knows yet whether anybody was: the next look tells the end.
      if (problem === null || notifying) return;
      problem = null;
      log.info('the state store can be written again');
      if (notified.size === 0) return;
      try {
        options.onRecovered(monotonic() - sinceMs);
        notified.clear();
      } catch (error) {
        failed(error);
      }
    },
    stop: () => stopping.abort(),
  };
}

function codeOf(error: unknown): string {
  const code = errorCode(error) ?? '';
  return /^STORE_[A-Z_]+$/.test(code) ? code : 'STORE_FAILED';
}
