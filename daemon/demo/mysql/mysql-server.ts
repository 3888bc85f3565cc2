import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DemoError } from '../demo-error.js';
import { makeServerFolder } from '../server/folder.js';
import { freePort } from '../server/free-port.js';
import {
  guardAgainstOurDeath,
  outputOf,
  type ServerAccount,
  serverAccount,
  serverEnvironment,
} from '../server/process.js';
import type { MysqlInstallation } from './installation.js';

const HOST = '127.0.0.1';
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/** Small files and little memory, for a server that serves one demo or one run of the tests. */
const SMALL = {
  'innodb-log-file-size': '4M',
  'innodb-buffer-pool-size': '32M',
  'skip-name-resolve': '',
} as const;

export interface MysqlServerOptions {
  readonly installation: MysqlInstallation;
  /** Holds everything of this server in a folder `tillwarden-<flavour>`, which each start makes anew. */
  readonly directory: string;
  /** A data directory that was initialised already, to be copied; null makes one. */
  readonly template?: string | null;
  /** Server settings without dashes, such as `{ 'sync-binlog': '1' }`; an empty value gives a bare option. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told what is being done and how long it took. Holds no secret. */
  readonly log?: (line: string) => void;
}

/** A running MySQL or MariaDB of our own on 127.0.0.1. */
export interface MysqlServer {
  readonly flavour: 'mariadb' | 'mysql';
  readonly host: string;
  readonly port: number;
  /** The server's own log. */
  readonly logFile: string;
  /** The folder of its files. */
  readonly dataDirectory: string;
  /** Process id; another one after `restart`. */
  readonly pid: number;
  /** Connection string of an account that may do everything, password included. */
  adminUrl(database?: string): string;
  /** Ends the server (SIGTERM); SIGKILL after 20 s. Does nothing when it is not running. */
  stop(): Promise<void>;
  /** Stops the server, if it runs, and starts it on the same data and port, with other settings if given. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** `kill -9`: the server crashes. `restart` recovers it. */
  kill(): void;
}

/** Makes an empty data directory in `folder`, which must not exist. Throws `DEMO_MYSQL_FAILED` with what the program said. */
export async function initialiseData(installation: MysqlInstallation, data: string): Promise<void> {
  const account = serverAccount();
  await makeServerFolder(data, account);
  const { program, args } = installation.initialise;
  const all = [
    ...['--no-defaults', ...args, ...installation.args, `--datadir=${data}`],
    ...Object.entries(SMALL).map(option),
  ];
  const { failure } = await outputOf(program, all, account, data);
  if (failure === null) return;
  throw new DemoError('DEMO_MYSQL_FAILED', `${program} could not make ${data}: ${failure}`);
}

/**
 * Starts a real server with a data directory of its own, reachable over TCP on 127.0.0.1 only, binary log on (and GTIDs, on MySQL). As
 * root it runs as uid 65534. It ends when this process ends, `kill -9` included; its files stay. Throws `DemoError`: `DEMO_MYSQL_FAILED`.
 */
export async function startMysqlServer(options: MysqlServerOptions): Promise<MysqlServer> {
  const account = serverAccount();
  const { installation, template = null } = options;
  const folder = resolve(options.directory, `tillwarden-${installation.flavour}`);
  const from = performance.now();
  if (!(await makeServerFolder(folder, account))) {
    throw new DemoError(
      'DEMO_MYSQL_FAILED',
      `${installation.server} refuses to run as root, and uid ${account?.uid} cannot reach ${folder}; choose a directory below one that everybody may enter, such as /tmp`,
    );
  }
  const data = join(folder, 'data');
  if (template === null) await initialiseData(installation, data);
  else {
    const { failure } = await outputOf('/bin/cp', ['-R', template, data], account, folder);
    if (failure !== null) {
      throw new DemoError(
        'DEMO_MYSQL_FAILED',
        `the data directory could not be copied (free the disk, or name another --directory): ${failure}`,
      );
    }
    // It holds the server's identifier: two servers with one would not replicate from each other.
    await rm(join(data, 'auto.cnf'), { force: true });
  }
  const server = new Server(installation, folder, account, options.settings ?? {});
  await server.start();
  options.log?.(`started ${installation.flavour} (${Math.round(performance.now() - from)} ms)`);
  return server;
}

function option([name, value]: [string, string]): string {
  return value === '' ? `--${name}` : `--${name}=${value}`;
}

/** stopped ─start▶ running ─stop▶ stopped; running ─kill▶ dying ─(exit)▶ stopped */
class Server implements MysqlServer {
  readonly flavour: 'mariadb' | 'mysql';
  readonly host = HOST;
  readonly logFile: string;
  readonly dataDirectory: string;
  readonly #password = randomBytes(18).toString('base64url');
  #process: ChildProcess | null = null;
  #pid = 0;
  #port = 0;

  constructor(
    private readonly installation: MysqlInstallation,
    private readonly folder: string,
    private readonly account: ServerAccount,
    private settings: Readonly<Record<string, string>>,
  ) {
    this.flavour = installation.flavour;
    this.logFile = join(folder, 'server.log');
    this.dataDirectory = join(folder, 'data');
  }

  get pid(): number {
    return this.#pid;
  }

  get port(): number {
    return this.#port;
  }

  adminUrl(database = ''): string {
    return `mysql://tillwarden_admin:${this.#password}@${HOST}:${this.#port}/${encodeURIComponent(database)}`;
  }

  async start(): Promise<void> {
    const limit = performance.now() + START_LIMIT_MS;
    this.#port ||= await freePort(HOST);
    const initFile = await this.#writeInitFile();
    try {
      const child = await this.#spawn(initFile);
      while (child.exitCode === null && child.signalCode === null && performance.now() < limit) {
        if (await greets(this.#port)) return;
        await delay(20);
      }
      await this.stop();
      const lines = (await readFile(this.logFile, 'utf8')).trim().split('\n').slice(-5).join('\n');
      throw new DemoError(
        'DEMO_MYSQL_FAILED',
        `${this.installation.server} did not start on ${HOST}:${this.#port}; the end of its log ${this.logFile}:\n${lines}`,
      );
    } finally {
      await rm(initFile, { force: true });
    }
  }

  /** What the server runs before it lets anybody in: our account, and none without a password. */
  async #writeInitFile(): Promise<string> {
    const file = join(this.folder, 'init.sql');
    const who = `'tillwarden_admin'@'${HOST}'`;
    const lines = [
      'SET SESSION sql_log_bin = 0;',
      `CREATE USER IF NOT EXISTS ${who} IDENTIFIED BY '${this.#password}';`,
      `GRANT ALL PRIVILEGES ON *.* TO ${who} WITH GRANT OPTION;`,
      `DELETE FROM mysql.user WHERE User = '' OR (User = 'root' AND Host <> 'localhost');`,
      'FLUSH PRIVILEGES;',
    ];
    // MariaDB's mysql.user is a view, of which rows cannot be deleted.
    const mariadb = lines.map((line) => line.replace('mysql.user', 'mysql.global_priv'));
    await writeFile(file, `${(this.flavour === 'mariadb' ? mariadb : lines).join('\n')}\n`, { mode: 0o600 });
    if (this.account) await chown(file, this.account.uid, this.account.gid);
    return file;
  }

  async #spawn(initFile: string): Promise<ChildProcess> {
    const settings: Record<string, string> = {
      datadir: this.dataDirectory,
      'bind-address': HOST,
      port: String(this.#port),
      // Not the system's: servers name their temporary files alike.
      tmpdir: this.folder,
      // Relative to the data directory: a path of a socket may have 107 bytes, no more.
      socket: 'server.sock',
      'pid-file': 'server.pid',
      'init-file': initFile,
      'log-bin': 'bin',
      'server-id': '1',
      'default-time-zone': '+00:00',
      ...(this.flavour === 'mysql' ? MYSQL_ONLY : {}),
      ...SMALL,
      ...this.settings,
    };
    const args = ['--no-defaults', ...this.installation.args, ...Object.entries(settings).map(option)];
    // A file and not a pipe: a full pipe would stop the server whenever our event loop is busy.
    const log = await open(this.logFile, 'a', 0o600);
    try {
      const child = spawn(this.installation.server, args, {
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
      child.once('exit', guardAgainstOurDeath(this.#pid, 'TERM'));
      return child;
    } finally {
      await log.close();
    }
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exit;
    clearTimeout(impatience);
  }

  async restart(settings?: Readonly<Record<string, string>>): Promise<void> {
    await this.stop();
    if (settings) this.settings = settings;
    await this.start();
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }
}

const MYSQL_ONLY = {
  'gtid-mode': 'ON',
  'enforce-gtid-consistency': 'ON',
  // Gone in MySQL 8.
  'loose-log-syslog': '0',
  'explicit-defaults-for-timestamp': '1',
  // Its default is a folder that packages make.
  'secure-file-priv': 'NULL',
} as const;

/** Whether a server says its greeting, which it does only once its init file has run. */
async function greets(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  socket.setTimeout(2000, () => socket.destroy());
  let said = false;
  socket.once('data', () => {
    said = true;
    socket.destroy();
  });
  socket.on('error', () => undefined);
  // Not `once`, which rejects when the connection is refused.
  await new Promise((closed) => socket.once('close', closed));
  return said;
}
