import type { Definition, VerifiedBaseline } from '../../baselines/index.js';
import type { SiteApprovals } from '../approvals/active/active-baseline.js';
import { allDefinitions } from '../approvals/active/definitions.js';
import {
  definitionsOf,
  type MessagesConfig,
  personalColumns,
  type SiteConfig,
  type TimingConfig,
} from '../config/config.js';
import type { CollectionOutcome } from '../drift/compare.js';
import type { Indicators } from '../indicators/matcher.js';
import type { LogEvent } from '../logs/event.js';
import { Pipeline } from '../pipeline.js';
import type { SeverityRule } from '../policy/severity.js';
import type { CollectionReading, Source } from '../sources/source.js';
import { stageTimer } from '../telemetry/metrics.js';
import { writtenHintStatus } from '../watch/hint-status.js';
import { Observer, type ObserverEnvironment } from '../watch/observer.js';
import { createRecorder, type Recorder, type RecorderOptions } from '../watch/recorder.js';
import { type SiteStatus, type SourceStatus, siteStatus } from '../watchdog/health.js';
import { ActiveBook } from './active-book.js';

export interface WatchedSiteOptions {
  readonly config: SiteConfig;
  /** Open already. */
  readonly sources: readonly Source[];
  readonly rules: readonly SeverityRule[];
  readonly timing: TimingConfig;
  readonly messages: MessagesConfig;
  /** Those in force when it begins. */
  readonly indicators: Indicators;
  readonly recorder: Omit<RecorderOptions, 'site' | 'timeZone' | 'definitions' | 'personal'>;
  readonly environment: ObserverEnvironment;
}

/** One site being watched: its pipeline, and an observer for each of its sources. */
export class WatchedSite {
  readonly name: string;
  readonly config: SiteConfig;
  readonly #environment: ObserverEnvironment;
  readonly #recorder: Recorder;
  readonly #pipeline: Pipeline;
  readonly #observers: readonly Observer[];
  #approvals: SiteApprovals | null = null;
  readonly #book: ActiveBook;

  constructor(options: WatchedSiteOptions) {
    const { config, environment, timing } = options;
    this.config = config;
    this.name = config.name;
    this.#environment = environment;
    this.#book = new ActiveBook((error) =>
      environment.caught(`deriving the address book of ${config.name}`, error),
    );
    this.#recorder = recorderOf(options);
    this.#pipeline = this.#pipelineOf(options);
    this.#observers = options.sources.map(
      (source) =>
        new Observer({
          site: config.name,
          source,
          target: this.#pipeline,
          readIntervalMs: timing.readIntervalMs,
          environment,
        }),
    );
  }

  /** Has ready what `approve` needs. */
  prepare(next: SiteApprovals): Promise<void> {
    return this.#pipeline.prepare(next);
  }

  /** The files of approval were read. Starts the observers the first time: nothing is judged before there is an active baseline. */
  approve(next: SiteApprovals): void {
    const isFirst = this.#approvals === null;
    const { metrics, caught } = this.#environment;
    const site = this.name;
    this.#approvals = next;
    this.#book.follow(next.active?.collections ?? new Map());
    metrics.baselineVersion.set({ site }, next.active?.version ?? 0);
    metrics.baselineExpiry.set({ site }, (next.active?.expiresMs ?? 0) / 1000);
    try {
      this.#pipeline.approve(next);
    } catch (error) {
      // The other sites have their approvals yet to come, and this one its reads.
      caught(`applying the approvals of ${site}`, error);
    }
    if (isFirst) for (const observer of this.#observers) observer.start();
  }

  /** How many records other indicators match that those in force do not. */
  weigh(next: Indicators): Promise<number> {
    return this.#pipeline.weigh(next);
  }

  /** Puts other indicators in force. */
  indicate(next: Indicators): void {
    this.#pipeline.indicate(next);
  }

  /** What it is compared with; null before there is such a baseline. */
  active(): VerifiedBaseline | null {
    return this.#approvals?.active ?? null;
  }

  /** What followed logs said lately. */
  logEvents(): readonly LogEvent[] {
    return this.#pipeline.logEvents();
  }

  /** What each collection was last read as. */
  readings(): ReadonlyMap<string, CollectionReading> {
    return this.#pipeline.readings();
  }

  /** The outcome of the last comparison of each collection. */
  outcomes(): ReadonlyMap<string, CollectionOutcome> {
    return this.#pipeline.outcomes();
  }

  /** Version of the active baseline; null without one. */
  baselineVersion(): number | null {
    return this.#approvals?.active?.version ?? null;
  }

  /** Configured and signed definitions by collection; the configured one where both name it. */
  definitions(): ReadonlyMap<string, Definition> {
    return allDefinitions(definitionsOf(this.config), this.active());
  }

  status(): SiteStatus {
    return siteStatus({
      site: this.name,
      active: this.active(),
      outcomes: this.#pipeline.outcomes(),
      openFindings: this.#recorder.openFindings(),
      sources: this.#observers.map((observer) => this.#sourceStatus(observer)),
    });
  }

  /** Reads that have not ended by now come to nothing. */
  abandon(): void {
    this.#pipeline.abandon();
  }

  async stop(): Promise<void> {
    this.#book.stop();
    await Promise.all(this.#observers.map((observer) => observer.stop()));
    await this.#recorder.stop();
  }

  #sourceStatus(observer: Observer): SourceStatus {
    const { name, collections } = observer.source;
    return {
      source: name,
      hearing: writtenHintStatus(observer.hintStatus()),
      lastFullReadMs: observer.lastFullReadMs(),
      readAgeMs: observer.readAgeMs(),
      unreachable: collections.every((collection) => {
        const outcome = this.#pipeline.outcomes().get(collection);
        return outcome?.outcome === 'unknown' && outcome.cause === 'unreachable';
      }),
    };
  }

  #pipelineOf({ config, rules, timing, indicators, sources }: WatchedSiteOptions): Pipeline {
    const { clock, caught, timers, metrics } = this.#environment;
    return new Pipeline({
      site: config.name,
      definitions: definitionsOf(config),
      rules,
      indicators,
      sources: () => sources,
      book: () => this.#book.book(),
      unknownGraceMs: timing.unknownGraceMs,
      flapWindowMs: timing.flapWindowMs,
      touchOff: new Set(config.sources.flatMap((source) => source.touchOff)),
      recorder: this.#recorder,
      clock,
      timers,
      beginStage: stageTimer(metrics),
      onDefect: (collection, error) => caught(`comparing ${collection} of ${config.name}`, error),
    });
  }
}

function recorderOf({ config, messages, recorder }: WatchedSiteOptions): Recorder {
  return createRecorder({
    ...recorder,
    site: config.name,
    timeZone: config.timeZone,
    definitions: definitionsOf(config),
    personal: personalColumns(config, messages),
  });
}
