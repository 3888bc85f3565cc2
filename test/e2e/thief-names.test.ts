import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { parseRecordLine } from '../../baselines/index.js';
import type { CollectionReading } from '../../daemon/sources/source.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource, readerRole, type TestSource, table } from '../support/postgres-source.js';
import { waitFor } from '../support/wait.js';

let db: TestDatabase;
let open: TestSource | null = null;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterEach(async () => {
  await open?.close();
  open = null;
});
afterAll(async () => db.drop());

/**
 * Reads `watched` and then `last` in one transaction, the owner holding locks on both: `before` is run while the read waits for the first, and
 * `after` while it waits for the second, when it has read the first.
 */
async function aroundTheRead(watched: string, relation: string, before: string, after: string) {
  // Tables whose size is not known yet are read in a transaction each.
  await open?.source.read([watched, 'last']);
  const [first, second] = [await db.connectAs(db.owner), await db.connectAs(db.owner)];
  const waits = async (name: string) =>
    waitFor(
      async () =>
        (
          await db.querySuperuser(
            `select from pg_locks l join pg_class c on c.oid = l.relation where not l.granted and c.relname = '${name}'`,
          )
        ).length > 0,
      { what: `the reader to wait for ${name}` },
    );
  await first.query(`begin; lock table ${relation} in access exclusive mode`);
  await second.query('begin; lock table last in access exclusive mode');
  const reading = open?.source.read([watched, 'last']);
  await waits(relation.split('.').at(-1) ?? '');
  await first.query(`${before}; commit`);
  await waits('last');
  await first.query(after);
  await second.query('commit');
  return (await reading)?.collections.get(watched);
}

const LAST = table('last', ['id'], []);

/** All values of a column that were read. */
function values(reading: CollectionReading | undefined, column: string): unknown {
  if (!reading?.readable) return reading?.cause;
  return reading.snapshot.records.map(({ line }) => parseRecordLine(line).fields.get(column));
}

test('a schema swapped for a prepared one just while the table is read is not believed', async () => {
  await db.query(`create table last (id int primary key);
    create schema shop; create table shop.route (id int primary key, address text);
    insert into shop.route values (1, 'bc1qEVIL');
    create schema prepared; create table prepared.route (id int primary key, address text);
    insert into prepared.route values (1, 'bc1qsigned')`);
  open = await openTestSource(db, [table('route', ['id'], ['address'], { table: 'shop.route' }), LAST]);
  const reader = await readerRole(db);
  await db.query(`grant usage on schema prepared to ${reader}; grant select on prepared.route to ${reader}`);
  const reading = await aroundTheRead(
    'route',
    'shop.route',
    'alter schema shop rename to away; alter schema prepared rename to shop',
    'begin; alter schema shop rename to prepared; alter schema away rename to shop; commit',
  );
  expect(values(reading, 'address')).toEqual(['bc1qEVIL']);
});

test('a label of an enum renamed just while the table is read is not believed', async () => {
  await db.query(`create type state as enum ('evil', 'other');
    create table machine (id int primary key, s state, ss state[]); insert into machine values (1, 'evil', '{evil}')`);
  open = await openTestSource(db, [table('machine', ['id'], ['s', 'ss']), LAST]);
  const reading = await aroundTheRead(
    'machine',
    'machine',
    "alter type state rename value 'evil' to 'good'",
    "alter type state rename value 'good' to 'evil'",
  );
  expect(values(reading, 's')).toEqual(['evil']);
  expect(values(reading, 'ss')).toEqual(['{evil}']);
});

test('a child table attached just while its parent is read, and detached again, is not believed', async () => {
  await db.query(`create table parent (id int primary key, v text); insert into parent values (1, 'own');
    create table child (id int primary key, v text); insert into child values (2, 'child')`);
  open = await openTestSource(db, [table('parent', ['id'], ['v']), LAST]);
  const reading = await aroundTheRead(
    'parent',
    'parent',
    'alter table child inherit parent',
    'alter table child no inherit parent',
  );
  expect(values(reading, 'v')).toEqual(['own']);
});

test('a child table taken out just while its parent is read, and put back, is not believed to be gone', async () => {
  await db.query(`create table elder (id int primary key, v text); insert into elder values (1, 'own');
    create table heir () inherits (elder); insert into heir values (1, 'EVIL')`);
  open = await openTestSource(db, [table('elder', ['id'], ['v']), LAST]);
  const reading = await aroundTheRead(
    'elder',
    'elder',
    'alter table heir no inherit elder',
    'alter table heir inherit elder',
  );
  expect(values(reading, 'v')).toEqual(['EVIL', 'own']);
});

test('a temporary table of a watched name is a record of the sensor while its session lives', async () => {
  open = await openTestSource(db, [table('terminal', ['id'], ['name'])]);
  const namesakes = async () =>
    ((await open?.records('sensor_cas')) ?? [])
      .filter(({ key }) => key[0] === 'temporary-namesake')
      .map(({ key, fields }) => [key[1], JSON.parse(fields.get('definition') ?? '').kind]);
  expect(await namesakes()).toEqual([]);
  const pooled = await db.connectAs(db.app);
  await pooled.query("create temporary table terminal as select 1 as id, 'evil' as name");
  expect(await namesakes()).toEqual([[expect.stringMatching(/^pg_temp_\d+\.terminal$/), 'r']]);
  await pooled.query('drop table pg_temp.terminal');
  expect(await namesakes()).toEqual([]);
});
