import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { LINKED_TEXT } from '../../daemon/sources/postgres/change-log/log-table.js';
import { changeLogSettings } from '../../daemon/sources/postgres/config.js';
import { installSql, uninstallSql } from '../../daemon/sources/postgres/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { readerRole, table } from '../support/postgres-source.js';
import { waitFor } from '../support/wait.js';

const coins = table('crypto_setting', ['id'], ['name', 'sell_wallet_address', 'extra', 'api_key'], {
  secret: ['api_key'],
});
const terminals = table('terminal', ['serial_number'], ['name', 'active']);

let db: TestDatabase;
let app: pg.Client;

const sqlOf = async () => ({
  role: await readerRole(db),
  channel: 'tillwarden',
  definitions: [coins, terminals],
  changeLog: changeLogSettings.parse({ userSetting: 'cas.person' }),
});

beforeAll(async () => {
  db = await createTestDatabase();
  await db.querySuperuser(installSql(await sqlOf()));
  app = await db.connectAs(db.owner);
  await app.query(`set application_name = 'lamassu'; set cas.person = 'bob'; set timezone = 'Asia/Tokyo'`);
});
afterAll(async () => db.drop());

/** Entries of what the statements change, without those of ours that link them. */
async function entriesOf(statements: string, client: pg.Client = app): Promise<Record<string, unknown>[]> {
  const [{ last } = { last: '0' }] = await db.querySuperuser<{ last: string }>(
    'select coalesce(max(id), 0)::text last from tillwarden_log.change',
  );
  await client.query(statements);
  return db.querySuperuser(
    `select * from tillwarden_log.change where id > ${last} and operation not in ('link', 'prune') order by id`,
  );
}

test('each change of a watched value is put down with its values, its transaction and who made it', async () => {
  const entries = await entriesOf(`
    insert into terminal (serial_number, name, type) values ('T1', 'a,"b"', 't');
    update terminal set name = null || '', active = false where false;
    update terminal set name = 'two', active = false where serial_number = 'T1';
    delete from terminal where serial_number = 'T1'`);
  expect(entries).toMatchObject([
    { operation: 'insert', old: null, new: '(T1,"a,""b""",t)', columns: ['serial_number', 'name', 'active'] },
    { operation: 'update', old: '(T1,"a,""b""",t)', new: '(T1,two,f)' },
    { operation: 'delete', old: '(T1,two,f)', new: null },
  ]);
  for (const entry of entries) {
    expect(entry).toMatchObject({
      relation: 'public.terminal',
      session_role: db.owner,
      role: 'none',
      address: '127.0.0.1',
      application: 'lamassu',
      claimed: 'bob',
      transaction: entries[0]?.['transaction'],
    });
  }
});

test('heartbeats are not put down', async () => {
  expect(await entriesOf(`update terminal set last_ping = now(), errors = errors + 1, name = name`)).toEqual(
    [],
  );
});

test('of a secret column nothing stands in the log but that it changed', async () => {
  const entries = await entriesOf(
    `update crypto_setting set api_key = 'hunter-two-' || id where id = (select min(id) from crypto_setting)`,
  );
  expect(entries).toMatchObject([{ operation: 'update', secret: ['api_key'] }]);
  expect(JSON.stringify(entries)).not.toContain('hunter-two');
});

test('somebody who acts as another role is put down with both', async () => {
  const superuser = new URL(db.superuserUrl);
  const [entry] = await db.querySuperuser(`
    set role ${db.owner}; update terminal set name = name || '.' where id = 1; reset role;
    select session_role, role from tillwarden_log.change order by id desc limit 1`);
  expect(entry).toEqual({ session_role: decodeURIComponent(superuser.username), role: db.owner });
});

test('TRUNCATE is put down as one entry', async () => {
  expect(await entriesOf('begin; truncate terminal cascade')).toMatchObject([]);
  await app.query('rollback');
  const entries = await entriesOf('truncate terminal cascade');
  expect(entries).toMatchObject([
    { operation: 'truncate', relation: 'public.terminal', old: null, new: null },
  ]);
});

test('the owner of the tables and our reader may not write the log, nor call what writes it', async () => {
  const reader = await db.connectAs(await readerRole(db));
  for (const client of [app, reader]) {
    for (const attempt of [
      'delete from tillwarden_log.change',
      'update tillwarden_log.change set session_role = null',
      'truncate tillwarden_log.change',
      `insert into tillwarden_log.change (transaction, at, relation, operation) values (1, now(), '', 'x')`,
      'select tillwarden_log.keep(1)',
      'drop table tillwarden_log.change',
      'alter table tillwarden_log.change disable trigger all',
    ]) {
      await expect(client.query(attempt)).rejects.toThrow(/permission denied|must be owner/);
    }
  }
  expect((await reader.query('select count(*) from tillwarden_log.change')).rowCount).toBe(1);
});

test('our function on a table of somebody else puts nothing down', async () => {
  const [{ name } = { name: '' }] = await db.query<{ name: string }>(
    `select tgfoid::regproc::text as name from pg_trigger where tgrelid = 'terminal'::regclass and tgname = 'tillwarden_insert'`,
  );
  expect(name).toMatch(/^tillwarden_log_insert_/);
  const entries = await entriesOf(`
    create table forged (serial_number text, name text, active bool);
    create trigger forged after insert on forged for each row execute function ${name}('public.terminal', 'tillwarden');
    insert into forged values ('T1', 'forged', true)`);
  expect(entries).toEqual([]);
});

test.each([
  ['locked', 'lock table tillwarden_log.change in access exclusive mode', 'rollback'],
  ['full', 'alter table tillwarden_log.change add constraint full_up check (false) not valid', 'commit'],
  ['of another shape', 'alter table tillwarden_log.change drop column session_role', 'commit'],
  ['gone', 'drop table tillwarden_log.change', 'commit'],
])('a log that is %s lets the application write at once, and the change is heard', async (_, harm, end) => {
  const superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  const listener = await db.connectAs(await readerRole(db));
  const heard: string[] = [];
  listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await listener.query('listen tillwarden');
  try {
    await superuser.query(`begin; ${harm}; ${end === 'commit' ? 'commit' : ''}`);
    await app.query(`set statement_timeout = '20s'`);
    await app.query(
      `insert into terminal (serial_number, name, type) values ('N-${Math.random()}', 'n', 't')`,
    );
    await app.query(`update terminal set name = name || '!'`);
    await waitFor(() => heard.length >= 2, { what: 'both to be heard' });
  } finally {
    await superuser.query(end === 'commit' ? 'drop table if exists tillwarden_log.change' : 'rollback');
    await superuser.end();
    await app.query('reset statement_timeout');
    await db.querySuperuser(installSql(await sqlOf()));
  }
  expect(await entriesOf(`update terminal set name = name || '?'`)).not.toEqual([]);
});

test('a dropped or renamed watched column lets the application write', async () => {
  await app.query(
    'alter table terminal rename column name to called; alter table terminal rename column called to name',
  );
  await app.query('begin; alter table terminal drop column active');
  await app.query(`update terminal set name = name || '#'`);
  await app.query('rollback');
});

test('5,000 rows in one transaction are put down each, and now and then an entry vouches for those before it', async () => {
  await app.query(`insert into crypto_setting (id, name, crypto_currency, rate_source, strategy, buy_profit, sell_profit, sell_wallet_address)
    select 10000 + g, 'route ' || g, 'BTC', 'a', 'b', 1, 1, 'x' from generate_series(1, 5000) g`);
  const [counts] = await db.querySuperuser(`
    select (select count(*)::int from tillwarden_log.change where operation = 'insert' and transaction = k.transaction) entries, count(*)::int links,
      bool_and(digest = (select encode(sha256(string_agg(${LINKED_TEXT}, '\\x0a' order by id)), 'hex')
        from tillwarden_log.change l where l.id = any (k.ids))) whole, sum(cardinality(ids))::int > 3000 most
    from tillwarden_log.change k where operation = 'link' group by transaction order by 2 desc limit 1`);
  expect(counts).toEqual({ entries: 5_000, links: expect.any(Number), whole: true, most: true });
});

test('what is older than the log is kept goes by itself, and that is put down', async () => {
  await db.querySuperuser(`update tillwarden_log.change set at = now() - interval '91 days'
    where id in (select id from tillwarden_log.change order by id limit 1500)`);
  await app.query(`update crypto_setting set name = name || '-'`);
  const [kept] =
    await db.querySuperuser(`select min(id) > max(ids[1]) filter (where operation = 'prune') as rest,
    count(*) filter (where at < now() - interval '90 days')::int as old from tillwarden_log.change`);
  expect(kept).toEqual({ rest: true, old: 0 });
});

test('lastval() of the application stays its own, and serializable transactions do not collide over the log', async () => {
  const [one, two] = [await db.connectAs(db.owner), await db.connectAs(db.owner)];
  const inserted = await one.query(
    `insert into terminal (serial_number, name, type) values ('L1', 'n', 't') returning id`,
  );
  expect((await one.query('select lastval() as id')).rows).toEqual(inserted.rows);
  for (const client of [one, two]) await client.query('begin isolation level serializable; select 1');
  await one.query(`update crypto_setting set name = 'one' where id between 10001 and 10600`);
  await two.query(`update crypto_setting set name = 'two' where id between 11001 and 11600`);
  await one.query('commit');
  await two.query('commit');
});

test('whoever may create roles and owns the tables can install it, and is no member of its owner afterwards', async () => {
  const own = await createTestDatabase();
  try {
    await own.querySuperuser(`alter role ${own.owner} createrole; alter schema public owner to ${own.owner}`);
    await own.querySuperuser(`grant create on database ${own.name} to ${own.owner}`);
    const role = await readerRole(own);
    const sql = {
      role,
      channel: 'tillwarden',
      definitions: [terminals],
      changeLog: changeLogSettings.parse({}),
    };
    for (let n = 0; n < 2; n++) await own.query(installSql(sql));
    await own.query(`insert into terminal (serial_number, name, type) values ('T1', 'n', 't')`);
    const reader = await own.connectAs(role);
    expect((await reader.query('select operation from tillwarden_log.change')).rows).toEqual([
      { operation: 'insert' },
    ]);
    await expect(own.query('delete from tillwarden_log.change')).rejects.toThrow('permission denied');
    await own.query(uninstallSql(sql).replace(/DROP ROLE IF EXISTS "reader_[^_]*";/, ''));
    expect(await own.query(`select relname from pg_class where relname like 'tillwarden%'`)).toEqual([]);
    expect(await own.query(`select proname from pg_proc where proname like 'tillwarden%'`)).toEqual([]);
  } finally {
    await own.drop();
  }
});
