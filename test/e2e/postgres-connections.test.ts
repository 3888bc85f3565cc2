import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { explainFailure } from '../../daemon/sources/postgres/failure.js';
import { installSql } from '../../daemon/sources/postgres/sql.js';
import { IdleConnections } from '../../daemon/sources/relational/idle-connections.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { openSourceAs, type TestSource, table } from '../support/postgres-source.js';
import { waitFor } from '../support/wait.js';

// Limits of a role hold for the whole server: other tests must not connect to it.
let own: OwnPostgres;
const databases: TestDatabase[] = [];
const definitions = [table('terminal', ['id'], ['name'])];

beforeAll(async () => {
  own = await startOwnPostgres();
  for (let i = 0; i < 6; i++) databases.push(await own.createDatabase());
});
afterAll(async () => {
  for (const database of databases) await database.drop();
  await own.close();
});

const limitOf = async (db: TestDatabase, role: string) => {
  const [row] = await db.querySuperuser<{ limit: number }>(
    'select rolconnlimit as limit from pg_roles where rolname = $1',
    [role],
  );
  return row?.limit;
};

test('the limit of the role leaves room for six databases and their reload, and one that is reached is named', async () => {
  const [first] = databases;
  if (!first) throw new Error('no database');
  const role = 'tillwarden_of_six';
  const limits: (number | undefined)[] = [];
  for (const db of databases) {
    await db.querySuperuser(installSql({ role, channel: null, definitions }));
    limits.push(await limitOf(db, role));
  }
  expect(limits).toEqual([10, 13, 16, 19, 22, 25]);
  const [server] = await first.querySuperuser<{ most: number }>(
    "select current_setting('max_connections')::int as most",
  );
  expect(limits.at(-1)).toBeLessThanOrEqual((server?.most ?? 0) / 4);

  // What a person decided stays, no limit among it.
  await first.querySuperuser(`alter role ${role} connection limit 40`);
  await first.querySuperuser(installSql({ role, channel: null, definitions }));
  expect(await limitOf(first, role)).toBe(40);
  await first.querySuperuser(`alter role ${role} connection limit -1`);
  await first.querySuperuser(installSql({ role, channel: null, definitions }));
  expect(await limitOf(first, role)).toBe(-1);
  for (const db of databases) await db.querySuperuser(`drop owned by ${role}`);
  await first.querySuperuser(`drop role ${role}`);
});

test('a server of few connections keeps three of four for the application', async () => {
  const [first] = databases;
  if (!first) throw new Error('no database');
  const [sql] = [installSql({ role: 'tillwarden_of_few', channel: null, definitions })];
  // The server's own figure cannot be changed while it runs: the same statements with another one.
  await first.querySuperuser(sql.replaceAll("current_setting('max_connections')", "'20'"));
  expect(await limitOf(first, 'tillwarden_of_few')).toBe(5);
  await first.querySuperuser('drop owned by tillwarden_of_few; drop role tillwarden_of_few');
});

test('a connection refused by the limit names the limit and what raises it', async () => {
  const [first] = databases;
  if (!first) throw new Error('no database');
  const role = await first.createRole('reader', 'connection limit 1');
  const held: pg.Client = await first.connectAs(role);
  const refused: unknown = await first.connectAs(role).catch((error: unknown) => error);
  expect(explainFailure(refused)).toEqual({
    cause: 'unreachable',
    detail: expect.stringMatching(/CONNECTION LIMIT of our role.*max_connections.*"tillwarden sql".*53300/),
  });
  await held.end();
});

test('sites of a server that gives too few connections take turns with them: each is read, all but one are heard, and it shows', async () => {
  const [first] = databases;
  if (!first) throw new Error('no database');
  const role = await first.createRole('sharing');
  for (const db of databases) {
    await db.querySuperuser(installSql({ role, channel: 'tillwarden', definitions }));
  }
  // Six that read and six that listen would be twelve.
  await first.querySuperuser(`alter role ${role} connection limit 9`);
  const connections = new IdleConnections();
  const open: TestSource[] = [];
  for (const db of databases) {
    const url = new URL(first.urlAs(role));
    url.pathname = new URL(db.url).pathname;
    open.push(await openSourceAs(url.href, definitions, {}, { connections }));
  }
  for (const { source, hints } of open) source.watch((hint) => hints.push(hint));
  const heard = () => open.filter(({ hints }) => hints.at(-1)?.type === 'listening').length;
  await waitFor(() => heard() >= 5, { what: 'five of six sources to be heard' });
  for (const round of [1, 2]) {
    for (const [site, { read }] of open.entries()) {
      expect({ round, site, ...(await read('terminal')) }).toMatchObject({ readable: true });
    }
  }
  for (const { source } of open) {
    expect(source.degradations()).toMatchObject([{ code: 'SOURCE_CONNECTIONS_SHARED' }]);
  }
  await Promise.all(open.map(({ close }) => close()));
  for (const db of databases) await db.querySuperuser(`drop owned by ${role}`);
});

test('a site whose server gives it none and that has no others to ask says which limit it was', async () => {
  const [first] = databases;
  if (!first) throw new Error('no database');
  const role = await first.createRole('alone', 'connection limit 1');
  const held: pg.Client = await first.connectAs(role);
  const alone = await openSourceAs(first.urlAs(role), definitions);
  expect(await alone.read('terminal')).toMatchObject({
    ...{ readable: false, cause: 'unreachable' },
    detail: expect.stringContaining('CONNECTION LIMIT of our role'),
  });
  expect(alone.source.degradations()).toEqual([]);
  await alone.close();
  await held.end();
});

test('the limit that an owner sets to one database closes no connection of another', async () => {
  const [limited, other] = databases;
  if (!limited || !other) throw new Error('no database');
  const role = await limited.createRole('neighbour');
  await other.querySuperuser(installSql({ role, channel: null, definitions }));
  const connections = new IdleConnections();
  const url = new URL(limited.urlAs(role));
  const here = url.href;
  url.pathname = new URL(other.url).pathname;
  const neighbour = await openSourceAs(url.href, definitions, {}, { connections });
  await neighbour.read('terminal');
  const open = () =>
    other.querySuperuser(
      'select pid from pg_stat_activity where usename = $1 and datname = current_database()',
      [role],
    );
  const before = await open();
  await limited.querySuperuser(`alter database "${limited.name}" connection limit 0`);
  try {
    const source = await openSourceAs(here, definitions, {}, { connections });
    expect(await source.read('terminal')).toMatchObject({
      ...{ readable: false, cause: 'unreachable' },
      detail: expect.stringContaining('53300'),
    });
    await source.close();
    expect(await open()).toEqual(before);
    expect(before).toHaveLength(1);
    expect(neighbour.source.degradations()).toEqual([]);
  } finally {
    await limited.querySuperuser(`alter database "${limited.name}" connection limit -1`);
    await neighbour.close();
    await other.querySuperuser(`drop owned by ${role}`);
  }
});
