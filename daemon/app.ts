import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MIRROR_FOLDER } from './approvals/active/active-baseline.js';
import { createApprovalFiles } from './approvals/approval-files.js';
import { createSubmissions } from './approvals/submissions.js';
import type { Config } from './config/config.js';
import { cannotListen } from './config/errors.js';
import { loadConfig } from './config/load.js';
import { createApi } from './http/api.js';
import { startHttpServer } from './http/server.js';
import { createAcknowledgements } from './incidents/acknowledgements.js';
import { createEscalations } from './incidents/escalations.js';
import { createAnnouncer } from './outbox/announcer.js';
import { type ActiveAssembly, activate } from './runtime/active-assembly.js';
import { apiRoutes } from './runtime/api-routes.js';
import type { DaemonEnvironment } from './runtime/assembly.js';
import { createConfigFile } from './runtime/config-file.js';
import { createStatus } from './runtime/status.js';
import { createWatchedFiles } from './runtime/watched-files.js';
import type { SourceKinds } from './sources/source-kind.js';
import { openStore } from './store/sqlite/open.js';
import { createLog, type LogDestination } from './telemetry/log.js';
import { createMetrics } from './telemetry/metrics.js';
import { realTimers, type Timers } from './time/timers.js';
import { programVersion } from './version.js';
import type { DaemonStatus } from './watchdog/health.js';
import { createSelfMonitor } from './watchdog/self-monitor.js';
import { announceRestore, noteStart } from './watchdog/store-continuity.js';

export interface DaemonOptions {
  readonly configFile: string;
  /** Kinds of sources; all there are when absent. */
  readonly sourceKinds?: SourceKinds;
  readonly logDestination?: LogDestination;
  readonly clock?: () => number;
  /** Milliseconds since anything that only ever grow. */
  readonly monotonic?: () => number;
  readonly random?: () => number;
  readonly timers?: Timers;
}

export interface Daemon {
  /** Where health, status and metrics are served. */
  readonly url: string;
  /** Where the API is served; null when nobody has a token. */
  apiUrl(): string | null;
  status(): DaemonStatus;
  /** Looks at the configuration and the files of approval now. Resolves when that is done. */
  reload(): Promise<void>;
  /** Resolves within five seconds. */
  stop(): Promise<void>;
}

/**
 * Starts the daemon on a configuration file: checks it, opens state, sources and channels, reads the files of approval, then watches.
 * Throws `ConfigError`, `SourceError`, `NotifierError` or `StoreError` for what must stop the start (invariant 10).
 *
 * What it is made of, each part below in its own file: the assembly in force (sources, sites, channels, outbox), what people answer
 * and are asked again, what they hand in, the files that are watched, the vigil over all that, and the two listeners.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const config = loadConfig(options.configFile, 'all', options.sourceKinds);
  const { clock = Date.now, timers = realTimers, random = Math.random } = options;
  const { monotonic = () => performance.now() } = options;
  const log = createLog({
    level: config.log.level,
    secrets: config.secrets,
    ...(options.logDestination ? { destination: options.logDestination } : {}),
  });
  const store = openStore(config.stateDirectory);
  const startedMs = clock();
  const startedAt = monotonic();
  const uptimeMs = () => monotonic() - startedAt;

  // What refers to a part that is built further down is called after everything is built.
  const onStoreError = (error: unknown) => selfMonitor.store.failed(error);
  const metrics = createMetrics(() => ({
    sites: siteStatuses(),
    undelivered: store.outbox.messages({ undeliveredOnly: true, limit: 100_000 }).length,
  }));
  const environment: DaemonEnvironment = {
    store,
    log,
    metrics,
    clock,
    monotonic,
    timers,
    random,
    onStoreError,
    onRecorded: () => escalations.look(),
  };
  let active: ActiveAssembly;
  try {
    active = await activate(config, environment);
  } catch (error) {
    store.close();
    throw error;
  }
  const { assembly } = active;
  const siteStatuses = () => assembly().sites.map((site) => site.status());
  const channels = () => assembly().routes;
  const wakeOutbox = () => assembly().outbox.wake();
  const notifyPeople = () => {
    wakeOutbox();
    escalations.look();
  };

  const escalations = createEscalations({
    store,
    steps: () => assembly().config.escalation,
    channels,
    clock,
    timers,
    onEnqueued: wakeOutbox,
    onEscalated: ({ time: round, ...escalated }) =>
      log.warn({ ...escalated, round }, 'nobody has acknowledged it: passed to others'),
    onStoreError,
  });
  const acknowledgements = createAcknowledgements({
    store,
    times: () => assembly().config.incidents,
    channels,
    clock,
    timers,
    onEnqueued: notifyPeople,
    onStoreError,
  });
  const announcer = createAnnouncer({ store, channels, onEnqueued: wakeOutbox, clock });
  const submissions = createSubmissions({ assembly, store, clock, onInstalled: () => files.request() });

  const approvals = createApprovalFiles({
    assembly,
    store,
    announcer,
    submissions,
    onEnqueued: wakeOutbox,
    clock,
    log,
  });
  const configFile = createConfigFile({
    config: () => assembly().config,
    follow,
    announce: announcer.announce,
    recorder: { store, channels, onEnqueued: notifyPeople, onStoreError, clock },
    log,
  });
  const files = createWatchedFiles({
    look: async () => {
      // Approvals first: a configuration that changes what is watched is judged by what people signed last.
      await approvals.look();
      await configFile.look();
      selfMonitor.store.probe();
    },
    intervalMs: config.timing.filesIntervalMs,
    random,
    timers,
  });

  const selfMonitor = createSelfMonitor({
    ...environment,
    startedMs,
    uptimeMs,
    config: () => assembly().config,
    channels: () => assembly().channels,
    announce: announcer.announce,
    sites: siteStatuses,
    status: () => status(),
    trust: approvals.trust,
    overdue: () => escalations.overdue().flatMap(({ id, severity }) => (severity === 'critical' ? [id] : [])),
  });
  const api = createApi({
    routes: apiRoutes({ assembly, store, submissions, acknowledgements, status: () => status(), clock }),
    log,
    clock,
  });
  const { status, health } = createStatus({
    startedMs,
    uptimeMs,
    store,
    assembly,
    approvals,
    escalations,
    selfMonitor,
    apiProblem: api.problem,
  });

  async function follow(next: Config, announce: () => void): Promise<void> {
    if (!(await active.follow(next, announce))) return;
    // What cannot be listened on is told as degraded: the watching goes on.
    await api.apply(next.api).catch((error) => log.error({ err: error }, 'the API cannot be served'));
    begin();
  }

  function begin(): void {
    active.begin(files.hint);
    files.request();
  }

  /** Undoes a start that failed after everything was built. */
  async function abandon(): Promise<void> {
    await files.stop();
    await active.stop();
    store.close();
  }

  const configBefore = noteStart(store, {
    configDigest: config.digest,
    hasMirror: existsSync(join(config.stateDirectory, MIRROR_FOLDER)),
    atMs: startedMs,
  });
  const http = await startHttpServer({ ...config.http, status, health, metrics: metrics.registry }).catch(
    async (error) => {
      await abandon();
      throw cannotListen('CONFIG_HTTP', config.file, 'http', config.http, error);
    },
  );
  await api.apply(config.api).catch(async (error) => {
    await http.close();
    await abandon();
    throw cannotListen('CONFIG_API', config.file, 'api', config.api ?? config.http, error);
  });
  begin();
  // Not before: `begin` makes claimed messages pending again, and one that is being sent would be sent twice.
  if (configBefore !== null && configBefore !== config.digest) {
    configFile.announce(config, ['something, while the daemon was not running']);
  }
  announceRestore(store, announcer.announce);
  // What people signed is read first: the heartbeat is to say nothing of it that is not so.
  await files.idle();
  selfMonitor.start();
  acknowledgements.start();
  escalations.start();
  const sites = config.sites.map(({ name }) => name);
  log.info({ version: programVersion(), url: http.url, api: api.url(), sites }, 'watching');
  for (const problem of assembly().degradations()) log.warn({ problem }, 'degraded');

  return {
    url: http.url,
    apiUrl: api.url,
    status,
    reload: async () => {
      files.request();
      await files.idle();
    },
    stop: async () => {
      log.info('stopping');
      selfMonitor.stop();
      acknowledgements.stop();
      escalations.stop();
      await Promise.all([http.close(), api.close(), active.stop(), files.stop()]);
      try {
        store.transaction((tx) => tx.journal.append({ type: 'daemon-stopped', body: {} }, clock()));
      } finally {
        store.close();
        log.info('stopped');
      }
    },
  };
}
