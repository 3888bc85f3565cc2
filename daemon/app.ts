import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainStep, VerifiedTrust } from '../baselines/index.js';
import { type Acknowledged, createAcknowledgements } from './acknowledgements.js';
import { createAnnouncer } from './announcer.js';
import { type Assembly, assemble, type Surroundings } from './assembly.js';
import type { Config } from './config/config.js';
import { configDifferences } from './config/differences.js';
import { ConfigError, cannotListen } from './config/errors.js';
import { loadConfig } from './config/load.js';
import { createEscalations } from './escalations.js';
import { channelsOf, type DaemonStatus, degradedNow, healthOf, overdueWords } from './health.js';
import { type Api, createApi } from './http/api.js';
import { approvalRoutes } from './http/approval-routes.js';
import { incidentRoutes } from './http/incident-routes.js';
import type { Route } from './http/route.js';
import { type HttpServer, startHttpServer } from './http/server.js';
import { beginMemory, tellOfEmptyMemory, tellOfRestore } from './memory.js';
import { createSchedule, realTimers, type Schedule, type Timers } from './observe/schedule.js';
import { composeConfigChanged, composeTrustChanged } from './policy/announce.js';
import { configCondition } from './policy/conditions.js';
import { judge } from './policy/judge.js';
import type { AcknowledgeRequest } from './policy/lifecycle.js';
import { ALL_SITES } from './policy/route.js';
import { trustNews } from './policy/trust-news.js';
import { readProofs } from './proof/proof-file.js';
import { createRecorder } from './recorder.js';
import { openStore } from './store/sqlite/open.js';
import { createSubmissions } from './submissions.js';
import { createLog, type LogDestination } from './telemetry/log.js';
import { createMetrics } from './telemetry/metrics.js';
import { programVersion } from './version.js';
import { createVigil } from './vigil.js';
import { NO_EXCUSES } from './yardstick/excuses.js';
import { KEPT_FOLDER } from './yardstick/yardstick.js';

/** Deliveries and reads under way get this long when the daemon stops: well within the five seconds a stop may take. */
const STOP_LIMIT_MS = 2_500;
/** Files are looked at this long after the last event about them: whoever copies them by hand is not quick, and half of them is no news. */
const SETTLE_MS = 250;
/** How long the old channels may take to announce a changed configuration before the new ones are used. */
const ANNOUNCE_LIMIT_MS = 15_000;

export interface DaemonOptions {
  readonly configFile: string;
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
  /** A person answers for an incident as they saw it: see `Acknowledgements`. */
  acknowledge(request: Omit<AcknowledgeRequest, 'nowMs'>): Acknowledged;
  /** Looks at the configuration and the files of approval now. Resolves when that is done. */
  reload(): Promise<void>;
  /** Resolves within five seconds. */
  stop(): Promise<void>;
}

/**
 * Starts the daemon on a configuration file: checks it, opens state, sources and channels, reads the files of approval, then watches.
 * Throws `ConfigError`, `SourceError`, `NotifierError` or `StoreError` for what must stop the start (invariant 10).
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const config = loadConfig(options.configFile);
  const clock = options.clock ?? Date.now;
  const timers = options.timers ?? realTimers;
  const log = createLog({
    level: config.log.level,
    secrets: config.secrets,
    ...(options.logDestination ? { destination: options.logDestination } : {}),
  });
  const store = openStore(config.stateDirectory);
  const startedMs = clock();
  const monotonic = options.monotonic ?? (() => performance.now());
  const startedAt = monotonic();
  const metrics = createMetrics(() => ({
    sites: assembly.sites.map((site) => site.status()),
    undelivered: store.outbox({ undeliveredOnly: true, limit: 100_000 }).length,
  }));
  const around: Surroundings = {
    store,
    log,
    metrics,
    clock,
    monotonic,
    timers,
    random: options.random ?? Math.random,
    onStoreError: (error) => vigil.store.failed(error),
    onRecorded: () => escalations.look(),
  };
  let assembly: Assembly;
  let http: HttpServer;
  let api: Api;
  let files: Schedule<never>;
  let trust: VerifiedTrust | null = null;
  let filesProblem: string | null = null;
  let settling: unknown = null;
  let stopping = false;
  try {
    assembly = await assemble(config, around);
  } catch (error) {
    store.close();
    throw error;
  }
  const tellPeople = () => {
    assembly.outbox.wake();
    escalations.look();
  };
  const monitor = createRecorder({
    site: ALL_SITES,
    timeZone: 'UTC',
    definitions: [],
    personal: new Map(),
    store,
    channels: () => assembly.routes,
    onEnqueued: tellPeople,
    onStoreError: around.onStoreError,
    clock,
  });
  const escalations = createEscalations({
    store,
    steps: () => assembly.config.escalation,
    channels: () => assembly.routes,
    clock,
    timers,
    onEnqueued: () => assembly.outbox.wake(),
    onEscalated: ({ time: round, ...escalated }) =>
      log.warn({ ...escalated, round }, 'nobody has acknowledged it: passed to others'),
    onStoreError: around.onStoreError,
  });
  const acknowledgements = createAcknowledgements({
    store,
    times: () => assembly.config.incidents,
    channels: () => assembly.routes,
    clock,
    timers,
    onEnqueued: tellPeople,
    onStoreError: around.onStoreError,
  });

  const { tell, announce } = createAnnouncer({
    store,
    channels: () => assembly.routes,
    onEnqueued: () => assembly.outbox.wake(),
    clock,
  });

  const submissions = createSubmissions({
    assembly: () => assembly,
    store,
    clock,
    onInstalled: () => files.request('all'),
  });
  const vigil = createVigil({
    ...around,
    startedMs,
    uptimeMs,
    config: () => assembly.config,
    channels: () => assembly.channels,
    announce,
    sites: () => assembly.sites.map((site) => site.status()),
    status,
    trust: () => trust,
    overdue: () => escalations.overdue().flatMap(({ id, severity }) => (severity === 'critical' ? [id] : [])),
  });

  /** Approvals first: a configuration that changes what is watched is judged by what people signed last. */
  async function lookAtFiles(): Promise<void> {
    try {
      const approvals = await assembly.readApprovals();
      filesProblem = null;
      noteTrust(approvals.trust);
      tellOfEmptyMemory(store, approvals, announce);
      for (const site of assembly.sites) {
        const own = approvals.sites.get(site.name);
        if (own) site.approve(own);
      }
      // Without people who submit, the directory is not ours to write to.
      if (assembly.config.api !== null) await submissions.tidyAll(log);
    } catch (error) {
      filesProblem = 'the files of approval cannot be read';
      log.error({ err: error }, filesProblem);
    }
    await lookAtConfig();
    vigil.store.probe();
  }

  async function lookAtConfig(): Promise<void> {
    let next: Config;
    try {
      next = loadConfig(assembly.config.file);
      const differences = configDifferences(assembly.config, next);
      if (differences.length > 0) await change(next, differences);
      judgeConfig(null);
    } catch (error) {
      log.error({ err: error }, 'the configuration on disk cannot be used');
      judgeConfig(inOurWords(error));
    }
  }

  /** Builds the new parts before the old ones end, and tells of the change over the old channels before the new ones are used. */
  async function change(next: Config, differences: readonly string[]): Promise<void> {
    if (next.stateDirectory !== assembly.config.stateDirectory) {
      throw new ConfigError('CONFIG_NEEDS_RESTART', next.file, [
        {
          line: null,
          column: null,
          path: 'stateDirectory',
          found: 'another directory than at the start',
          needed: 'the same one, or a restart',
        },
      ]);
    }
    const old = assembly;
    const built = await assemble(next, around);
    try {
      if (stopping) return;
      log.warn({ differences }, 'the configuration changed');
      announceConfig(next, differences);
      await old.outbox.drain(ANNOUNCE_LIMIT_MS);
      if (stopping) return;
      await old.stop(STOP_LIMIT_MS);
      assembly = built;
    } finally {
      if (assembly !== built) await built.stop(0);
    }
    if (stopping) return;
    // What cannot be listened on is told as degraded: the watching goes on.
    await api.apply(next.api).catch((error) => log.error({ err: error }, 'the API cannot be served'));
    begin();
  }

  function announceConfig({ digest }: Config, differences: readonly string[]): void {
    announce('config-changed', { digest, differences: [...differences] }, { config: digest }, (context) =>
      composeConfigChanged(context, differences),
    );
  }

  /** Trust roots that take effect are remembered and told, one by one; the first one ever is what the configuration pins. */
  function noteTrust(next: VerifiedTrust | null): void {
    trust = next ?? trust;
    if (next === null) return;
    const told = store.transaction((tx) => {
      const known = tx.meta('trust');
      if (known !== next.digest) tx.setMeta('trust', next.digest);
      if (known === null)
        for (const step of next.steps.slice(-1)) tx.journal('trust-root', entryOf(step), clock());
      const news = trustNews(known, next);
      for (const one of news) {
        tell(tx, 'trust-root', entryOf(one), (context) => composeTrustChanged(context, one));
      }
      return news.length > 0;
    });
    if (told) assembly.outbox.wake();
  }

  function judgeConfig(problem: string | null): void {
    const verdict = judge({
      conditions: problem === null ? [] : [configCondition(ALL_SITES, problem)],
      open: monitor.openFindings(),
      examined: () => true,
      outcomes: new Map(),
      signed: new Map(),
      nowMs: clock(),
    });
    const approvals = { inForce: null, previous: null, adopted: false, problems: [], excuses: NO_EXCUSES };
    monitor.record({ verdict, approvals, readings: new Map(), observedAtMs: clock() });
  }

  /** Time since the start that no setting of the clock changes, in milliseconds. */
  function uptimeMs(): number {
    return monotonic() - startedAt;
  }

  function begin(): void {
    assembly.outbox.start();
    assembly.watchFiles(() => {
      timers.clear(settling);
      settling = timers.set(() => files.request('all'), SETTLE_MS);
    });
    files.request('all');
  }

  function status(): DaemonStatus {
    const sites = assembly.sites.map((site) => site.status());
    const proofs = readProofs(assembly.config.stateDirectory, assembly.channels);
    const channels = channelsOf(assembly.channels, store.deliveries(), proofs);
    const undelivered = store.outbox({ undeliveredOnly: true, limit: 10_000 });
    const late = escalations.overdue();
    return {
      version: programVersion(),
      startedMs,
      configDigest: assembly.config.digest,
      journalHead: store.journalHead(),
      trustVersion: trust?.version ?? null,
      sites,
      channels,
      undelivered: undelivered.length,
      heartbeat: vigil.heartbeat(),
      overdue: late.map(({ id }) => id),
      degraded: [
        ...late.map((one) => overdueWords(one)),
        ...assembly.degradations(),
        ...[api.problem()].filter((problem) => problem !== null),
        ...vigil.degradations(channels),
        ...(filesProblem === null ? [] : [filesProblem]),
        ...(trust === null ? ['no trust root counts: nothing can be approved or compared'] : []),
        ...degradedNow(sites, channels, undelivered),
      ],
    };
  }

  /** What the API can be asked. */
  function acknowledge(request: Omit<AcknowledgeRequest, 'nowMs'>): Acknowledged {
    return acknowledgements.acknowledge({ ...request, nowMs: clock() });
  }

  function routes(): readonly Route[] {
    const sites = () => assembly.sites.map(({ name }) => name);
    return [
      { method: 'GET', path: '/api/status', scope: 'read', handle: () => status() },
      ...approvalRoutes({ sites, desk: submissions.of }),
      ...incidentRoutes({
        store,
        definitionsOf: (name) => {
          const site = assembly.sites.find((one) => one.name === name);
          return [...(site?.collections().values() ?? [])];
        },
        acknowledge,
      }),
    ];
  }

  /** Undoes a start that failed after everything was built. */
  async function abandon(): Promise<void> {
    await files.stop();
    await assembly.stop(0);
    store.close();
  }

  const startedBefore = store.transaction((tx) => {
    const before = tx.meta('config');
    tx.journal('daemon-started', { version: programVersion(), config: config.digest }, startedMs);
    if (before === null) {
      tx.setMeta('config', config.digest);
      beginMemory(tx, existsSync(join(config.stateDirectory, KEPT_FOLDER)));
    }
    return before;
  });

  api = createApi({ routes: routes(), log, clock });
  files = createSchedule<never>({
    run: lookAtFiles,
    intervalMs: config.timing.filesIntervalMs,
    random: around.random,
    timers,
  });
  try {
    http = await startHttpServer({
      ...config.http,
      status,
      metrics: metrics.registry,
      health: () =>
        healthOf({
          status: status(),
          undelivered: store.outbox({ undeliveredOnly: true, limit: 10_000 }),
          storeProblem: vigil.store.problem()?.words ?? null,
          readIntervalMs: assembly.config.timing.readIntervalMs,
          uptimeMs: uptimeMs(),
        }),
    });
  } catch (error) {
    await abandon();
    throw cannotListen('CONFIG_HTTP', config.file, 'http', config.http, error);
  }
  try {
    await api.apply(config.api);
  } catch (error) {
    await http.close();
    await abandon();
    throw cannotListen('CONFIG_API', config.file, 'api', config.api ?? config.http, error);
  }
  begin();
  // Not before: `begin` makes claimed messages pending again, and one that is being sent would be sent twice.
  if (startedBefore !== null && startedBefore !== config.digest) {
    const differences = ['something, while the daemon was not running'];
    announceConfig(config, differences);
  }
  tellOfRestore(store, announce);
  vigil.start();
  acknowledgements.start();
  escalations.start();
  log.info(
    { version: programVersion(), url: http.url, api: api.url(), sites: config.sites.map(({ name }) => name) },
    'watching',
  );
  for (const problem of assembly.degradations()) log.warn({ problem }, 'degraded');

  return {
    url: http.url,
    apiUrl: () => api.url(),
    status,
    acknowledge,
    reload: async () => {
      files.request('all');
      await files.idle();
    },
    stop: async () => {
      log.info('stopping');
      stopping = true;
      timers.clear(settling);
      vigil.stop();
      acknowledgements.stop();
      escalations.stop();
      const running = assembly;
      await Promise.all([http.close(), api.close(), running.stop(STOP_LIMIT_MS), files.stop()]);
      if (assembly !== running) await assembly.stop(0);
      try {
        store.transaction((tx) => tx.journal('daemon-stopped', {}, clock()));
      } finally {
        store.close();
        log.info('stopped');
      }
    },
  };
}

function entryOf({ version, digest, signers, recovery }: ChainStep): object {
  return { version, digest, signers: [...signers], recovery: [...recovery] };
}

/** Codes and our own messages; what a library says may hold anything. */
function inOurWords(error: unknown): string {
  if (error instanceof ConfigError)
    return `${error.problems.length} ${error.problems.length === 1 ? 'problem' : 'problems'}; "tillwarden check" names each with its line`;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'an internal error, see the log';
}

/** Runs the daemon until SIGTERM or SIGINT, and reloads on SIGHUP. Resolves with the exit code. */
export async function runDaemon(options: { readonly configFile: string }): Promise<number> {
  const daemon = await startDaemon(options);
  return new Promise((resolve) => {
    const stop = () => {
      daemon.stop().then(
        () => resolve(0),
        () => resolve(70),
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    process.on('SIGHUP', () => void daemon.reload());
  });
}
