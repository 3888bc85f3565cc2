import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { discoverAt } from '../support/discovery.js';
import { LAMASSU_SECRETS, setUpLamassu } from '../support/lamassu.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource } from '../support/postgres-source.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const named = (discovery: Awaited<ReturnType<typeof discoverAt>>, name: string) =>
  discovery.definitions.find((definition) => definition.name === name);

test('the reference schema is suggested as its preset has it, what moves by itself left out, and all of it is read by the poor role', async () => {
  let beats = 0;
  const found = await discoverAt(db.url, {
    watchMs: 2_500,
    onProgress: ({ stage }) => {
      if (stage === 'watching')
        void db.query(`update terminal set errors = ${++beats}, last_ping = now() where id = 7`);
    },
  });
  expect(beats).toBeGreaterThan(0);
  expect(named(found, 'cas_user')).toMatchObject({
    kind: 'admin',
    key: ['id'],
    columns: ['login', 'password_hash', 'person_id', 'group_id', 'enabled', 'two_factor'],
    secret: ['password_hash'],
  });
  expect(named(found, 'user_permission')).toMatchObject({
    kind: 'permission',
    key: ['user_id', 'permission'],
  });
  expect(named(found, 'crypto_setting')).toMatchObject({ kind: 'wallet-route', secret: ['api_key'] });
  expect(named(found, 'terminal')?.columns).toEqual([
    'serial_number',
    'name',
    'type',
    'active',
    'locked',
    'deleted',
    'location_id',
    'organisation_id',
  ]);
  expect(named(found, 'person')?.kind).toBe('contact');
  expect(named(found, 'transaction')).toBeUndefined();
  expect(found.text).toMatch(/# left out, since it changed by itself while watched: .*"errors"/);

  const source = await openTestSource(db, found.definitions);
  try {
    const { collections } = await source.source.read();
    const unread = [...collections].filter(([, reading]) => !reading.readable);
    expect(unread).toEqual([]);
  } finally {
    await source.close();
  }
});

test('no value of the database stands in what is written', async () => {
  const { text } = await discoverAt(db.url);
  const columns = [
    ['cas_user', 'login'],
    ['cas_user', 'password_hash'],
    ['person', 'email'],
    ['crypto_setting', 'sell_wallet_address'],
    ['crypto_setting', 'api_key'],
    ['terminal', 'serial_number'],
  ];
  for (const [table, column] of columns) {
    const rows = await db.query(`select ${column} as value from ${table} where ${column} is not null`);
    expect(rows.length).toBeGreaterThan(0);
    for (const { value } of rows) expect(text).not.toContain(String(value));
  }
});

describe('a lamassu-like schema', () => {
  let lamassu: TestDatabase;
  beforeAll(async () => {
    lamassu = await createTestDatabase();
    await setUpLamassu(lamassu);
  });
  afterAll(() => lamassu.drop());

  test('is suggested with everything sealed that is secret, the settings inside of JSON too', async () => {
    const found = await discoverAt(lamassu.url);
    expect(named(found, 'users')).toMatchObject({
      kind: 'admin',
      secret: ['password', 'twofa_code', 'temp_twofa_code'],
    });
    expect(named(found, 'user_config')).toMatchObject({ kind: 'wallet-route', secret: ['data'] });
    expect(named(found, 'user_register_tokens')).toMatchObject({ kind: 'access-link', secret: ['token'] });
    expect(named(found, 'devices')).toMatchObject({ kind: 'terminal', key: ['device_id'] });
    expect(found.text).toMatch(/UNSURE: secret, for it is JSON with members that look secret: "data"/);
    for (const secret of Object.values(LAMASSU_SECRETS)) expect(found.text).not.toContain(secret);
  });
});

describe('a database that somebody prepared', () => {
  let hostile: TestDatabase;
  beforeAll(async () => {
    hostile = await createTestDatabase();
  });
  afterAll(() => hostile.drop());

  test('with names that are YAML, SQL or escape codes: they are names, and the printed SQL runs with them', async () => {
    await hostile.query(`
      create table "Terminal: {x}" ("id # no" int primary key, "a""b" text, "line
break" text, "${'\u001b'}[31mred" text, "null" text, "- x" text, "üñí 💰" text);
      create table "terminal.dot" (id int primary key, "serial_number'); drop table x; --" text);
      create schema "we ird.""s";
      create table "we ird.""s"."admin '; user" (id int primary key, password text, login text)`);
    const found = await discoverAt(hostile.url);
    const tables = found.definitions.map(({ table }) => table);
    expect(tables).toEqual(
      expect.arrayContaining(['public.Terminal: {x}', 'public."terminal.dot"', `"we ird.""s".admin '; user`]),
    );
    expect(found.text).toMatch(/^[\x20-\x7e\n]*$/);
    const source = await openTestSource(hostile, found.definitions);
    try {
      const { collections } = await source.source.read();
      expect([...collections].filter(([, reading]) => !reading.readable)).toEqual([]);
    } finally {
      await source.close();
    }
  });

  test('with code in casts, row security, views and defaults: none of it runs', async () => {
    await hostile.query(`
      create table ran (what text);
      create function trap(text) returns text language plpgsql as $$ begin raise exception 'ran'; end $$;
      create type mood as enum ('good');
      create function mood_text(mood) returns text language plpgsql as $$ begin raise exception 'ran'; end $$;
      create cast (mood as text) with function mood_text(mood);
      create table terminal_mood (id int primary key, mood mood);
      insert into terminal_mood values (1, 'good');
      create view terminal_view as select trap('x');
      create table terminal_secured (id int primary key);
      alter table terminal_secured enable row level security;
      alter table terminal_secured force row level security;
      create policy p on terminal_secured using (trap('x') = 'x')`);
    const { survey } = await discoverAt(hostile.url);
    const tableOf = (name: string) => survey.tables.find((table) => table.name === name);
    expect(tableOf('terminal_mood')).toMatchObject({ problem: null, sampled: 1 });
    expect(tableOf('terminal_secured')).toMatchObject({ problem: 'row-security', sampled: 0 });
    expect(tableOf('terminal_view')).toBeUndefined();
  });

  test('with code in the expression of an index: the server runs it for whoever reads, which costs that table alone', async () => {
    const body = (text: string) =>
      `create or replace function planned(text) returns text immutable language plpgsql as $$ begin ${text} end $$;`;
    await hostile.query(`${body('return $1;')}
      create table terminal_planned (id int primary key);
      create index on terminal_planned ((planned('x')));
      ${body("raise exception 'ran';")}`);
    const { survey } = await discoverAt(hostile.url);
    expect(survey.tables.find(({ name }) => name === 'terminal_planned')?.problem).toBe('failed');
    expect(survey.tables.filter(({ problem }) => problem === 'failed')).toHaveLength(1);
    await hostile.query('drop table terminal_planned');
  });

  test('is not looked at with the rights of a superuser, whose rights its code would have, unless that is said', async () => {
    await expect(discoverAt(hostile.superuserUrl)).rejects.toMatchObject({ code: 'SOURCE_SURVEY_SUPERUSER' });
    expect(
      (await discoverAt(hostile.superuserUrl, { allowSuperuser: true })).survey.tables.length,
    ).toBeGreaterThan(3);
  });

  test('with a table that is locked: it is named with its reason, and the application waits behind us for a second at most', async () => {
    const locker = await hostile.connectAs(hostile.owner);
    await locker.query('begin; lock table terminal in access exclusive mode');
    const { survey, text } = await discoverAt(hostile.url);
    await locker.query('rollback');
    expect(survey.tables.find(({ name }) => name === 'terminal')?.problem).toBe('timeout');
    expect(text).toContain('# "public.terminal": it was locked, or did not answer in time');
  });
});

test('a role that may only read is enough, and what it may not read is said', async () => {
  const role = await db.createRole('looker');
  await db.query(`grant select on cas_user to "${role}"`);
  const { definitions, text } = await discoverAt(db.urlAs(role));
  expect(definitions.map(({ table }) => table)).toEqual(['public.cas_user']);
  expect(text).toContain('# "public.terminal": the role may not read it');
});

test('a database that cannot be reached, and a wrong password, are told in words without the URL', async () => {
  const url = new URL(db.url);
  url.password = 'wr0ngpassw0rd';
  const told = await discoverAt(url.href).catch((error: Error) => error);
  expect(told).toMatchObject({ code: 'SOURCE_SURVEY_UNREACHABLE' });
  expect(String(told)).not.toContain('wr0ngpassw0rd');
  await expect(discoverAt('postgres://a:b@127.0.0.1:1/x')).rejects.toMatchObject({
    code: 'SOURCE_SURVEY_UNREACHABLE',
  });
});
