import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { openTestSource, type TestSource, table } from '../support/postgres-source.js';

// What is in no catalog is not asked for: the first of its sort must be found all the same. Some of these are seen from every database of a server.
let own: OwnPostgres;
let db: TestDatabase;
let source: TestSource;

beforeAll(async () => {
  own = await startOwnPostgres();
  db = await own.createDatabase();
  source = await openTestSource(db, [table('terminal', ['id'], ['serial_number', 'name'])]);
});
afterAll(async () => {
  await source.close();
  await db.drop();
  await own.close();
});

async function sorts(): Promise<Set<string>> {
  const records = await source.records('sensor_cas');
  return new Set(records.map(({ key }) => key[0] ?? ''));
}

const WRAPPER = 'create foreign data wrapper w; create server s foreign data wrapper w';

test.each([
  ['constraint-trigger', 'create table fk (id int references terminal (id))', 'drop table fk'],
  ['rule', 'create view v as select 1 as n', 'drop view v'],
  ['policy', 'create policy p on "transaction" using (true)', 'drop policy p on "transaction"'],
  ['inheritance', 'create table heir () inherits (terminal)', 'drop table heir'],
  [
    'event-trigger',
    `create function e() returns event_trigger language plpgsql as 'begin end';
     create event trigger e on ddl_command_end execute function e()`,
    'drop event trigger e; drop function e()',
  ],
  [
    'operator',
    'create operator === (function = int4eq, leftarg = int, rightarg = int)',
    'drop operator === (int, int)',
  ],
  ['cast', 'create cast (text as int) with inout', 'drop cast (text as int)'],
  ['conversion', `create conversion c for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1`, 'drop conversion c'],
  ['enum', 'create type mood as enum ()', 'drop type mood'],
  ['domain', 'create domain d as text', 'drop domain d'],
  ['bound-setting', `alter role all set work_mem = '5MB'`, 'alter role all reset work_mem'],
  [
    'default-privileges',
    'alter default privileges grant select on tables to public',
    'alter default privileges revoke select on tables from public',
  ],
  [
    'parameter-grant',
    'grant set on parameter session_replication_role to public',
    'revoke set on parameter session_replication_role from public',
  ],
  ['foreign-server', WRAPPER, 'drop foreign data wrapper w cascade'],
  [
    'foreign-table',
    `${WRAPPER}; create foreign table f (id int) server s`,
    'drop foreign data wrapper w cascade',
  ],
  ['publication', 'create publication p', 'drop publication p'],
  [
    'subscription',
    `create subscription s connection 'host=127.0.0.1' publication p with (connect = false, slot_name = none)`,
    'drop subscription s',
  ],
])('the first %s of a database is sensed, and the last', async (sort, create, drop) => {
  const before = await sorts();
  const kept = before.has(sort);
  await db.querySuperuser(create);
  expect(await sorts()).toContain(sort);
  await db.querySuperuser(drop);
  expect((await sorts()).has(sort)).toBe(kept);
});
