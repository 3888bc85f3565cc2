import type { VerifiedTrust } from '../../baselines/index.js';
import type { Notifier } from '../../notifiers/index.js';
import type { AlertContext } from '../alerts/compose.js';
import {
  composeClockBehind,
  composeClockJumped,
  composeNotRecording,
  composeRecordingAgain,
  monitorContext,
} from '../alerts/self-alerts.js';
import { ALL_SITES } from '../channel.js';
import type { ConfigWithSecrets } from '../config/config.js';
import type { Announcer } from '../outbox/announcer.js';
import { headOf } from '../store/head.js';
import { JOURNAL_START } from '../store/journal/chain.js';
import type { Store } from '../store/store.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Timers } from '../time/timers.js';
import { duration } from '../wording.js';
import { clockBehind, createClockWatch } from './clock-watch.js';
import { createDailyDigest } from './daily-digest.js';
import { DayCount } from './day.js';
import { Defects } from './defects.js';
import type { ChannelStatus, DaemonStatus, HeartbeatStatus } from './health.js';
import { Heartbeat, heartbeatDegradations } from './heartbeat.js';
import { unproven } from './proven.js';
import type { HeartbeatReport, Vitals } from './signal.js';
import { StoreWatch } from './store-watch.js';
import { UnnotifiedWait } from './unnotified.js';

export interface SelfMonitorOptions {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: () => number;
  readonly monotonic: () => number;
  readonly timers: Timers;
  readonly startedMs: number;
  readonly config: () => ConfigWithSecrets;
  readonly channels: () => readonly Notifier[];
  readonly announce: Announcer['announce'];
  readonly sites: () => DaemonStatus['sites'];
  readonly status: () => DaemonStatus;
  readonly trust: () => VerifiedTrust | null;
  /** When people signed the newest of what is in force, in UTC milliseconds; null when nothing is. */
  readonly signedMs: () => number | null;
  readonly uptimeMs: () => number;
  /** Ids of the incidents that nobody has answered for in time. */
  readonly overdue: () => readonly string[];
}

/** What watches the watching, so that silence is an alarm: the heartbeat, the daily digest, the clock, the store, and our own defects. */
export class SelfMonitor {
  readonly store: StoreWatch;
  readonly #options: SelfMonitorOptions;
  readonly #defects: Defects;
  readonly #clockWatch: ReturnType<typeof createClockWatch>;
  readonly #heartbeat: Heartbeat;
  readonly #digest: ReturnType<typeof createDailyDigest>;
  readonly #unnotified = new UnnotifiedWait();
  /** When this store was last written before this start. */
  readonly #lastSeenMs: number | null;

  constructor(options: SelfMonitorOptions) {
    this.#options = options;
    this.#lastSeenMs = orElse(() => options.store.meta.get('alive'), null);
    this.store = this.#watchStore();
    this.#defects = new Defects({ ...options, onStoreError: (error) => this.store.failed(error) });
    this.#clockWatch = createClockWatch({ ...options, onJump: (byMs) => this.#tellJump(byMs) });
    this.#heartbeat = new Heartbeat({
      ...options,
      config: () => options.config().heartbeat,
      vitals: () => this.#vitals(),
      report: () => this.#report(),
    });
    this.#digest = this.#tellDaily();
  }

  /** Takes what was caught and must end nothing: the store's failures, and what is a defect. */
  caught(part: string, error: unknown): void {
    this.#defects.caught(part, error);
  }

  heartbeat(): HeartbeatStatus | null {
    return this.#heartbeat.status();
  }

  /** What of these channels and of the daemon itself must show as degraded: our words. */
  degradations(channels: readonly ChannelStatus[]): string[] {
    const problem = this.store.problem();
    const { clock, signedMs } = this.#options;
    const behind = clockBehind(clock(), { lastSeenMs: null, signedMs: signedMs() });
    return [
      ...(behind === null
        ? []
        : [`the clock of this machine is ${duration(behind.byMs)} behind the last thing that people signed`]),
      ...(problem === null ? [] : [problem.words]),
      ...this.#defects.degradations(),
      ...heartbeatDegradations(this.heartbeat()),
      ...channels.flatMap(({ name, lastProof }) => unproven(name, lastProof, clock()) ?? []),
    ];
  }

  /** Begins when everything else has. */
  start(): void {
    this.#tellBehind();
    this.#heartbeat.start();
    this.#clockWatch.start();
    this.#digest.start();
  }

  stop(): void {
    this.#heartbeat.stop();
    this.#clockWatch.stop();
    this.#digest.stop();
    this.store.stop();
  }

  #watchStore(): StoreWatch {
    const { announce, clock } = this.#options;
    return new StoreWatch({
      ...this.#options,
      circumstances: () =>
        this.#sitesNow()
          .map(({ site, collections }) => `${site} ${collections.drifted}`)
          .join(', '),
      compose: ({ code, words: problem }) =>
        composeNotRecording(monitorContext(clock(), this.#head()), {
          code,
          problem,
          sites: this.#sitesNow(),
        }),
      onRecovered: (afterMs) =>
        announce({ type: 'recording-again', body: { afterMs: Math.round(afterMs) } }, null, (context) =>
          composeRecordingAgain(context, afterMs),
        ),
    });
  }

  #tellDaily(): ReturnType<typeof createDailyDigest> {
    const { config } = this.#options;
    const day = new DayCount(this.#options);
    return createDailyDigest({
      ...this.#options,
      time: () => (config().dailyDigest.at === 'off' ? null : config().dailyDigest),
      day: (sinceMs) => day.since(sinceMs),
      onSent: (sent) => day.told(sent),
      onError: (error) => this.caught('the daily digest', error),
    });
  }

  /** While the daemon runs two clocks are compared; at a start there is only what was remembered. */
  #tellBehind(): void {
    const { log, announce, clock, signedMs } = this.#options;
    const behind = clockBehind(clock(), { lastSeenMs: this.#lastSeenMs, signedMs: signedMs() });
    if (behind === null) return;
    log.warn(behind, 'the clock is behind a time that is over');
    try {
      announce({ type: 'clock-jumped', body: { byMs: -behind.byMs } }, null, (context) =>
        composeClockBehind(context, behind),
      );
    } catch (error) {
      this.caught('telling that the clock is behind', error);
    }
  }

  #tellJump(byMs: number): void {
    const { log, announce } = this.#options;
    log.warn({ byMs }, 'the clock jumped');
    try {
      announce({ type: 'clock-jumped', body: { byMs } }, null, (context) =>
        composeClockJumped(context, byMs),
      );
    } catch (error) {
      this.caught('telling that the clock jumped', error);
    }
  }

  #vitals(): Vitals {
    const { sites, uptimeMs, config, overdue, store, channels, clock, monotonic } = this.#options;
    const sinceMs = store.outbox.unnotifiedSinceMs(channels().map(({ name }) => name));
    return {
      sites: sites(),
      uptimeMs: uptimeMs(),
      readIntervalMs: config().timing.readIntervalMs,
      storeProblem: this.store.problem()?.words ?? null,
      unnotifiedForMs: this.#unnotified.forMs(sinceMs, { wallMs: clock(), monotonicMs: monotonic() }),
      overdue: overdue(),
    };
  }

  #report(): HeartbeatReport {
    const { store, status } = this.#options;
    const { version, sites, degraded } = status();
    return {
      version,
      journalHead: orElse(() => store.journal.head(), null),
      baselines: sites.map(({ site, baseline }) => ({
        site,
        version: baseline?.version ?? null,
        digest: baseline?.digest ?? null,
      })),
      openIncidents: store.incidents.list({ unresolvedOnly: true }),
      degraded,
    };
  }

  /** Also asked when the store fails: then nobody knows. */
  #sitesNow(): DaemonStatus['sites'] {
    return orElse(this.#options.sites, []);
  }

  /** As far as it can be read: what cannot be recorded is told all the same. */
  #head(): AlertContext['head'] {
    const unread = { baselineVersion: null, journal: JOURNAL_START };
    return orElse(() => headOf(this.#options.store, ALL_SITES), unread);
  }
}

/** What the store says, or what stands for it when it cannot be read. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
