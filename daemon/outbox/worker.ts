import type { Alert, DeliveryOutcome, Notifier, Severity } from '../../notifiers/index.js';
import type { Quiet } from '../policy/quiet-hours.js';
import { StoreError } from '../store/errors.js';
import type { OutboxMessage, Probe, Store } from '../store/store.js';
import type { BeginStage } from '../telemetry/stages.js';
import type { Timers } from '../time/timers.js';
import { again, attemptDelivery } from './attempt.js';
import { backoffMs, LONGEST_BACKOFF_MS } from './backoff.js';
import type { Composer } from './composer.js';

/** What is neither critical nor high is given up when it is so old, in milliseconds: it shows as degraded then (docs/adr/0164). */
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
const GIVEN_UP: ReadonlySet<Severity> = new Set<Severity>(['medium', 'low', 'info']);
/** A store that could not be written is tried again after this, in milliseconds. */
const STORE_RETRY_MS = 1_000;

export interface WorkerOptions {
  readonly store: Store;
  readonly clock: () => number;
  readonly random: () => number;
  readonly timers: Timers;
  readonly beginStage: BeginStage;
  readonly compose: Composer;
  /** Time between the beginnings of two alerts on a channel, in milliseconds. The parts of one alert may follow each other directly. */
  readonly paceMs: (channel: string) => number;
  /** What quiet hours hold back at an instant (UTC milliseconds); null outside of them. */
  readonly quietAt: (nowMs: number) => Quiet | null;
  /** Told of every attempt: for the log and the metrics. */
  readonly onAttempt: (channel: string, message: OutboxMessage, outcome: DeliveryOutcome) => void;
  /** Told when the store itself fails. What became of a message is written again; after a crash the message is sent again. */
  readonly onStoreError: (channel: string, error: unknown) => void;
  /** Told of a defect of ours, such as a message that could not be composed: it stays pending. */
  readonly onComposeError: (channel: string, error: unknown) => void;
}

/** What the outbox adds for each of its workers. */
export interface WorkerContext extends WorkerOptions {
  readonly notifier: Notifier;
  /** Aborts the attempt under way. */
  readonly shutdown: AbortSignal;
  /** An attempt failed, and the store knows it. */
  readonly onFailed: () => void;
}

export interface Worker {
  /** Looks at once, or when its turn comes. */
  wake(turn?: Promise<void>): void;
  /** Resolves when nothing is due or under way. */
  idle(): Promise<void>;
  /** Starts no more attempts and resolves when the one under way has ended and is settled, or could not be. */
  stop(): Promise<void>;
}

export function createWorker(context: WorkerContext): Worker {
  return new ChannelWorker(context);
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
class ChannelWorker implements Worker {
  /** Writes what became of the last claimed message, as long as the store does not know it. */
  #unsettled: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #wanted = false;
  #stopped = false;
  #timer: unknown = null;
  /** The alert sent last, and when: another one keeps its distance. */
  #last: { readonly alert: string; readonly atMs: number } | null = null;
  /** How to try a channel that did not take the last message; null when it did, or said itself how long to wait. */
  #probe: Probe | null = null;
  /** Whether a message may follow one that was not taken without its distance: if the channel is back meanwhile, the worst should be first. */
  #mayFollow = false;
  /** Ends the pause under way. */
  #goOn: (() => void) | null = null;

  constructor(private readonly context: WorkerContext) {}

  wake(turn: Promise<void> = Promise.resolve()): void {
    if (this.#stopped) return;
    this.#wanted = true;
    if (this.#running !== null) return;
    // `#work` may end before it first waits: what runs must be known before it begins.
    this.#running = turn
      .then(() => this.#work())
      .finally(() => {
        this.#running = null;
        if (this.#wanted) this.wake();
      });
  }

  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.context.timers.clear(this.#timer);
    this.#goOn?.();
    await this.#running;
  }

  /** One round ends with nothing due. A wake-up during a round is one more round. */
  async #work(): Promise<void> {
    const { clock, notifier } = this.context;
    while (this.#wanted) {
      this.#wanted = false;
      try {
        this.#settle();
        for (let message = await this.#next(); message !== null; message = await this.#next()) {
          await this.#send(message);
        }
        if (this.#probe !== null) this.#probe = { except: null };
        if (!this.#stopped) this.#arm(this.#nextDueMs());
      } catch (error) {
        if (error instanceof StoreError) this.context.onStoreError(notifier.name, error);
        else this.context.onComposeError(notifier.name, error);
        this.#arm(clock() + STORE_RETRY_MS);
      }
    }
  }

  async #send(message: OutboxMessage): Promise<void> {
    const { outcome, alert } = await this.#attempt(message);
    this.#mayFollow = !outcome.delivered && !this.#mayFollow;
    this.#probe = outcome.delivered || outcome.retryAfterMs !== undefined ? null : { except: message.id };
    this.#unsettled = () => this.#write(message, outcome, alert);
    this.context.onAttempt(this.context.notifier.name, message, outcome);
    this.#settle();
  }

  /** The next message that is due, at its pace: what goes with the last alert at once, another one when its time has come. */
  async #next(): Promise<OutboxMessage | null> {
    const { clock, notifier } = this.context;
    const last = this.#last;
    const paceMs = this.context.paceMs(notifier.name);
    const pauseMs = last === null || this.#mayFollow ? 0 : last.atMs + paceMs - clock();
    const sameAlert = pauseMs > 0 && last !== null ? this.#claim(last.alert) : null;
    if (sameAlert !== null) return sameAlert;
    if (pauseMs > 0) {
      const dueMs = this.#nextDueMs();
      if (dueMs === null || dueMs > clock()) return null;
      // A clock that was set back must not make the pause longer.
      await this.#pause(Math.min(pauseMs, paceMs));
    }
    return this.#claim(null);
  }

  #claim(ofAlert: string | null): OutboxMessage | null {
    if (this.#stopped) return null;
    const { store, clock, notifier, quietAt } = this.context;
    const nowMs = clock();
    const { name: channel, alikeCharacters = 0 } = notifier;
    const wanted = { channel, nowMs, ofAlert, quiet: quietAt(nowMs), probe: this.#probe, alikeCharacters };
    const claim = this.context.beginStage('claim');
    // A claim that is lost with the power leaves the message pending: it is sent again, as one is that was claimed and never settled.
    const message = store.transaction((tx) => tx.deliveries.claim(wanted), { durable: false });
    if (message !== null) claim();
    if (message !== null && message.alertId !== this.#last?.alert) {
      this.#last = { alert: message.alertId, atMs: clock() };
    }
    return message;
  }

  #nextDueMs(): number | null {
    const { store, clock, notifier, quietAt } = this.context;
    return store.deliveries.nextDueMs(notifier.name, quietAt(clock()));
  }

  #pause(ms: number): Promise<void> {
    const { timers } = this.context;
    return new Promise((resolve) => {
      const pausing = timers.set(resolve, ms);
      this.#goOn = () => {
        timers.clear(pausing);
        resolve();
      };
    });
  }

  async #attempt(
    message: OutboxMessage,
  ): Promise<{ readonly outcome: DeliveryOutcome; readonly alert?: Alert }> {
    const { notifier, shutdown, timers } = this.context;
    try {
      const compose = this.context.beginStage('compose');
      const alert = this.context.compose(message);
      compose();
      const deliver = this.context.beginStage('deliver');
      const { part, attempt, thread } = message;
      const request = { alert, part, attempt, thread };
      const outcome = await attemptDelivery({ notifier, request, shutdown, timers });
      deliver();
      return { alert, outcome };
    } catch (error) {
      this.context.onComposeError(notifier.name, error);
      return { outcome: again('the message could not be composed') };
    }
  }

  /** Writes what became of a message. */
  #write(message: OutboxMessage, outcome: DeliveryOutcome, alert: Alert | undefined): void {
    const { store, clock, random, shutdown } = this.context;
    const { id, attempt, severity, createdMs, alike } = message;
    const ids = [id, ...alike.map((one) => one.id)];
    const atMs = clock();
    if (outcome.delivered) {
      const { receipt } = outcome;
      store.transaction((tx) => {
        for (const one of ids) tx.deliveries.delivered(one, { receipt, atMs, alert });
      });
      return;
    }
    // Who was told to stop did not fail: the next start tries at once.
    const waitMs = shutdown.aborted ? 0 : backoffMs(attempt, random(), outcome.retryAfterMs);
    const isTooOld = GIVEN_UP.has(severity) && atMs - createdMs >= GIVE_UP_AFTER_MS;
    const { reason } = outcome;
    const nextAttemptMs = outcome.retry && !isTooOld ? atMs + waitMs : null;
    store.transaction((tx) => {
      for (const one of ids) tx.deliveries.notDelivered(one, { reason, nextAttemptMs, atMs });
    });
    this.context.onFailed();
  }

  #settle(): void {
    this.#unsettled?.();
    this.#unsettled = null;
  }

  #arm(dueMs: number | null): void {
    const { clock, timers } = this.context;
    timers.clear(this.#timer);
    if (dueMs === null || this.#stopped) return;
    const waitMs = Math.min(Math.max(0, dueMs - clock()), LONGEST_BACKOFF_MS);
    this.#timer = timers.set(() => this.wake(), waitMs);
  }
}
