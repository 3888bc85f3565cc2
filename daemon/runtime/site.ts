import type { Definition } from '../../baselines/index.js';
import type { SiteApprovals } from '../approvals/active/active-baseline.js';
import {
  definitionsOf,
  type MessagesConfig,
  personalColumns,
  type SiteConfig,
  type TimingConfig,
} from '../config/config.js';
import { createPipeline, type Pipeline } from '../pipeline.js';
import type { SeverityRule } from '../policy/severity.js';
import type { CollectionReading, Source } from '../sources/source.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Timers } from '../time/timers.js';
import { writtenHintStatus } from '../watch/hint-status.js';
import { createObserver, type Observer } from '../watch/observer.js';
import { createRecorder, type Recorder, type RecorderOptions } from '../watch/recorder.js';
import { type SiteStatus, type SourceStatus, siteStatus } from '../watchdog/health.js';

/** One site being watched: its pipeline, and an observer for each of its sources. */
export interface WatchedSite {
  readonly name: string;
  readonly config: SiteConfig;
  /** The last reading of each collection. */
  readings(): ReadonlyMap<string, CollectionReading>;
  /** The files of approval were read. Starts the observers the first time: nothing is judged before the active baseline is known. */
  approve(approvals: SiteApprovals): void;
  status(): SiteStatus;
  /** Configured and signed definitions by collection. */
  collections(): ReadonlyMap<string, Definition>;
  stop(): Promise<void>;
}

export function watchSite(options: {
  readonly config: SiteConfig;
  /** Open already. */
  readonly sources: readonly Source[];
  readonly rules: readonly SeverityRule[];
  readonly timing: TimingConfig;
  readonly messages: MessagesConfig;
  readonly recorder: Omit<RecorderOptions, 'site' | 'timeZone' | 'definitions' | 'personal'>;
  readonly clock: () => number;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
}): WatchedSite {
  const { config, clock, metrics } = options;
  const site = config.name;
  const definitions = definitionsOf(config);
  const recorder: Recorder = createRecorder({
    ...options.recorder,
    site,
    timeZone: config.timeZone,
    definitions,
    personal: personalColumns(config, options.messages),
  });
  const pipeline: Pipeline = createPipeline({
    site,
    definitions,
    rules: options.rules,
    unknownGraceMs: options.timing.unknownGraceMs,
    flapWindowMs: options.timing.flapWindowMs,
    recorder,
    clock,
  });
  const observers: Observer[] = options.sources.map((source) =>
    createObserver({
      site,
      source,
      target: pipeline,
      readIntervalMs: options.timing.readIntervalMs,
      random: options.random,
      clock,
      monotonic: options.monotonic,
      timers: options.timers,
      log: options.log,
      metrics,
    }),
  );
  let approvals: SiteApprovals | null = null;

  function approve(next: SiteApprovals): void {
    const isFirst = approvals === null;
    approvals = next;
    pipeline.approve(next);
    metrics.baselineVersion.set({ site }, next.active?.version ?? 0);
    metrics.baselineExpiry.set({ site }, (next.active?.expiresMs ?? 0) / 1000);
    if (isFirst) for (const observer of observers) observer.start();
  }

  function status(): SiteStatus {
    return siteStatus({
      site,
      active: approvals?.active ?? null,
      outcomes: pipeline.outcomes(),
      openFindings: recorder.openFindings(),
      sources: observers.map(sourceStatus),
    });
  }

  function sourceStatus(observer: Observer): SourceStatus {
    const { name, collections } = observer.source;
    return {
      source: name,
      hearing: writtenHintStatus(observer.hintStatus()),
      lastFullReadMs: observer.lastFullReadMs(),
      readAgeMs: observer.readAgeMs(),
      unreachable: collections.every((collection) => {
        const outcome = pipeline.outcomes().get(collection);
        return outcome?.outcome === 'unknown' && outcome.cause === 'unreachable';
      }),
    };
  }

  function collections(): ReadonlyMap<string, Definition> {
    const signed = [...(approvals?.active?.collections.values() ?? [])];
    return new Map(
      [...signed.map(({ definition }) => definition), ...definitions].map((one) => [one.name, one]),
    );
  }

  return {
    name: site,
    config,
    readings: pipeline.readings,
    approve,
    status,
    collections,
    stop: async () => {
      await Promise.all(observers.map((observer) => observer.stop()));
    },
  };
}
