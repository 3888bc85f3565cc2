import type { ConfigWithSecrets } from '../config/config.js';
import { IdleConnections } from '../sources/relational/idle-connections.js';
import type { SourceKinds } from '../sources/source-kind.js';
import type { Store } from '../store/store.js';
import { createLog, type Log, type LogDestination } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { realTimers, type Timers } from '../time/timers.js';
import { FullReads } from '../watch/full-reads.js';
import type { ErrorSink } from '../watchdog/defects.js';

/** What a test may put in the place of the real thing. */
export interface DaemonOptions {
  readonly configFile: string;
  /** Kinds of sources; all there are when absent. */
  readonly sourceKinds?: SourceKinds;
  readonly logDestination?: LogDestination;
  /** UTC milliseconds. */
  readonly clock?: () => number;
  /** Milliseconds since anything that only ever grow. */
  readonly monotonic?: () => number;
  readonly random?: () => number;
  readonly timers?: Timers;
}

/** The log, the clocks and the timers of the process, the order of its full reads, and its connections to servers. */
export interface ProcessEnvironment {
  readonly log: Log;
  /** What no line of the log may hold: the secrets of every configuration since the start, also those that were exchanged for others. */
  readonly secrets: Set<string>;
  /** UTC milliseconds. */
  readonly clock: () => number;
  /** Milliseconds since anything that only ever grow. */
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly timers: Timers;
  readonly fullReads: FullReads;
  readonly connections: IdleConnections;
}

/** What outlives a reload, and what everything is built with. */
export interface DaemonEnvironment extends ProcessEnvironment {
  readonly store: Store;
  readonly metrics: Metrics;
  /** Takes what was caught and must end nothing: the store's failures and defects of ours. */
  readonly caught: ErrorSink;
}

export function processEnvironment(config: ConfigWithSecrets, options: DaemonOptions): ProcessEnvironment {
  const { clock = Date.now, monotonic = () => performance.now() } = options;
  const { random = Math.random, timers = realTimers } = options;
  const secrets = new Set(config.secrets);
  const log = createLog({
    level: config.log.level,
    secrets,
    ...(options.logDestination ? { destination: options.logDestination } : {}),
  });
  return {
    log,
    secrets,
    clock,
    monotonic,
    random,
    timers,
    fullReads: new FullReads(timers),
    connections: new IdleConnections(),
  };
}
