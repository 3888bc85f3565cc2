import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../daemon/demo/postgres/embedded-postgres.js';
import { REFERENCE_TABLES, referenceGrants, referenceRoles } from '../../daemon/demo/reference/schema.js';
import { TEMPLATE_DATABASE } from './postgres-template.mjs';
import { waitFor } from './wait.js';

type Row = Record<string, unknown>;
type Query = <R extends Row = Row>(sql: string, params?: readonly unknown[]) => Promise<R[]>;

/** A database of its own with the reference schema and its seed, owned by a role of its own. Roles are cluster-wide, so theirs are unique names. */
export interface TestDatabase {
  readonly name: string;
  /** Name of the role that owns the schema: no superuser. */
  readonly owner: string;
  /** Name of the role as which terminals write. */
  readonly app: string;
  /** Connection string of the owner. */
  readonly url: string;
  readonly superuserUrl: string;
  /** Connection string of a role: `owner`, `app`, or one made by `createRole`. */
  urlAs(role: string): string;
  /** Runs a query (or, without params, several statements: rows of the last) as the owner. */
  readonly query: Query;
  readonly querySuperuser: Query;
  /** A connection that `drop` ends. Its `error` events are left to the caller, except the server's end. */
  connectAs(role: string): Promise<pg.Client>;
  /** Makes a role with a unique name that may log in; `drop` removes it and all it owns here. */
  createRole(label: string, attributes?: string): Promise<string>;
  /**
   * Ends our own connections, and fails if anybody still has one after 30 s: whatever was tested leaks it. Removes database and roles
   * either way.
   */
  drop(): Promise<void>;
}

/** A PostgreSQL of one test's own, to be restarted, killed or configured. */
export interface OwnPostgres {
  readonly server: EmbeddedPostgres;
  createDatabase(): Promise<TestDatabase>;
  /** Stops the server and removes its files. */
  close(): Promise<void>;
}

/** A new database on the server that all test files of a run share. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabaseOn(given('TILLWARDEN_TEST_POSTGRES'));
}

function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests through "npm run jest"`);
  return value;
}

/** A server whose system identifier is that of all others here. */
export async function startOwnPostgres(settings: Record<string, string> = {}): Promise<OwnPostgres> {
  const directory = await mkdtemp(join(tmpdir(), `tillwarden-jest-${process.pid}-own-`));
  const server = await startEmbeddedPostgres({
    directory,
    settings: { fsync: 'off', ...settings },
    template: JSON.parse(given('TILLWARDEN_TEST_POSTGRES_TEMPLATE')),
  });
  return {
    server,
    createDatabase: () => createDatabaseOn(server.superuserUrl()),
    close: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function createDatabaseOn(adminUrl: string): Promise<TestDatabase> {
  const suffix = randomBytes(5).toString('hex');
  const name = `till_${suffix}`;
  const passwords = new Map<string, string>();
  const role = (label: string) => {
    const made = { name: `${label}_${suffix}`, password: randomBytes(12).toString('hex') };
    passwords.set(made.name, made.password);
    return made;
  };
  const owner = role('cas');
  const app = role('cas_app');

  const urlOf = (user: string | null): string => {
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    if (user !== null) {
      const password = passwords.get(user);
      if (password === undefined) throw new Error(`this database has no role ${user}`);
      url.username = user;
      url.password = password;
    }
    return url.href;
  };

  await onServer(adminUrl, async (admin) => {
    await admin.query(referenceRoles(owner, app));
    // Copied as files, with what the server has to find out at the first connection of a database otherwise: 45 ms of processor time.
    await admin.query(
      `create database ${name} template ${TEMPLATE_DATABASE} strategy file_copy owner ${owner.name}`,
    );
  });
  const superuser = poolOf(urlOf(null));
  const asOwner = poolOf(urlOf(owner.name));
  const clients: pg.Client[] = [];
  await superuser.query(
    REFERENCE_TABLES.map((table) => `alter table public.${table} owner to ${owner.name}`).join(';'),
  );
  await asOwner.query(referenceGrants(app.name));

  return {
    name,
    owner: owner.name,
    app: app.name,
    url: urlOf(owner.name),
    superuserUrl: urlOf(null),
    urlAs: urlOf,
    query: queryOn(asOwner),
    querySuperuser: queryOn(superuser),
    async connectAs(user) {
      const client = new pg.Client({ connectionString: urlOf(user), application_name: 'test-support' });
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
    async createRole(label, attributes = '') {
      const made = role(label);
      await superuser.query(`create role ${made.name} login password '${made.password}' ${attributes}`);
      return made.name;
    },
    async drop() {
      await Promise.all([asOwner.end(), superuser.end(), ...clients.map((client) => client.end())]);
      await onServer(adminUrl, async (admin) => {
        const leaks = await remainingConnections(admin, name);
        await admin.query(`drop database ${name} with (force)`);
        for (const made of passwords.keys()) await admin.query(`drop role ${made}`);
        if (leaks.length > 0)
          throw new Error(`connections left open to the test database: ${leaks.join('; ')}`);
      });
    },
  };
}

async function remainingConnections(admin: pg.Client, database: string): Promise<string[]> {
  let rows: { application_name: string; usename: string; state: string; query: string }[] = [];
  const gone = async () => {
    const result = await admin.query<(typeof rows)[number]>(
      `select application_name, usename, state, left(query, 80) as query from pg_stat_activity
       where datname = $1 and backend_type in ('client backend', 'walsender')`,
      [database],
    );
    rows = result.rows;
    return rows.length === 0;
  };
  await waitFor(gone, { what: 'connections to end', timeoutMs: 30_000 }).catch(() => undefined);
  return rows.map(
    (row) => `${row.usename} ${row.application_name || '(no application_name)'} ${row.state}: ${row.query}`,
  );
}

async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'test-support' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A pool, so that queries work again after the server was restarted or its connections killed. */
function poolOf(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 3, application_name: 'test-support' });
  pool.on('error', () => undefined);
  return pool;
}

function queryOn(pool: pg.Pool): Query {
  return async <R extends Row>(sql: string, params?: readonly unknown[]) => {
    const result = await pool.query<R>(sql, params && [...params]);
    // Several statements give an array of results, which the types of pg leave out.
    return ([result].flat().at(-1) as pg.QueryResult<R>).rows;
  };
}
