import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Definition, parseRecordLine } from '../../baselines/index.js';
import { sensorChange } from '../../daemon/policy/sensor-reach.js';
import { installSql } from '../../daemon/sources/postgres/sql.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { openTestSource, readerRole, type TestSource, table } from '../support/postgres-source.js';

// The sensor sees all roles of a server: other tests must not make any there.
let own: OwnPostgres;
let db: TestDatabase;
let source: TestSource;
const watched = [
  table('terminal', ['id'], ['serial_number', 'name']),
  table('crypto_setting', ['id'], ['sell_wallet_address']),
];

beforeAll(async () => {
  own = await startOwnPostgres();
  db = await own.createDatabase();
});
beforeEach(async () => {
  source = await openTestSource(db, watched);
});
afterEach(async () => source.close());
afterAll(async () => {
  await db.drop();
  await own.close();
});

/** The sensor's records, by "object,identity". */
async function sensed(): Promise<Map<string, string>> {
  const records = await source.records('sensor_cas');
  const lines = records.map((record) => [record.key.join(), JSON.stringify([...record.fields])] as const);
  expect(new Set(lines.map(([key]) => key)).size).toBe(lines.length);
  return new Map(lines);
}

/** Keys of the records that these statements add, change or remove; what they leave behind is undone by `undo`. */
async function moved(sql: string, undo: string, superuser = false): Promise<string[]> {
  const run = superuser ? db.querySuperuser : db.query;
  const before = await sensed();
  await run(sql);
  const after = await sensed();
  await run(undo);
  const keys = [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => before.get(key) !== after.get(key),
  );
  expect(await sensed()).toEqual(before);
  return keys.sort();
}

describe('the sensor sees', () => {
  const thief = 'create function divert() returns trigger language plpgsql as $$ begin return new; end $$;';

  test.each<[string, string, string, string[]]>([
    [
      "a trigger on a table that nobody watches, August's thief's second way",
      `${thief} create trigger divert before insert on transaction for each row execute function divert()`,
      'drop trigger divert on transaction; drop function divert()',
      ['function,public.divert()', 'trigger,public.transaction.divert'],
    ],
    [
      'a function whose source changes',
      'create function rate() returns int language sql as $$ select 2 $$',
      'drop function rate()',
      ['function,public.rate()'],
    ],
    [
      'our own trigger being disabled',
      'alter table terminal disable trigger tillwarden_update',
      'alter table terminal enable always trigger tillwarden_update',
      ['trigger,public.terminal.tillwarden_update'],
    ],
    [
      'a rule, and a view by its rule',
      'create rule drop_it as on insert to transaction do instead nothing; create view v as select 1 as one',
      'drop rule drop_it on transaction; drop view v',
      ['rule,public.transaction.drop_it', 'rule,public.v."_RETURN"'],
    ],
    [
      'a policy and row security',
      'alter table person enable row level security; create policy p on person using (true)',
      'drop policy p on person; alter table person disable row level security',
      ['policy,public.person.p', 'row-security,public.person'],
    ],
    [
      'a default, on any table',
      "alter table transaction alter column address set default 'bc1qthief'",
      'alter table transaction alter column address drop default',
      ['default,public.transaction.address'],
    ],
    [
      'a foreign key that begins to cascade',
      'alter table transaction drop constraint transaction_terminal_id_fkey; alter table transaction add foreign key (terminal_id) references terminal on delete cascade',
      'alter table transaction drop constraint transaction_terminal_id_fkey; alter table transaction add foreign key (terminal_id) references terminal',
      [
        'constraint,public.transaction.transaction_terminal_id_fkey',
        'constraint-trigger,public.terminal: RI_FKey_cascade_del of public.transaction.transaction_terminal_id_fkey',
        'constraint-trigger,public.terminal: RI_FKey_noaction_del of public.transaction.transaction_terminal_id_fkey',
      ],
    ],
    [
      'a child of a watched table',
      'create table terminal_child () inherits (terminal)',
      'drop table terminal_child',
      ['inheritance,public.terminal_child of public.terminal', 'watched-table,public.terminal_child'],
    ],
    [
      'a table of the same name in another schema',
      'create schema evil; create table evil.terminal (id int)',
      'drop schema evil cascade',
      ['namesake,evil.terminal', 'schema,evil'],
    ],
    [
      'grants on a watched table and on one of its columns',
      'grant update on terminal to public; grant update (sell_wallet_address) on crypto_setting to public',
      'revoke update on terminal from public; revoke update (sell_wallet_address) on crypto_setting from public',
      ['watched-table,public.crypto_setting', 'watched-table,public.terminal'],
    ],
    [
      'labels of an enum, domains and casts',
      "create type coin as enum ('BTC'); create domain addr as text check (value <> ''); create function c(coin) returns int language sql as 'select 1'; create cast (coin as int) with function c(coin)",
      'drop type coin cascade; drop domain addr',
      [
        'cast,public.coin as integer',
        'constraint,public.addr.addr_check',
        'domain,public.addr',
        'enum,public.coin',
        'function,public.c(public.coin)',
      ],
    ],
    [
      'an operator that takes the place of a built-in one',
      "create function same(text, text) returns bool language sql as 'select true'; create operator public.= (leftarg = text, rightarg = text, function = same)",
      'drop operator public.= (text, text); drop function same(text, text)',
      ['function,public.same(text, text)', 'operator,public.=(text, text)'],
    ],
  ])('%s', async (_, sql, undo, keys) => {
    const found = await moved(sql, undo);
    // A table's own constraints and defaults come along with it.
    expect(
      found.filter((key) => !/^(constraint|default|constraint-trigger),public\.terminal_child/.test(key)),
    ).toEqual(keys);
  });

  test('a setting bound to a role, its value too; of one that may be a password only that it was touched', async () => {
    const set = `alter role ${db.app} in database ${db.name} set search_path = evil, public; alter role ${db.app} in database ${db.name} set app.password = 'hunter2'`;
    const before = await sensed();
    await db.querySuperuser(set);
    const after = await sensed();
    const path = after.get(`bound-setting,search_path for ${db.app} in this database`);
    expect(path).toContain('evil, public');
    const hidden = after.get(`bound-setting,app.password for ${db.app} in this database`);
    expect(hidden).toBeDefined();
    expect([...after.values()].join()).not.toContain('hunter2');
    await db.querySuperuser(`alter role ${db.app} in database ${db.name} set app.password = 'hunter3'`);
    expect((await sensed()).get(`bound-setting,app.password for ${db.app} in this database`)).not.toBe(
      hidden,
    );
    await db.querySuperuser(`alter role ${db.app} in database ${db.name} reset all`);
    expect(await sensed()).toEqual(before);
  });

  test('a role that becomes superuser, joins another, or appears; an event trigger; a foreign table', async () => {
    const other = await db.createRole('other');
    expect(await moved(`alter role ${other} superuser`, `alter role ${other} nosuperuser`, true)).toEqual([
      `role,${other}`,
    ]);
    const joined = await moved(`grant ${db.owner} to ${other}`, `revoke ${db.owner} from ${other}`, true);
    expect(joined).toEqual([expect.stringContaining(`membership,${other} in ${db.owner}`)]);
    expect(
      await moved(
        "create function et() returns event_trigger language plpgsql as 'begin end'; create event trigger et on ddl_command_end execute function et()",
        'drop event trigger et; drop function et()',
        true,
      ),
    ).toEqual(['event-trigger,et', 'function,public.et()']);
    const outside = await moved(
      "create foreign data wrapper w; create server s foreign data wrapper w options (password 'hunter2'); create foreign table f (a int) server s",
      'drop foreign data wrapper w cascade',
      true,
    );
    expect(outside).toEqual(['foreign-server,s', 'foreign-table,public.f']);
  });

  test('a temporary table and a temporary view of a watched name, whoever made them, until they are gone', async () => {
    const before = await sensed();
    const session = await db.connectAs(db.app);
    await session.query(
      'create temp table crypto_setting as select 1 as id; create temp view terminal as select 1 as id',
    );
    const after = await sensed();
    const found = [...after.keys()].filter((key) => !before.has(key)).sort();
    expect(found).toEqual([
      expect.stringMatching(/^temporary-namesake,pg_temp_\d+\.crypto_setting$/),
      expect.stringMatching(/^temporary-namesake,pg_temp_\d+\.terminal$/),
    ]);
    expect(after.get(found[0] ?? '')).toContain(db.app);
    await session.query('discard temp');
    expect(await sensed()).toEqual(before);
  });

  test('that our role may no longer read which transaction wrote a row', async () => {
    const reader = await readerRole(db);
    expect(
      await moved(
        `revoke select (xmin) on terminal from ${reader}`,
        `grant select (xmin) on terminal to ${reader}`,
      ),
    ).toEqual(['unmarked-table,public.terminal']);
  });

  test('rights on a parameter of the server, and default privileges', async () => {
    expect(
      await moved(
        `grant set on parameter session_replication_role to ${db.app}`,
        `revoke set on parameter session_replication_role from ${db.app}`,
        true,
      ),
    ).toEqual(['parameter-grant,session_replication_role']);
    expect(
      await moved(
        'alter default privileges in schema public grant insert on tables to public',
        'alter default privileges in schema public revoke insert on tables from public',
      ),
    ).toEqual([`default-privileges,of ${db.owner} on tables in public`]);
  });

  test('a function that a superuser plants among the built-in ones', async () => {
    const planted = await moved(
      "set allow_system_table_mods = on; create function pg_catalog.lower(name) returns text language sql as 'select $1::text'; reset allow_system_table_mods",
      'drop function pg_catalog.lower(name)',
      true,
    );
    expect(planted).toEqual(['function,pg_catalog.lower(name)']);
  });
});

/** Keys of changed records by whether they play down, as the policy decides. What the statements leave behind is undone by `undo`. */
async function ranked(
  sql: string,
  undo: string,
): Promise<{ slight: string[]; severe: string[]; ranked: string[] }> {
  const lines = async () => {
    const reading = await source.read('sensor_cas');
    if (!reading.readable) throw new Error(reading.detail);
    return new Map(reading.snapshot.records.map(({ line }) => [parseRecordLine(line).key.join(), line]));
  };
  const before = await lines();
  await db.querySuperuser(sql);
  const after = await lines();
  await db.querySuperuser(undo);
  const found = { slight: [] as string[], severe: [] as string[], ranked: [] as string[] };
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [was, is] = [before.get(key), after.get(key)];
    if (was === is) continue;
    const type = was === undefined ? 'added' : is === undefined ? 'removed' : 'modified';
    const lines = { before: was ?? null, after: is === undefined ? [] : [is] };
    const change = sensorChange('sensor', type, lines);
    found[change?.slight ? 'slight' : 'severe'].push(key);
    if (change?.ranked != null) found.ranked.push([key, change.ranked.schema].join(' in '));
  }
  return found;
}

describe('of what can touch nothing watched', () => {
  const january = `create table ledger_01 partition of ledger for values from (1) to (100)`;

  beforeAll(async () => {
    await db.query(`create function stamp() returns trigger language plpgsql as 'begin return new; end';
      create table ledger (id int primary key, day int references terminal, note text default 'none' check (length(note) < 9)) partition by range (id);
      create trigger stamp before insert on ledger for each row execute function stamp()`);
  });
  afterAll(async () => {
    await db.query('drop table ledger; drop function stamp()');
  });

  test('a monthly partition, its keys, copied default and copied trigger are played down', async () => {
    const { slight, severe } = await ranked(january, 'drop table ledger_01');
    expect(severe).toEqual([]);
    expect(slight).toEqual(
      expect.arrayContaining([
        'constraint,public.ledger_01.ledger_01_pkey',
        'default,public.ledger_01.note',
        'inheritance,public.ledger_01 of public.ledger',
        'trigger,public.ledger_01.stamp',
      ]),
    );
  });

  test('a role that may log in and nothing else is played down as it comes and goes, and not when it is altered', async () => {
    const made = await ranked('create role v_token_1 login', 'drop role v_token_1');
    expect(made.severe).toEqual([]);
    expect(made.slight).toContain('role,v_token_1');
    await db.querySuperuser('create role v_token_1 nologin');
    const altered = await ranked('alter role v_token_1 login', 'alter role v_token_1 nologin');
    expect(altered).toEqual({
      slight: [],
      severe: ['role,v_token_1'],
      ranked: ['role,v_token_1 in v_token_1'],
    });
    const raised = await ranked('alter role v_token_1 createrole', 'alter role v_token_1 nocreaterole');
    expect(raised.severe).toEqual(['role,v_token_1']);
    const joined = await ranked(`grant ${db.owner} to v_token_1`, `revoke ${db.owner} from v_token_1`);
    expect(joined.severe).toEqual([expect.stringContaining('membership,v_token_1 in')]);
    await db.querySuperuser('drop role v_token_1');
  });

  test.each([
    [
      "a partition's default that is not its parent's",
      `${january}; alter table ledger_01 alter note set default 'bc1qthief'`,
      'default,public.ledger_01.note',
    ],
    [
      "a partition's trigger switched off",
      `${january}; alter table ledger_01 disable trigger stamp`,
      'trigger,public.ledger_01.stamp',
    ],
    [
      'a check that calls a function',
      `${january}; alter table ledger_01 add constraint c check (set_config('search_path', 'evil', false) is not null)`,
      'constraint,public.ledger_01.c',
    ],
    [
      'a foreign key to a watched table',
      `${january}; create table side (t int constraint fk references terminal)`,
      'constraint,public.side.fk',
    ],
    [
      'a child of a watched table',
      `${january}; create table side () inherits (terminal)`,
      'inheritance,public.side of public.terminal',
    ],
  ])('%s is as severe as ever', async (_, sql, key) => {
    expect((await ranked(sql, 'drop table ledger_01; drop table if exists side')).severe).toContain(key);
  });
});

describe('rules may rank', () => {
  test.each([
    [
      'a function',
      `create function own() returns int language sql as 'select 1'`,
      'drop function own()',
      'function,public.own() in public',
    ],
    [
      'a trigger on a table that nobody watches',
      `create function own() returns trigger language plpgsql as 'begin return new; end'; create trigger t before insert on transaction for each row execute function own()`,
      'drop trigger t on transaction; drop function own()',
      'trigger,public.transaction.t in public',
    ],
    [
      'a view of such a table',
      'create schema reports; create view reports.v as select id from transaction',
      'drop schema reports cascade',
      'rule,reports.v."_RETURN" in reports',
    ],
    [
      'a type that no watched column has',
      `create type kind as enum ('a')`,
      'drop type kind',
      'enum,public.kind in public',
    ],
    ['a schema', 'create schema reports', 'drop schema reports', 'schema,reports in reports'],
  ])('%s', async (_, sql, undo, key) => {
    const { ranked: found, slight } = await ranked(sql, undo);
    expect(found).toContain(key);
    expect(slight).toEqual([]);
  });

  test.each([
    [
      'a function that a trigger of a watched table calls',
      `create function own() returns trigger language plpgsql as 'begin return new; end'; create trigger t before insert on terminal for each row execute function own()`,
      'drop trigger t on terminal; drop function own()',
    ],
    ['a view of a watched table', 'create view v as select id from terminal', 'drop view v'],
    [
      'a function behind a policy of a watched table',
      `create function own() returns bool language sql as 'select true'; create policy p on terminal using (own())`,
      'drop policy p on terminal; drop function own()',
    ],
    [
      'a grant on a watched table',
      'grant update on terminal to public',
      'revoke update on terminal from public',
    ],
    [
      'rights of the owner of a watched table',
      "do $$begin execute format('alter role %I createrole', (select tableowner from pg_tables where tablename = 'terminal' and schemaname = 'public')); end$$",
      "do $$begin execute format('alter role %I nocreaterole', (select tableowner from pg_tables where tablename = 'terminal' and schemaname = 'public')); end$$",
    ],
    [
      'a key to a watched table',
      'create table side (t int constraint fk references terminal)',
      'drop table side',
    ],
    [
      'an extension, a language, an event trigger',
      `create function own() returns event_trigger language plpgsql as 'begin end'; create event trigger e on ddl_command_end execute function own()`,
      'drop event trigger e; drop function own()',
    ],
  ])('never %s', async (_, sql, undo) => {
    const { ranked: found, severe } = await ranked(sql, undo);
    expect(severe.length).toBeGreaterThan(0);
    expect(found.filter((key) => severe.some((one) => key.startsWith(`${one} in `)))).toEqual([]);
  });
});

test('what "tillwarden sql" prints for one more table is known as ours; nothing that only looks like it is', async () => {
  const ours = /^(function,public\.tillwarden_hint|trigger,public\.person\.tillwarden_)/;
  const role = await readerRole(db);
  const sql = (definitions: readonly Definition[]) =>
    installSql({ role, channel: 'tillwarden', definitions });
  const more = await ranked(sql([...watched, table('person', ['id'], ['email'])]), sql(watched));
  expect(more.slight.filter((key) => ours.test(key))).toHaveLength(5);
  expect(more.severe.filter((key) => ours.test(key))).toEqual([]);

  const update = (await source.records('sensor_cas')).find(({ key }) =>
    key[1]?.startsWith('public.tillwarden_hint_update_'),
  );
  const name = update?.key[1]?.replace('()', '') ?? '';
  const [{ source: body } = { source: '' }] = await db.query<{ source: string }>(
    'select prosrc as source from pg_proc where oid = $1::regprocedure',
    [`${name}()`],
  );
  const remade = (text: string, options = '') =>
    `create or replace function ${name}() returns trigger language plpgsql ${options} as $fake$${text}$fake$`;
  for (const fake of [
    remade(body.replace('RETURN NULL', 'UPDATE crypto_setting SET sell_wallet_address = NULL; RETURN NULL')),
    remade(body.replace('ROW(OLD."id"', 'ROW(OLD."id", evil()')),
    remade(body, 'security definer'),
    remade(body, 'set search_path = evil'),
    'alter table terminal disable trigger tillwarden_insert',
    'alter table terminal enable trigger tillwarden_insert',
    `alter function ${name}() owner to ${db.app}`,
  ]) {
    const undo = `${remade(body)}; alter function ${name}() security invoker; alter function ${name}() reset all;
      alter function ${name}() owner to ${db.owner}; alter table terminal enable always trigger tillwarden_insert`;
    const { slight, severe } = await ranked(fake, undo);
    expect([fake, severe.length, slight]).toEqual([fake, expect.any(Number), []]);
    expect(severe.length).toBeGreaterThan(0);
  }
});

test('a changed function, default, policy, view or trigger is shown in words a person can read, a password is not', async () => {
  await db.query(`create function pay() returns text language sql as $$ select 'bc1qthief' $$;
    create function dial() returns text language sql as $$ select 'password=hunter2' $$;
    create function long() returns text language sql as $$ select '${'x'.repeat(70_000)}' $$;
    alter table crypto_setting alter sell_wallet_address set default 'bc1qthief';
    create policy everybody on person using (true);
    create view shown as select name from terminal;
    alter table terminal disable trigger tillwarden_update`);
  const found = new Map(
    (await source.records('sensor_cas')).map(({ key, fields }) => [
      key.join(),
      JSON.parse(fields.get('definition') ?? ''),
    ]),
  );
  const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(found.get('function,public.pay()')).toMatchObject({
    source: " select 'bc1qthief' ",
    sourceSha256: sha256,
  });
  expect(found.get('function,public.dial()')).toMatchObject({
    source: expect.stringMatching(/^withheld/),
    sourceSha256: sha256,
  });
  expect(JSON.stringify([...found])).not.toContain('hunter2');
  expect(found.get('function,public.long()').source).toHaveLength(2000);
  expect(found.get('default,public.crypto_setting.sell_wallet_address')).toMatchObject({
    expression: expect.stringContaining("'bc1qthief'"),
    expressionSha256: sha256,
  });
  expect(found.get('policy,public.person.everybody')).toMatchObject({ using: 'true', usingSha256: sha256 });
  expect(found.get('rule,public.shown."_RETURN"')).toMatchObject({
    reads: expect.arrayContaining(['public.terminal.name']),
    place: { action: sha256 },
  });
  expect(found.get('trigger,public.terminal.tillwarden_update')).toMatchObject({
    enabled: 'trigger switched off',
  });
  // The same default typed otherwise is the same.
  const before = await sensed();
  await db.query(`alter table crypto_setting alter sell_wallet_address set default   'bc1qthief'`);
  expect(await sensed()).toEqual(before);
  await db.query(`drop function pay(); drop function dial(); drop function long(); drop view shown; drop policy everybody on person;
    alter table crypto_setting alter sell_wallet_address drop default; alter table terminal enable always trigger tillwarden_update`);
});

test('the sensor stays still under heartbeats, maintenance, temporary objects and a second run of the printed SQL', async () => {
  const first = await source.read('sensor_cas');
  const session = await db.connectAs(db.owner);
  await session.query('update terminal set last_ping = now(), errors = errors + 1');
  await session.query('vacuum full terminal');
  await session.query('vacuum analyze');
  await session.query(
    `create temp table scratch (id int primary key, v text default 'x' check (v <> ''));
    create temp view tv as select 1 as one; create function pg_temp.f() returns trigger language plpgsql as 'begin return new; end';
    create trigger t before insert on pg_temp.scratch for each row execute function pg_temp.f();
    create type pg_temp.e as enum ('a'); create domain pg_temp.d as int check (value > 0)`.replace(
      ' references public.terminal',
      '',
    ),
  );
  await session.query('reindex table public.terminal; cluster public.terminal using terminal_pkey');
  const second = await source.read('sensor_cas');
  expect(first.readable && second.readable && second.snapshot === first.snapshot).toBe(true);
  await source.close();
  source = await openTestSource(db, watched);
  const third = await source.read('sensor_cas');
  expect(
    first.readable && third.readable && third.snapshot.recordsDigest === first.snapshot.recordsDigest,
  ).toBe(true);
});

test('running the printed SQL a second time changes no record, nor does a right granted and taken back', async () => {
  const fresh = await own.createDatabase();
  // Nobody has granted anything on these.
  await fresh.query(`create table payout (id int primary key, address text);
    create function rate() returns int language sql as 'select 1'`);
  const definitions = [...watched, table('payout', ['id'], ['address'])];
  const once = await openTestSource(fresh, definitions);
  const first = await once.records('sensor_cas');
  await once.close();
  const twice = await openTestSource(fresh, definitions);
  expect(await twice.records('sensor_cas')).toEqual(first);
  await fresh.query(`grant select on crypto_setting to public; revoke select on crypto_setting from public;
    grant execute on function rate() to ${fresh.app}; revoke execute on function rate() from ${fresh.app};
    grant update (name) on terminal to public; revoke update (name) on terminal from public`);
  expect(await twice.records('sensor_cas')).toEqual(first);
  await fresh.query('revoke execute on function rate() from public');
  expect(await twice.records('sensor_cas')).not.toEqual(first);
  await twice.close();
  await fresh.drop();
});

test('a lock on a table that views and rules refer to does not blind the sensor', async () => {
  await db.query(
    'create view locked_view as select name from terminal; create rule r as on update to locked_view do instead nothing',
  );
  const locker = await db.connectAs(db.owner);
  await locker.query('begin; lock table terminal, locked_view in access exclusive mode');
  expect((await source.read('sensor_cas')).readable).toBe(true);
  await locker.query('rollback');
  await db.query('drop view locked_view');
});

test('the sensor knows which database and cluster it looks at', async () => {
  const definition = JSON.parse(
    (await source.records('sensor_cas'))
      .find((record) => record.key[0] === 'database')
      ?.fields.get('definition') ?? '{}',
  );
  const [row] = await db.querySuperuser<{ oid: string; id: string }>(
    'select (select oid::text from pg_database where datname = current_database()) as oid, system_identifier::text as id from pg_control_system()',
  );
  expect(definition).toMatchObject({
    name: db.name,
    place: { oid: row?.oid, systemIdentifier: row?.id, majorVersion: 18 },
  });
});

test('a cluster that our role may not ask who it is costs that alone', async () => {
  await db.querySuperuser('revoke execute on function pg_control_system() from public');
  try {
    const records = await source.records('sensor_cas');
    const database = records.find(({ key }) => key[0] === 'database')?.fields.get('definition');
    expect(JSON.parse(database ?? '{}')).toMatchObject({
      name: db.name,
      place: { systemIdentifier: 'unknown: our role may not call pg_control_system()' },
    });
  } finally {
    await db.querySuperuser('grant execute on function pg_control_system() to public');
  }
});
