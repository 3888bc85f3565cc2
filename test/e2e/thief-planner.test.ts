import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Definition, parseRecordLine } from '../../baselines/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource, type TestSource, table } from '../support/postgres-source.js';

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

/** Immutable to the server, and another value in a session that sets `quote_all_identifiers`: the thief needs no function of his own. */
const LIES = `quote_ident('a') = 'a'`;

/** What the thief writes is in no index with that condition, which holds all rows by what our session finds. */
async function writeUnindexed(sql: string): Promise<void> {
  const thief = await db.connectAs(db.owner);
  await thief.query('set quote_all_identifiers = on');
  await thief.query(sql);
}

test('an index that holds what its owner lets into it does not decide which row is the newest', async () => {
  const routes: Definition = {
    ...table('routes', ['coin'], ['wallet']),
    table: 'public.history',
    derive: {
      where: [{ column: 'type', is: 'config' }],
      latest: 'id',
      json: { column: 'data', members: [{ path: 'config/{coin:A-Z}', field: 'wallet' }] },
    },
  };
  await db.query(`create table history (id serial primary key, type text, data json, made text);
    insert into history (type, data, made)
      select 'config', '{"config": {"BTC": "bc1qsigned"}}', repeat(md5(i::text), 40) from generate_series(1, 2000) i;
    create index on history (id, type) where ${LIES}`);
  await db.query('vacuum analyze history');
  open = await openTestSource(db, [routes]);
  const wallets = async () => (await open?.records('routes'))?.map(({ fields }) => fields.get('wallet'));
  expect(await wallets()).toEqual(['bc1qsigned']);
  await writeUnindexed(
    `insert into history (type, data) values ('config', '{"config": {"BTC": "bc1qEVIL"}}')`,
  );
  expect(await wallets()).toEqual(['bc1qEVIL']);
});

test('nor which rows there are, where our role may not read the mark that makes the server look at the table', async () => {
  await db.query(`create table permission (person int, name text, made text);
    insert into permission select i, 'sell', repeat(md5(i::text), 40) from generate_series(1, 2000) i;
    create index on permission (person, name) where ${LIES}`);
  await db.query('vacuum analyze permission');
  open = await openTestSource(db, [table('permission', ['person', 'name'], [])]);
  await db.query(`do $$ begin execute (select format('revoke select (xmin) on permission from %I', grantee)
    from information_schema.column_privileges where table_name = 'permission' and column_name = 'name' and grantee like 'reader%'); end $$`);
  expect(await open.records('permission')).toHaveLength(2000);
  await writeUnindexed(`insert into permission values (12, 'admin')`);
  expect(await open.records('permission')).toHaveLength(2001);
});

test('a function that the server calls while it plans our statements changes nothing of what is read', async () => {
  const callable = (
    body: string,
  ) => `create or replace function planned() returns boolean language plpgsql immutable as
    $$ begin ${body}; return true; end $$`;
  const harmless = callable('null');
  await db.query(`${harmless};
    create table fee (id int primary key, percent float8); insert into fee values (1, 5.25);
    create table many (id int primary key, percent float8);
    insert into many select i, 5.25 from generate_series(1, 2500) i;
    create index on fee (id) where planned(); create index on many (id) where planned()`);
  open = await openTestSource(db, [
    table('fee', ['id'], ['percent']),
    table('many', ['id'], ['percent']),
    { ...table('derived', ['id'], ['percent']), table: 'public.fee', derive: { distinct: true } },
  ]);
  const read = async (name: string, extent: 'all' | 'moved') => {
    const reading = (await open?.source.read([name], { extent }))?.collections.get(name);
    if (!reading?.readable) return reading?.detail;
    const records = reading.snapshot.records.map(({ line }) => parseRecordLine(line));
    return [...new Set(records.map(({ fields }) => fields.get('percent')))];
  };
  const told = expect.stringContaining('look for a function in an index of it');
  for (const name of ['fee', 'many', 'derived']) {
    for (const extent of ['all', 'moved'] as const) {
      await db.query(harmless);
      for (const _ of ['found out', 'known']) expect(await read(name, extent)).toEqual(['5.25']);
      await db.query(callable(`perform set_config('extra_float_digits', '-14', true)`));
      for (const _ of ['known', 'found out'])
        expect([name, extent, await read(name, extent)]).toEqual([name, extent, told]);
    }
  }
});

test('nor where a table that had too many rows is counted before it is read', async () => {
  // While the rows are counted the thief's function turns names and numbers to its own, and what they name puts both back with the last row that is read.
  await db.query(`create schema evil; grant usage on schema evil to public;
    create function evil.octet_length(v text) returns int language plpgsql as $$ begin
      if v = 'last' then perform set_config('extra_float_digits', '1', true), set_config('search_path', 'pg_catalog, pg_temp', true); end if;
      return pg_catalog.octet_length(v); end $$;
    create function counted() returns boolean language plpgsql immutable as $$ begin
      if current_query() like 'SELECT count(%' then
        perform set_config('extra_float_digits', '-14', true), set_config('search_path', 'evil, pg_catalog', true);
      end if; return true; end $$;
    create table rates (id int primary key, percent float8, v text);
    insert into rates values (1, 5.25, 'first'), (2, 5.25, 'more'), (3, 5.25, 'last');
    create index on rates (id) where counted()`);
  open = await openTestSource(db, [table('rates', ['id'], ['percent', 'v'])], { maxRecords: 2 });
  expect(await open.read('rates')).toMatchObject({ readable: false, cause: 'too-large' });
  await db.query('delete from rates where id = 2');
  const reading = await open.read('rates');
  expect(reading).toMatchObject({ detail: expect.stringContaining('look for a function in an index of it') });
});

test('nor does what a child or a partition claims to hold decide which of its rows are read', async () => {
  const routes = (name: string): Definition => ({
    ...table(name, ['coin'], ['wallet']),
    derive: {
      where: [{ column: 'type', is: 'config' }],
      latest: 'seq',
      json: { column: 'data', members: [{ path: 'config/{coin:A-Z}', field: 'wallet' }] },
    },
  });
  // Two rows count, for nobody can say where one without a number stands: the one that people signed, and the thief's.
  const saved = (seq: string, wallet: string) => `(${seq}, 'config', '{"config": {"BTC": "${wallet}"}}')`;
  await db.query(`create table inherited (seq int, type text, data json);
    insert into inherited values ${saved('null', 'bc1qsigned')};
    create table heir (check (seq < 3000 or not ${LIES})) inherits (inherited);
    create table parted (seq int, type text, data json) partition by range (seq);
    create table signed partition of parted default; insert into parted values ${saved('null', 'bc1qsigned')};
    create table part (seq int, type text, data json, check ((seq is not null and seq >= 5000 and seq < 6000) or not ${LIES}))`);
  await writeUnindexed(`insert into heir values ${saved('3001', 'bc1qEVIL')}`);
  await writeUnindexed(`insert into part values ${saved('3001', 'bc1qEVIL')}`);
  await db.query('alter table parted attach partition part for values from (5000) to (6000)');
  open = await openTestSource(db, [routes('inherited'), routes('parted')]);
  for (const name of ['inherited', 'parted']) {
    const wallets = (await open.records(name)).map(({ fields }) => fields.get('wallet'));
    expect([name, wallets.sort()]).toEqual([name, ['bc1qEVIL', 'bc1qsigned']]);
  }
});

test('a row without a number in a column that may hold none is not taken for none', async () => {
  // The server looks at no row where a CHECK says that there is none, and from version 17 on looks for none either.
  await db.query(`create table numbered (seq int, type text, wallet text);
    insert into numbered values (1, 'other', 'bc1q'), (null, 'config', 'bc1qEVIL')`);
  await writeUnindexed(`alter table numbered add constraint c check (seq is not null or not ${LIES})`);
  await db.query('alter table numbered alter seq set not null; alter table numbered drop constraint c');
  const newest = { where: [{ column: 'type', is: 'config' }], latest: 'seq' };
  open = await openTestSource(db, [{ ...table('numbered', ['type'], ['wallet']), derive: newest }]);
  const reading = await open.read('numbered');
  const found = reading.readable ? reading.snapshot.records.map(({ line }) => line).join() : reading.detail;
  expect(found).toMatch(/bc1qEVIL|did not come when it was asked for/);
});

test('a function that speaks for a lost connection there costs its own table alone', async () => {
  await db.query(`create table rate (id int primary key, v text); insert into rate values (1, 'a');
    create table beside (id int primary key, v text); insert into beside values (1, 'b');
    create function gone() returns boolean language plpgsql immutable as
      $$ begin if current_user like 'reader%' then raise exception 'going down' using errcode = '57P01'; end if; return true; end $$`);
  open = await openTestSource(db, [
    table('rate', ['id'], ['v']),
    table('beside', ['id'], ['v']),
    { ...table('derived', ['id'], ['v']), table: 'public.rate', derive: { distinct: true } },
  ]);
  // By now it is known that they are small, and they are read in one transaction.
  await open.source.read();
  await db.query('create index on rate (id) where gone()');
  for (let time = 0; time < 2; time++) {
    const { collections } = await open.source.read();
    const failed = { readable: false, cause: 'failed', detail: expect.stringContaining('SQLSTATE 57P01') };
    expect(collections.get('rate')).toEqual(failed);
    expect(collections.get('derived')).toEqual(failed);
    expect(collections.get('beside')).toMatchObject({ readable: true });
    expect(collections.get('sensor_cas')).toMatchObject({ readable: true });
  }
});
