import type { Hint, Source } from '../sources/source.js';
import type { Log } from '../telemetry/log.js';
import { type Metrics, stageTimer } from '../telemetry/metrics.js';
import { type Timers, within } from '../time/timers.js';
import type { ErrorSink } from '../watchdog/defects.js';
import type { FullReads } from './full-reads.js';
import { type HintStatus, writtenHintType } from './hint-status.js';
import type { WaitingLook } from './looks-beside.js';
import { createSchedule, type Schedule, type WaitingWork } from './schedule.js';

/** What an observer needs of the pipeline. What these throw is a defect. */
export interface ObserverTarget {
  /**
   * Reads these collections of the source (all when absent) and decides. `hinted`: those of which the source said that they may have changed. `waiting`: what is
   * wanted meanwhile, some of which it may look at before it ends.
   */
  look(
    source: Source,
    collections?: readonly string[],
    hinted?: ReadonlySet<string>,
    waiting?: WaitingLook,
  ): Promise<void>;
  /** The source cannot be heard (a reason in our words), or can be heard again (null). */
  onHintStatus(source: string, disconnectedBecause: string | null): void;
  /** Collections of the source that are unread and of which nobody was notified yet: they are looked at again soon. */
  unsettled(source: Source): readonly string[];
}

/** With what every site is observed: clocks, timers and telemetry of the process. */
export interface ObserverEnvironment {
  readonly random: () => number;
  readonly clock: () => number;
  readonly monotonic: () => number;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly caught: ErrorSink;
  readonly fullReads: Pick<FullReads, 'enter'>;
}

export interface ObserverOptions {
  readonly site: string;
  readonly source: Source;
  readonly target: ObserverTarget;
  readonly readIntervalMs: number;
  readonly environment: ObserverEnvironment;
}

/** How long the first read waits for the source to be heard, in milliseconds: what is read afterwards need not be read again for it. */
const LISTEN_FIRST_MS = 500;
/** When a collection that could not be read is looked at again while nobody was notified of it, in milliseconds. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Watches one source.
 *
 * ```
 *            start()                 listening (read all)
 *   starting ───────▶ starting ─────────────────────────▶ listening ◀─────┐
 *                        │                                   │            │ listening (read all)
 *                        │ disconnected (read all)           ▼            │
 *                        └──────────────────────────────▶ disconnected ───┘
 *                                                 disconnected (read all)
 *   A source without hints stays in `polling` for good.
 * ```
 *
 * In every state everything is read on the jittered timer: the snapshot decides, hints only wake (invariant 1). A look that throws is no
 * read: it is reported, and the next one comes.
 */
export class Observer {
  readonly source: Source;
  readonly #options: ObserverOptions;
  readonly #labels: { readonly site: string; readonly source: string };
  readonly #schedule: Schedule<string>;
  #hintStatus: HintStatus;
  #lastFullReadMs: number | null = null;
  #readAtMs: number | null = null;
  /** Collections that were named by hints since the last look at them began. */
  readonly #hinted = new Set<string>();
  #isStarted = false;
  #stopped = false;
  #again: unknown;
  /** Everything is wanted, and its turn has not come. */
  #waitsForTurn = false;
  #onFirstStatus: () => void = () => undefined;
  /** Ends the stage that the first hint since the last read began. */
  #readBegins: (() => void) | null = null;

  constructor(options: ObserverOptions) {
    const { site, source, readIntervalMs: intervalMs, environment } = options;
    const { random, timers, caught } = environment;
    this.source = source;
    this.#options = options;
    this.#labels = { site, source: source.name };
    this.#hintStatus = options.source.hasHints ? 'starting' : 'polling';
    const onError = (error: unknown) => caught(this.#part(), error);
    this.#schedule = createSchedule({
      intervalMs,
      random,
      timers,
      run: (work, waiting) => this.#look(work, this.#waitingLook(waiting)),
      // Before it is started nothing is compared, and the start reads everything.
      onDue: () => this.#isStarted && this.#readAll(),
      onError,
    });
  }

  hintStatus(): HintStatus {
    return this.#hintStatus;
  }

  /** UTC milliseconds of the last full read that ended; null before the first. */
  lastFullReadMs(): number | null {
    return this.#lastFullReadMs;
  }

  /** How long ago that was, in milliseconds that passed: a clock that is set makes no read fresh. */
  readAgeMs(): number | null {
    return this.#readAtMs === null ? null : this.#options.environment.monotonic() - this.#readAtMs;
  }

  /** Starts hints, and the first full read as soon as it is known whether the source can be heard. */
  start(): void {
    this.#isStarted = true;
    this.#readAll(() => this.#beginHints());
  }

  /** Ends hints and waits for the read under way. The source stays open. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.environment.timers.clear(this.#again);
    await this.#schedule.stop();
  }

  /** Everything is read when its turn comes, after `first`. Asked for again before that, it is read once. */
  #readAll(first?: () => Promise<unknown>): void {
    if (this.#waitsForTurn) return;
    this.#waitsForTurn = true;
    const { fullReads, caught } = this.#options.environment;
    fullReads.enter(
      async () => {
        if (first && !this.#stopped) await first().catch((error) => caught(this.#part(), error));
        this.#waitsForTurn = false;
        this.#schedule.request('all');
        await this.#schedule.idle();
      },
      this.#lastFullReadMs === null ? 'first' : 'again',
    );
  }

  async #beginHints(): Promise<void> {
    if (!this.source.hasHints) return;
    const isKnown = new Promise<void>((resolve) => {
      this.#onFirstStatus = resolve;
    });
    this.source.watch((hint) => this.#stopped || this.#onHint(hint));
    await within(this.#options.environment.timers, LISTEN_FIRST_MS, isKnown);
  }

  #waitingLook({ items, take, onMore }: WaitingWork<string>): WaitingLook {
    const look = async (names: readonly string[]): Promise<void> => {
      await this.#look(take(names)).catch((error) => this.#options.environment.caught(this.#part(), error));
    };
    return { items, onMore, look };
  }

  async #look(work: 'all' | ReadonlySet<string>, waiting?: WaitingLook): Promise<void> {
    const { target, environment } = this.#options;
    const { metrics, monotonic, clock } = environment;
    const labels = this.#labels;
    const began = monotonic();
    this.#readBegins?.();
    this.#readBegins = null;
    const hinted = new Set([...this.#hinted].filter((name) => work === 'all' || work.has(name)));
    for (const name of hinted) this.#hinted.delete(name);
    await target.look(this.source, work === 'all' ? undefined : [...work], hinted, waiting);
    metrics.readSeconds.observe(labels, (monotonic() - began) / 1000);
    metrics.reads.inc({ ...labels, cause: work === 'all' ? 'full' : 'hint' });
    this.#lookAgain(target.unsettled(this.source));
    if (work !== 'all') return;
    this.#lastFullReadMs = clock();
    this.#readAtMs = monotonic();
    metrics.lastReadTimestamp.set(labels, this.#lastFullReadMs / 1000);
  }

  /** Their grace is over sooner than the next timed read comes. */
  #lookAgain(unsettled: readonly string[]): void {
    const { timers } = this.#options.environment;
    timers.clear(this.#again);
    this.#again = undefined;
    if (unsettled.length === 0 || this.#stopped) return;
    this.#again = timers.set(() => this.#schedule.request(unsettled), LOOK_AGAIN_MS);
  }

  #onHint(hint: Hint): void {
    this.#options.environment.metrics.hints.inc({ ...this.#labels, type: writtenHintType(hint.type) });
    if (hint.type === 'changed') {
      this.#readBegins ??= stageTimer(this.#options.environment.metrics)('wait');
      for (const name of hint.collections) this.#hinted.add(name);
      this.#schedule.request(hint.collections);
      return;
    }
    this.#note(hint);
    this.#readAll();
    this.#onFirstStatus();
  }

  #note(hint: Exclude<Hint, { readonly type: 'changed' }>): void {
    const { target, environment } = this.#options;
    const { log, caught } = environment;
    const before = this.#hintStatus;
    this.#hintStatus = hint.type;
    if (hint.type === 'listening' && before === 'disconnected')
      log.info(this.#labels, 'source can be heard again');
    if (hint.type === 'disconnected' && before !== 'disconnected') {
      log.warn({ ...this.#labels, reason: hint.reason }, 'source cannot be heard');
    }
    try {
      target.onHintStatus(this.source.name, hint.type === 'disconnected' ? hint.reason : null);
    } catch (error) {
      caught(this.#part(), error);
    }
  }

  #part(): string {
    return `watching source ${this.source.name} of ${this.#options.site}`;
  }
}
