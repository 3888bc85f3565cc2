import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AlertStage, BeginStage } from './stages.js';

export type Metrics = ReturnType<typeof createMetrics>;

/** Measures stages into the histogram of their durations. */
export function stageTimer({ stageSeconds }: Pick<Metrics, 'stageSeconds'>): BeginStage {
  return (stage: AlertStage) => {
    const end = stageSeconds.startTimer({ stage });
    return () => void end();
  };
}

/** What is asked of the daemon when somebody scrapes. */
export interface Sample {
  readonly sites: readonly {
    readonly site: string;
    /** Collections by outcome. */
    readonly collections: { readonly [outcome: string]: number };
    /** Open findings by severity. */
    readonly openFindings: { readonly [severity: string]: number };
  }[];
  readonly undelivered: number;
}

/** The daemon's Prometheus metrics; long, for it is the table of them. Label values are configured names and closed unions only, never monitored text. */
export function createMetrics(sample: () => Sample) {
  const registers = [new Registry()] as const;
  const [registry] = registers;
  return {
    registry,
    reads: new Counter({
      name: 'tillwarden_reads_total',
      help: 'Reads of a source, by what made them happen.',
      labelNames: ['site', 'source', 'cause'],
      registers: [...registers],
    }),
    readSeconds: new Histogram({
      name: 'tillwarden_read_seconds',
      help: 'Duration of one read of a source, in seconds.',
      labelNames: ['site', 'source'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [...registers],
    }),
    stageSeconds: new Histogram<'stage'>({
      name: 'tillwarden_stage_seconds',
      help: 'Duration of one stage on the way from a hint to the channel, in seconds, for all sites and channels together.',
      labelNames: ['stage'],
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
      registers: [...registers],
    }),
    hints: new Counter({
      name: 'tillwarden_hints_total',
      help: 'Wake-ups received from a source.',
      labelNames: ['site', 'source', 'type'],
      registers: [...registers],
    }),
    outcomes: new Gauge({
      name: 'tillwarden_collections',
      help: 'Collections by outcome of their last comparison.',
      labelNames: ['site', 'outcome'],
      registers: [...registers],
      collect() {
        this.reset();
        for (const { site, collections } of sample().sites) {
          for (const [outcome, count] of Object.entries(collections)) this.set({ site, outcome }, count);
        }
      },
    }),
    openFindings: new Gauge({
      name: 'tillwarden_open_findings',
      help: 'Findings that people have not dealt with, by severity.',
      labelNames: ['site', 'severity'],
      registers: [...registers],
      collect() {
        this.reset();
        for (const { site, openFindings } of sample().sites) {
          for (const [severity, count] of Object.entries(openFindings)) this.set({ site, severity }, count);
        }
      },
    }),
    lastReadTimestamp: new Gauge({
      name: 'tillwarden_last_full_read_timestamp_seconds',
      help: 'When a source was last read whole, in seconds since 1970.',
      labelNames: ['site', 'source'],
      registers: [...registers],
    }),
    baselineVersion: new Gauge({
      name: 'tillwarden_baseline_version',
      help: 'Version of the baseline in force; 0 without one.',
      labelNames: ['site'],
      registers: [...registers],
    }),
    baselineExpiry: new Gauge({
      name: 'tillwarden_baseline_expiry_timestamp_seconds',
      help: 'When the baseline in force expires, in seconds since 1970.',
      labelNames: ['site'],
      registers: [...registers],
    }),
    deliveries: new Counter({
      name: 'tillwarden_deliveries_total',
      help: 'Delivery attempts by channel and outcome.',
      labelNames: ['channel', 'outcome'],
      registers: [...registers],
    }),
    undelivered: new Gauge({
      name: 'tillwarden_undelivered_messages',
      help: 'Messages in the outbox that no channel has taken yet.',
      registers: [...registers],
      collect() {
        this.set(sample().undelivered);
      },
    }),
  };
}
