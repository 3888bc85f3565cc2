import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MIRROR_FOLDER } from './approvals/active/mirror.js';
import { programVersion } from './built.js';
import type { ConfigWithSecrets } from './config/config.js';
import { cannotListen } from './config/errors.js';
import { loadConfig } from './config/load.js';
import { type HttpServer, startHttpServer } from './http/server.js';
import type { DaemonOptions } from './runtime/environment.js';
import { DaemonParts } from './runtime/parts.js';
import { healthNow, statusNow } from './runtime/status.js';
import { within } from './time/timers.js';
import type { DaemonStatus } from './watchdog/health.js';
import { announceRestore, noteStart } from './watchdog/store-continuity.js';

export type { DaemonOptions } from './runtime/environment.js';

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
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const config = loadConfig(options.configFile, 'all', options.sourceKinds);
  const parts = new DaemonParts(config, options);
  let http: HttpServer | null = null;
  try {
    await parts.open(config);
    const configBefore = noteConfig(parts, config);
    http = await listen(parts, config);
    parts.begin();
    announceStart(parts, config, configBefore);
  } catch (error) {
    await http?.close();
    await parts.close();
    throw error;
  }
  // What people signed is read first: the heartbeat is to say nothing of it that is not so.
  await parts.files.idle();
  const { url } = http;
  watch(parts, url, config);
  return {
    url,
    apiUrl: parts.api.url,
    status: () => statusNow(parts.statusOptions()),
    reload: () => reload(parts),
    stop: () => stop(parts, http),
  };
}

/** Journals the start. Returns the digest of the configuration that was in force before; null when the store is new. */
function noteConfig({ environment, startedMs }: DaemonParts, config: ConfigWithSecrets): string | null {
  return noteStart(environment.store, {
    configDigest: config.digest,
    hasMirror: existsSync(join(config.stateDirectory, MIRROR_FOLDER)),
    atMs: startedMs,
  });
}

async function listen(parts: DaemonParts, config: ConfigWithSecrets): Promise<HttpServer> {
  const http = await startHttpServer({
    ...config.http,
    status: () => statusNow(parts.statusOptions()),
    health: () => healthNow(parts.statusOptions()),
    metrics: parts.environment.metrics.registry,
  }).catch((error) => {
    throw cannotListen('CONFIG_HTTP', config.file, 'http', config.http, error);
  });
  await parts.api.apply(config.api).catch(async (error) => {
    await http.close();
    throw cannotListen('CONFIG_API', config.file, 'api', config.api ?? config.http, error);
  });
  return http;
}

/** Not before the outbox began: that makes claimed messages pending again, and one that is being sent would be sent twice. */
function announceStart(parts: DaemonParts, config: ConfigWithSecrets, configBefore: string | null): void {
  const { configFile, announcer, environment } = parts;
  if (configBefore !== null && configBefore !== config.digest) {
    configFile.announce(config, ['something, while the daemon was not running']);
  }
  announceRestore(environment.store, announcer.announce);
}

function watch(parts: DaemonParts, url: string, config: ConfigWithSecrets): void {
  const { selfMonitor, acknowledgements, containment, escalations, retention, api, environment } = parts;
  const { log } = environment;
  selfMonitor.start();
  retention.start();
  acknowledgements.start();
  containment.start();
  parts.readiness.look();
  escalations.start();
  const sites = config.sites.map(({ name }) => name);
  log.info({ version: programVersion(), url, api: api.url(), sites }, 'watching');
  for (const problem of parts.assembly().degradations()) log.warn({ problem }, 'degraded');
}

async function reload({ files }: DaemonParts): Promise<void> {
  files.request();
  await files.idle();
}

/** What was begun and is not over by then is told at the next start. */
const CONTAINMENT_ENDS_WITHIN_MS = 5_000;

async function stop(parts: DaemonParts, http: HttpServer): Promise<void> {
  const { selfMonitor, acknowledgements, escalations, retention, api, files, readiness, environment } = parts;
  const { store, log, clock, timers } = environment;
  log.info('stopping');
  selfMonitor.stop();
  acknowledgements.stop();
  escalations.stop();
  readiness.stop();
  await Promise.all([http.close(), api.close(), parts.active().stop(), files.stop(), retention.stop()]);
  await within(timers, CONTAINMENT_ENDS_WITHIN_MS, Promise.all([parts.containment.idle(), readiness.idle()]));
  try {
    store.transaction((tx) => tx.journal.append({ type: 'daemon-stopped', body: {} }, clock()));
  } finally {
    store.close();
    log.info('stopped');
  }
}
