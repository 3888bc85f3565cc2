import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import type { MysqlInstallation } from '../../../daemon/demo/mysql/installation.js';
import { type MysqlServer, startMysqlServer } from '../../../daemon/demo/mysql/mysql-server.js';
import { waitFor } from '../wait.js';

export type Flavour = 'mariadb' | 'mysql';
export type Row = Record<string, unknown>;

/** The servers that this machine can start; a run without one of them fails at its end. */
export const FLAVOURS = (process.env['TILLWARDEN_TEST_MYSQL_FOUND'] ?? '').split(' ') as Flavour[];

/** Runs statements; the rows of the last. */
export type MysqlQuery = <R extends Row = Row>(sql: string, params?: readonly unknown[]) => Promise<R[]>;

/** A database of its own, empty, and an account that owns it. Accounts are the whole server's, so theirs are unique names. */
export interface MysqlDatabase {
  readonly flavour: Flavour;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Other test files have databases on this server. */
  readonly isShared: boolean;
  /** Does work that no other test file does on this server meanwhile. */
  readonly exclusively: (work: () => Promise<void>) => Promise<void>;
  /** As the account that owns the database: all rights on it, none elsewhere. */
  readonly query: MysqlQuery;
  /** As an account that may do everything. */
  readonly queryAdmin: MysqlQuery;
  /** Connection string of an account made by `createAccount`, or of one made otherwise with this password. */
  urlAs(account: string, password?: string): string;
  /** A connection that `drop` ends. */
  connectAs(account: string, password?: string): Promise<mysql.Connection>;
  /** Name of the account that owns the database. */
  readonly owner: string;
  /** Makes an account for 127.0.0.1 with a unique name; `drop` removes it. */
  createAccount(label: string): Promise<string>;
  /** A unique name whose account `drop` removes, whoever makes it. */
  reserveAccount(label: string): string;
  /** Ends our own connections, and fails if anybody still has one after 30 s. Removes database and accounts either way. */
  drop(): Promise<void>;
}

/** A server of one test's own, to be restarted, killed or configured. */
export interface OwnMysql {
  readonly server: MysqlServer;
  createDatabase(): Promise<MysqlDatabase>;
  /** Stops the server and removes its files. */
  close(): Promise<void>;
}

/** A new database on the server of this flavour that all test files of a run share. */
export async function createMysqlDatabase(flavour: Flavour): Promise<MysqlDatabase> {
  const { url } = await askService(flavour);
  return createDatabaseOn(flavour, url, true);
}

/** `data`: a data directory to copy, of a server that is stopped; an empty one when absent. */
export async function startOwnMysql(
  flavour: Flavour,
  settings: Readonly<Record<string, string>> = {},
  data?: string,
): Promise<OwnMysql> {
  const { installation, template: empty } = await askService(flavour);
  const template = data ?? empty;
  const directory = await mkdtemp(join(tmpdir(), `tillwarden-jest-${process.pid}-own-`));
  const server = await startMysqlServer({ installation, directory, template, settings });
  return {
    server,
    createDatabase: () => createDatabaseOn(flavour, server.adminUrl(), false),
    close: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface ServiceAnswer {
  readonly url: string;
  readonly installation: MysqlInstallation;
  readonly template: string;
}

async function askService(flavour: Flavour): Promise<ServiceAnswer> {
  const address = process.env['TILLWARDEN_TEST_MYSQL'];
  if (!address) throw new Error('TILLWARDEN_TEST_MYSQL is not set: run the tests through "npm run jest"');
  const socket = connect(address);
  await once(socket, 'connect');
  socket.write(JSON.stringify({ flavour }));
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  const answer: unknown = JSON.parse(text);
  if (typeof answer === 'object' && answer !== null && 'error' in answer)
    throw new Error(String(answer.error));
  return answer as ServiceAnswer;
}

async function createDatabaseOn(
  flavour: Flavour,
  adminUrl: string,
  isShared: boolean,
): Promise<MysqlDatabase> {
  const suffix = randomBytes(5).toString('hex');
  const name = `till_${suffix}`;
  const passwords = new Map<string, string>();
  const { hostname, port } = new URL(adminUrl);
  const admin = poolOf(adminUrl);
  const reserveAccount = (label: string): string => {
    const account = `${label}_${suffix}`;
    passwords.set(account, randomBytes(12).toString('hex'));
    return account;
  };
  const createAccount = async (label: string): Promise<string> => {
    const account = reserveAccount(label);
    await admin.query(`CREATE USER '${account}'@'127.0.0.1' IDENTIFIED BY '${passwords.get(account)}'`);
    return account;
  };
  const urlAs = (account: string, password = passwords.get(account)): string => {
    if (password === undefined) throw new Error(`this database has no account ${account}`);
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    url.username = account;
    url.password = password;
    return url.href;
  };

  await admin.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const owner = await createAccount('cas');
  await admin.query(`GRANT ALL PRIVILEGES ON ${name}.* TO '${owner}'@'127.0.0.1'`);
  const asOwner = poolOf(urlAs(owner));
  const inDatabase = poolOf(adminUrl, name);
  const connections: mysql.Connection[] = [];
  return {
    flavour,
    name,
    host: hostname,
    port: Number(port),
    owner,
    isShared,
    exclusively: async (work) => {
      const connection = await admin.getConnection();
      try {
        await connection.query(`SELECT GET_LOCK('tillwarden', 60)`);
        await work();
      } finally {
        await connection.query(`SELECT RELEASE_LOCK('tillwarden')`);
        connection.release();
      }
    },
    query: queryOn(asOwner),
    queryAdmin: queryOn(inDatabase),
    urlAs,
    createAccount,
    reserveAccount,
    connectAs: async (account, password) => {
      const connection = await mysql.createConnection({
        uri: urlAs(account, password),
        multipleStatements: true,
      });
      connection.on('error', () => undefined);
      connections.push(connection);
      return connection;
    },
    drop: async () => {
      await Promise.all([
        asOwner.end(),
        inDatabase.end(),
        ...connections.map((one) => one.end().catch(() => undefined)),
      ]);
      const leaks = await remainingConnections(admin, [...passwords.keys()]);
      for (const account of passwords.keys()) {
        await admin.query(`DROP USER IF EXISTS '${account}'@'127.0.0.1'`);
      }
      await admin.query(`DROP DATABASE IF EXISTS ${name}`);
      await admin.end();
      if (leaks.length > 0) throw new Error(`connections left open: ${leaks.join('; ')}`);
    },
  };
}

/** Connections of these accounts that are still there after a while. */
async function remainingConnections(admin: mysql.Pool, accounts: readonly string[]): Promise<string[]> {
  let left: string[] = [];
  const gone = async () => {
    const [rows] = await admin.query<mysql.RowDataPacket[]>(
      'SELECT ID, USER, COMMAND, INFO FROM information_schema.PROCESSLIST WHERE USER IN (?)',
      [[...accounts]],
    );
    left = rows.map((row) => `${row['USER']} ${row['COMMAND']}: ${String(row['INFO']).slice(0, 80)}`);
    return left.length === 0;
  };
  await waitFor(gone, { what: 'connections to end', timeoutMs: 30_000 }).catch(() => undefined);
  return left;
}

/** A pool, so that queries work again after the server was restarted or its connections killed. */
function poolOf(uri: string, database?: string): mysql.Pool {
  return mysql.createPool({
    uri,
    ...(database === undefined ? {} : { database }),
    connectionLimit: 3,
    multipleStatements: true,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
}

function queryOn(pool: mysql.Pool): MysqlQuery {
  return async <R extends Row>(sql: string, params?: readonly unknown[]) => {
    const [result] = await pool.query(sql, params === undefined ? undefined : [...params]);
    const results: unknown[] = Array.isArray(result) ? result : [];
    const last = results.at(-1);
    // Several statements give an array of results.
    return (Array.isArray(last) ? last : results) as R[];
  };
}
