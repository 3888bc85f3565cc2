import type { VerifiedTrust } from '../../baselines/index.js';
import type { Notifier } from '../../notifiers/index.js';
import type { AlertContext } from '../alerts/compose.js';
import type { Day } from '../alerts/digest.js';
import {
  composeClockJumped,
  composeNotRecording,
  composeRecordingAgain,
  monitorContext,
} from '../alerts/self-alerts.js';
import { ALL_SITES } from '../channel.js';
import type { Config } from '../config/config.js';
import type { Announcer } from '../outbox/announcer.js';
import type { KnownSuppression } from '../policy/suppression-news.js';
import { headOf } from '../store/head.js';
import { JOURNAL_START } from '../store/journal/chain.js';
import type { Store } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Timers } from '../time/timers.js';
import { createClockWatch } from './clock-watch.js';
import { createDailyDigest } from './daily-digest.js';
import type { ChannelStatus, DaemonStatus, HeartbeatStatus } from './health.js';
import { createHeartbeat, heartbeatDegradations } from './heartbeat.js';
import { unproven } from './proven.js';
import { createStoreWatch, type StoreWatch } from './store-watch.js';

export interface SelfMonitorOptions {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: () => number;
  readonly monotonic: () => number;
  readonly timers: Timers;
  readonly startedMs: number;
  readonly config: () => Config;
  readonly channels: () => readonly Notifier[];
  readonly announce: Announcer['announce'];
  readonly sites: () => DaemonStatus['sites'];
  readonly status: () => DaemonStatus;
  readonly trust: () => VerifiedTrust | null;
  readonly uptimeMs: () => number;
  /** Ids of the incidents that nobody has answered for in time. */
  readonly overdue: () => readonly string[];
}

/** What watches the watching, so that silence is an alarm. */
export interface SelfMonitor {
  readonly store: StoreWatch;
  heartbeat(): HeartbeatStatus | null;
  /** What of these channels and of the daemon itself must show as degraded: our words. */
  degradations(channels: readonly ChannelStatus[]): string[];
  /** Begins when everything else has. */
  start(): void;
  stop(): void;
}

/** Ties together the heartbeat, the daily digest, the clock and the store: everything that tells of the daemon itself. */
export function createSelfMonitor(options: SelfMonitorOptions): SelfMonitor {
  const { store, log, metrics, clock, monotonic, timers, config, announce } = options;

  const storeWatch = createStoreWatch({
    store,
    clock,
    monotonic,
    timers,
    log,
    channels: options.channels,
    circumstances: () =>
      sitesNow()
        .map(({ site, collections }) => `${site} ${collections.drifted}`)
        .join(', '),
    compose: ({ code, words }) =>
      composeNotRecording(monitorContext(clock(), head()), {
        code,
        problem: words,
        sites: sitesNow(),
      }),
    onRecovered: (afterMs) =>
      announce({ type: 'recording-again', body: { afterMs: Math.round(afterMs) } }, null, (context) =>
        composeRecordingAgain(context, afterMs),
      ),
  });

  const clockWatch = createClockWatch({
    clock,
    monotonic,
    timers,
    onJump: (byMs) => {
      log.warn({ byMs }, 'the clock jumped');
      try {
        announce({ type: 'clock-jumped', body: { byMs } }, null, (context) =>
          composeClockJumped(context, byMs),
        );
      } catch (error) {
        storeWatch.failed(error);
      }
    },
  });

  const heartbeat = createHeartbeat({
    config: () => config().heartbeat,
    vitals: () => ({
      sites: options.sites(),
      uptimeMs: options.uptimeMs(),
      readIntervalMs: config().timing.readIntervalMs,
      storeProblem: storeWatch.problem()?.words ?? null,
      unnotifiedForMs: unnotifiedForMs(),
      overdue: options.overdue(),
    }),
    report: () => {
      const { version, sites, degraded } = options.status();
      return {
        version,
        journalHead: journalHead(),
        baselines: sites.map(({ site, baseline }) => ({
          site,
          version: baseline?.version ?? null,
          digest: baseline?.digest ?? null,
        })),
        openIncidents: store.incidents.list({ unresolvedOnly: true }),
        degraded,
      };
    },
    clock,
    monotonic,
    timers,
    log,
  });

  /** What the counters stood at when the last digest of this process was sent. */
  let counted = { sinceMs: options.startedMs, reads: 0, hints: 0 };

  const digest = createDailyDigest({
    time: () => (config().dailyDigest.at === 'off' ? null : config().dailyDigest),
    store,
    announce,
    day,
    onSent: (sent) => {
      counted = { sinceMs: sent.nowMs, reads: counted.reads + sent.reads, hints: counted.hints + sent.hints };
    },
    clock,
    timers,
    log,
    onStoreError: storeWatch.failed,
  });

  async function day(sinceMs: number): Promise<Day> {
    const [reads, hints] = await Promise.all([sumOf(metrics.reads), sumOf(metrics.hints)]);
    const { sites, channels, degraded } = options.status();
    const trust = options.trust();
    return {
      nowMs: clock(),
      sinceMs,
      countedSinceMs: counted.sinceMs,
      reads: reads - counted.reads,
      hints: hints - counted.hints,
      deliveries: store.deliveries.countSince(sinceMs),
      incidents: store.incidents.list({ unresolvedOnly: true }),
      baselines: sites.map(({ site, baseline }) => ({
        site,
        version: baseline?.version ?? null,
        expiresMs: baseline?.expiresMs ?? null,
      })),
      trust: trust === null ? null : { version: trust.version, expiresMs: trust.expiresMs },
      outages: store.findings.outagesSince(sinceMs),
      suppressed: sites.flatMap(({ site }) =>
        store.suppressions.list(site).flatMap((one) => suppressedLine(site, one)),
      ),
      channels,
      degraded,
    };
  }

  /** Also asked when the store fails: then nobody knows. */
  function sitesNow(): DaemonStatus['sites'] {
    try {
      return options.sites();
    } catch {
      return [];
    }
  }

  function unnotifiedForMs(): number | null {
    const sinceMs = store.outbox.unnotifiedSinceMs(options.channels().map(({ name }) => name));
    return sinceMs === null ? null : Math.max(0, clock() - sinceMs);
  }

  function journalHead(): string | null {
    try {
      return store.journal.head();
    } catch {
      return null;
    }
  }

  /** As far as it can be read: what cannot be recorded is told all the same. */
  function head(): AlertContext['head'] {
    try {
      return headOf(store, ALL_SITES);
    } catch {
      return { baselineVersion: null, journal: JOURNAL_START };
    }
  }

  return {
    store: storeWatch,
    heartbeat: heartbeat.status,
    degradations: (channels) => [
      ...(storeWatch.problem() === null ? [] : [storeWatch.problem()?.words ?? '']),
      ...heartbeatDegradations(heartbeat.status()),
      ...channels.flatMap(({ name, lastProof: lastTest }) => unproven(name, lastTest, clock()) ?? []),
    ],
    start: () => {
      heartbeat.start();
      clockWatch.start();
      digest.start();
    },
    stop: () => {
      heartbeat.stop();
      clockWatch.stop();
      digest.stop();
      storeWatch.stop();
    },
  };
}

async function sumOf(counter: {
  get(): Promise<{ readonly values: readonly { readonly value: number }[] }>;
}): Promise<number> {
  const { values } = await counter.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

/** What people signed in advance and what still holds, for the digest. */
function suppressedLine(site: string, { id, type, signers, untilMs, state, covered }: KnownSuppression) {
  if (state === 'over' || state === 'withdrawn') return [];
  const label = type === 'mute' ? ('Muted' as const) : ('Expected' as const);
  const until = new Date(untilMs).toISOString();
  return [{ label, text: `${site}: ${id} by ${signers.join(', ')} until ${until}, ${covered} so far` }];
}
