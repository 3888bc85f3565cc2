import type { Hint, Source } from '../sources/source.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Timers } from '../time/timers.js';
import { type HintStatus, writtenHintType } from './hint-status.js';
import { createSchedule } from './schedule.js';

/** What an observer needs of the pipeline. */
export interface ObserverTarget {
  /** Reads these collections of the source (all when absent) and decides. Must not reject. */
  look(source: Source, collections?: readonly string[]): Promise<void>;
  /** The source cannot be heard (a reason in our words), or can be heard again (null). */
  onHintStatus(source: string, disconnectedBecause: string | null): void;
}

export interface Observer {
  readonly source: Source;
  hintStatus(): HintStatus;
  /** UTC milliseconds of the last full read that ended; null before the first. */
  lastFullReadMs(): number | null;
  /** How long ago that was, in milliseconds that passed: a clock that is set makes no read fresh. */
  readAgeMs(): number | null;
  /** Starts hints and the first full read. */
  start(): void;
  /** Wants a full read at once. */
  readAll(): void;
  /** Ends hints and waits for the read under way. The source stays open. */
  stop(): Promise<void>;
}

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
 * In every state everything is read on the jittered timer: the snapshot decides, hints only wake (invariant 1).
 */
export function createObserver(options: {
  readonly site: string;
  readonly source: Source;
  readonly target: ObserverTarget;
  readonly readIntervalMs: number;
  readonly random: () => number;
  readonly clock: () => number;
  readonly monotonic: () => number;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
}): Observer {
  const { site, source, target, metrics } = options;
  const labels = { site, source: source.name };
  let hintStatus: HintStatus = source.hasHints ? 'starting' : 'polling';
  let lastFullReadMs: number | null = null;
  let readAtMs: number | null = null;

  const schedule = createSchedule<string>({
    intervalMs: options.readIntervalMs,
    random: options.random,
    timers: options.timers,
    run: async (work) => {
      const began = options.monotonic();
      await target.look(source, work === 'all' ? undefined : [...work]);
      metrics.readSeconds.observe(labels, (options.monotonic() - began) / 1000);
      metrics.reads.inc({ ...labels, cause: work === 'all' ? 'full' : 'hint' });
      if (work !== 'all') return;
      lastFullReadMs = options.clock();
      readAtMs = options.monotonic();
      metrics.lastReadTimestamp.set(labels, lastFullReadMs / 1000);
    },
  });

  const onHint = (hint: Hint): void => {
    metrics.hints.inc({ ...labels, type: writtenHintType(hint.type) });
    if (hint.type === 'changed') {
      schedule.request(hint.collections);
      return;
    }
    if (hint.type === 'listening') {
      if (hintStatus === 'disconnected') options.log.info(labels, 'source can be heard again');
      hintStatus = 'listening';
      target.onHintStatus(source.name, null);
    } else {
      if (hintStatus !== 'disconnected')
        options.log.warn({ ...labels, reason: hint.reason }, 'source cannot be heard');
      hintStatus = 'disconnected';
      target.onHintStatus(source.name, hint.reason);
    }
    schedule.request('all');
  };

  let stopped = false;
  return {
    source,
    hintStatus: () => hintStatus,
    lastFullReadMs: () => lastFullReadMs,
    readAgeMs: () => (readAtMs === null ? null : options.monotonic() - readAtMs),
    start: () => {
      schedule.request('all');
      if (source.hasHints) source.watch((hint) => stopped || onHint(hint));
    },
    readAll: () => schedule.request('all'),
    stop: async () => {
      stopped = true;
      await schedule.stop();
    },
  };
}
