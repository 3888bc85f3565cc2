import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { installSql, uninstallSql } from '../../daemon/sources/postgres/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { readerRole, table } from '../support/postgres-source.js';
import { waitFor } from '../support/wait.js';

let db: TestDatabase;
let listener: pg.Client;
let app: pg.Client;
const heard: string[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
  listener = await db.connectAs(await readerRole(db));
  listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await listener.query('listen tillwarden');
  app = await db.connectAs(db.owner);
});
afterAll(async () => db.drop());

async function install(...tables: ReturnType<typeof table>[]): Promise<void> {
  await db.query(installSql({ role: await readerRole(db), channel: 'tillwarden', definitions: tables }));
}

/** What is heard of these statements: of one connection's notifications, those between two fences. */
async function heardOf(...statements: readonly string[]): Promise<string[]> {
  const fence = async (): Promise<number> => {
    const text = `fence ${Math.random()}`;
    await app.query('select pg_notify($1, $2)', ['tillwarden', text]);
    await waitFor(() => heard.includes(text), { what: 'the fence' });
    return heard.indexOf(text);
  };
  const from = await fence();
  for (const statement of statements) await app.query(statement);
  const to = await fence();
  return heard.slice(from + 1, to);
}

describe('the printed triggers notify of', () => {
  const coins = table('crypto_setting', ['id'], ['name', 'sell_wallet_address', 'extra', 'api_key']);
  const terminals = table('terminal', ['id'], ['serial_number', 'name', 'active']);
  const named = 'public.terminal';
  beforeAll(async () => install(terminals, coins));

  test.each([
    ['INSERT', "insert into terminal (serial_number, name, type) values ('T1', 'n', 't')"],
    ['UPDATE of a watched column', "update terminal set name = 'm' where serial_number = 'T1'"],
    ['UPDATE to null and back', "update terminal set active = not active where serial_number = 'T1'"],
    ['DELETE', "delete from terminal where serial_number = 'T1'"],
    ['several rows of one statement, once', null],
    ['TRUNCATE', 'truncate terminal cascade'],
  ])('%s', async (_, statement) => {
    const statements = statement
      ? [statement]
      : [
          "insert into terminal (serial_number, name, type) select 'C' || g, 'n', 't' from generate_series(1, 5) g",
        ];
    expect(await heardOf(...statements)).toEqual([named]);
  });

  test('a change that session_replication_role = replica hides from other triggers', async () => {
    const superuser = await db.connectAs(db.owner);
    await db.querySuperuser(`grant set on parameter session_replication_role to ${db.owner}`);
    await superuser.query('set session_replication_role = replica');
    heard.length = 0;
    await superuser.query("insert into terminal (serial_number, name, type) values ('R1', 'n', 't')");
    await waitFor(() => heard.includes(named), { what: 'the notification' });
    await db.querySuperuser(`revoke set on parameter session_replication_role from ${db.owner}`);
  });

  test('a change that a trigger of the application makes, whatever columns the statement names', async () => {
    await app.query(`create function rename() returns trigger language plpgsql as $$ begin new.name := 'by trigger'; return new; end $$;
      create trigger renaming before update on terminal for each row when (new.errors = 99) execute function rename()`);
    expect(await heardOf("update terminal set errors = 99 where serial_number = 'R1'")).toEqual([named]);
    await app.query('drop trigger renaming on terminal; drop function rename()');
  });

  test('nothing when only other columns change: heartbeats, by UPDATE and by upsert, are silent', async () => {
    await app.query("insert into terminal (serial_number, name, type) values ('H1', 'n', 't')");
    expect(
      await heardOf(
        'update terminal set last_ping = now(), errors = errors + 1, rates = \'{"BTC": 1}\'',
        "insert into terminal (serial_number, name, type) values ('H1', 'n', 't') on conflict (serial_number) do update set last_ping = now()",
        'update terminal set name = name, serial_number = serial_number',
        'delete from terminal where false',
        'insert into terminal (serial_number, name, type) select 1, 1, 1 where false',
      ),
    ).toEqual([]);
  });

  test('a json column, which has no equality: a change is heard and the application is not disturbed', async () => {
    await app.query(`truncate crypto_setting cascade; insert into crypto_setting (name, crypto_currency, rate_source, strategy, buy_profit, sell_profit, extra)
      values ('btc', 'BTC', 'r', 's', 1, 1, '{"a": 1}')`);
    expect(await heardOf(`update crypto_setting set extra = '{"a": 2}'`)).toEqual(['public.crypto_setting']);
    expect(await heardOf('update crypto_setting set buy_profit = 2')).toEqual([]);
    expect(await heardOf('update crypto_setting set extra = null')).toEqual(['public.crypto_setting']);
  });
});

describe('the printed triggers never make a statement of the application fail', () => {
  test('when a watched column is altered, renamed or dropped', async () => {
    await app.query(
      `create table moving (id int primary key, v text, w int); insert into moving values (1, 'a', 1)`,
    );
    await install(table('moving', ['id'], ['v', 'w']));
    await app.query('update moving set w = 2');
    await app.query('alter table moving alter column v type varchar(50), alter column w type bigint');
    await app.query("update moving set v = 'b', w = 3");
    await app.query('alter table moving rename column v to u');
    await app.query("update moving set u = 'c'");
    await app.query('alter table moving drop column w');
    await app.query(
      "update moving set u = 'd'; insert into moving values (2, 'x'); delete from moving where id = 2; truncate moving",
    );
    await app.query('drop table moving');
  });

  test('when nobody but superusers may notify', async () => {
    await app.query('create table mute (id int primary key, v text)');
    await install(table('mute', ['id'], ['v']));
    await db.querySuperuser('revoke execute on function pg_notify(text, text) from public');
    try {
      await app.query(
        "insert into mute values (1, 'a'); update mute set v = 'b'; delete from mute; truncate mute",
      );
    } finally {
      await db.querySuperuser('grant execute on function pg_notify(text, text) to public');
    }
  });

  test('when the application, owning nothing of ours, adds a partition and writes to it', async () => {
    await db.querySuperuser(
      `alter default privileges for role ${db.owner} revoke execute on functions from public`,
    );
    await app.query('create table parted (id int, v text) partition by range (id)');
    await install(table('parted', ['id'], ['v']));
    await db.querySuperuser(
      `alter table parted owner to ${db.app}; grant create on schema public to ${db.app}`,
    );
    const other = await db.connectAs(db.app);
    await other.query('create table parted_one partition of parted for values from (0) to (10)');
    heard.length = 0;
    await other.query("insert into parted values (1, 'a')");
    await other.query("update parted_one set v = 'b'");
    await waitFor(() => heard.filter((payload) => payload === 'public.parted').length === 2, {
      what: 'both notifications',
    });
    await db.querySuperuser(
      `alter table parted owner to ${db.owner}; alter table parted_one owner to ${db.owner}; alter default privileges for role ${db.owner} grant execute on functions to public`,
    );
    await install(table('parted', ['id'], ['v']));
    expect(await heardOf('delete from parted_one where id = 1')).toEqual(['public.parted']);
  });

  test('in tables and columns with hostile names', async () => {
    const name = `"a.b""$tillwarden$ '\\ é; --\n"`;
    await app.query(`create table public.${name} (${name} int, v text)`);
    const column = `a.b"$tillwarden$ '\\ é; --\n`;
    await install(table('hostile', [column], ['v'], { table: `public.${name}` }));
    const payload = await heardOf(
      `insert into public.${name} values (1, 'x')`,
      `update public.${name} set v = 'y'`,
    );
    expect(payload).toEqual([`public.${name}`, `public.${name}`]);
  });
});

describe('the printed SQL', () => {
  const rights = async () =>
    db.query<{ held: string }>(
      `select c.relname || coalesce('.' || a.attname, '') as held from pg_class c left join pg_attribute a on a.attrelid = c.oid,
        aclexplode(coalesce(a.attacl, c.relacl)) x join pg_roles r on r.oid = x.grantee where r.rolname = $1 order by 1`,
      [await readerRole(db)],
    );
  const triggers = async () =>
    db.query<{
      name: string;
    }>(`select concat_ws(' ', tgrelid::regclass, tgname, tgenabled) as name from pg_trigger
      where tgname ~ '^tillwarden' and tgparentid = 0 order by 1`);

  const ourFunctions = async () =>
    db.query("select oid::regprocedure::text from pg_proc where proname ~ '^tillwarden_hint'");

  test('may be run again, and then rights and triggers are those of the newest configuration', async () => {
    await install(table('terminal', ['id'], ['name']), table('person', ['id'], ['email']));
    await install(table('person', ['id'], ['phone']));
    await install(table('person', ['id'], ['phone']));
    expect((await rights()).map(({ held }) => held)).toEqual(['person.id', 'person.phone', 'person.xmin']);
    expect((await triggers()).map(({ name }) => name)).toEqual([
      'person tillwarden_delete A',
      'person tillwarden_insert A',
      'person tillwarden_truncate A',
      'person tillwarden_update A',
    ]);
    expect(await heardOf('update person set email = email || 1')).toEqual([]);
    expect(await heardOf('update person set phone = 1')).toEqual(['public.person']);
  });

  test('without hints makes the role only', async () => {
    await install(table('person', ['id'], ['phone']));
    await db.query(
      installSql({
        role: await readerRole(db),
        channel: null,
        definitions: [table('person', ['id'], ['phone'])],
      }),
    );
    expect(await triggers()).toEqual([]);
    expect(await rights()).toHaveLength(3);
    expect(await ourFunctions()).toEqual([]);
  });

  test('gives up rather than make the application wait', async () => {
    const locker = await db.connectAs(db.owner);
    await locker.query('begin; update person set phone = 2');
    const sql = installSql({
      role: await readerRole(db),
      channel: 'tillwarden',
      definitions: [table('person', ['id'], ['phone'])],
    });
    const installer = await db.connectAs(db.owner);
    await expect(
      installer.query(sql.replace("lock_timeout = '5s'", "lock_timeout = '50ms'")),
    ).rejects.toMatchObject({ code: '55P03' });
    await locker.query('rollback');
    expect(sql).toContain("SET LOCAL lock_timeout = '5s'");
  });

  test('makes a role that may log in and nothing else, and takes everything back', async () => {
    const role = `made_${db.name}`;
    const definitions = [table('person', ['id'], ['phone']), table('terminal', ['id'], ['name'])];
    await db.querySuperuser(installSql({ role, channel: 'tillwarden', definitions }));
    const [made] =
      await db.query(`select rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
      from pg_roles where rolname = '${role}'`);
    expect(made).toEqual({
      rolcanlogin: true,
      rolsuper: false,
      rolinherit: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
    });
    await db.querySuperuser(uninstallSql({ role }));
    await db.querySuperuser(uninstallSql({ role }));
    expect(await db.query(`select from pg_roles where rolname = '${role}'`)).toEqual([]);
    expect(await triggers()).toEqual([]);
    expect(await ourFunctions()).toEqual([]);
    expect(await heardOf('update person set phone = 3')).toEqual([]);
  });

  test('takes the place of what older versions installed in a schema of their own', async () => {
    await db.query(`create schema tillwarden;
      create function tillwarden.hint() returns trigger language plpgsql as 'begin return null; end';
      create function tillwarden.hint_update_0123456789ab() returns trigger language plpgsql as 'begin return null; end';
      create trigger tillwarden_insert after insert on person for each row execute function tillwarden.hint('public.person', 'tillwarden');
      create trigger tillwarden_insert after insert on location for each row execute function tillwarden.hint('public.location', 'tillwarden')`);
    await install(table('person', ['id'], ['phone']));
    expect(await db.query("select from pg_namespace where nspname = 'tillwarden'")).toEqual([]);
    expect((await triggers()).map(({ name }) => name)).toEqual([
      'person tillwarden_delete A',
      'person tillwarden_insert A',
      'person tillwarden_truncate A',
      'person tillwarden_update A',
    ]);
    expect(await heardOf('update person set phone = 4')).toEqual(['public.person']);
  });

  test('refuses a function of our name that somebody else made beforehand and could alter later', async () => {
    const definitions = [table('waiting', ['id'], ['v'], { table: 'lobby.waiting' })];
    const role = `refusing_${db.name}`;
    await db.query(
      `create schema lobby; grant usage, create on schema lobby to ${db.app}; create table lobby.waiting (id int, v text)`,
    );
    const thief = await db.connectAs(db.app);
    await thief.query(
      "create function lobby.tillwarden_hint() returns trigger language plpgsql as 'begin return null; end'",
    );
    const installed = db.querySuperuser(installSql({ role, channel: 'tillwarden', definitions }));
    await expect(installed).rejects.toThrow(
      /function lobby\.tillwarden_hint\(\) belongs to \w+, who could change/,
    );
    await thief.query('drop function lobby.tillwarden_hint()');
    await db.querySuperuser(installSql({ role, channel: 'tillwarden', definitions }));
    await db.querySuperuser(uninstallSql({ role }));
  });
});
