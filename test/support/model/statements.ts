import type { Random } from './random.js';
import { WATCHED, type WatchedName } from './scene.js';

/** One step of the model: what somebody does, and as whom. */
export type Step =
  | {
      readonly do: 'sql';
      readonly as: 'owner' | 'app' | 'nobody' | 'superuser';
      readonly sql: readonly string[];
    }
  | { readonly do: 'lock'; readonly table: WatchedName }
  | { readonly do: 'unlock' | 'restart' | 'sign' };

const HOSTILE = [
  "''",
  "' '",
  "'null'",
  "'__proto__'",
  "'constructor'",
  "'toString'",
  "'text:x'",
  "E'a\\nb'",
  "E'\\u202eadmin'",
  "E'admin1\\u200b'",
  "'admin1 '",
  "'ADMIN1'",
  "E'\\xff'",
  "E'caf\\xe9'",
  "repeat('k', 70000)",
  'NULL',
];

const as = (role: 'owner' | 'app' | 'nobody' | 'superuser', ...sql: string[]): Step => ({
  do: 'sql',
  as: role,
  sql,
});
/** Each statement commits by itself. */
const owner = (...sql: string[]): Step => as('owner', ...sql);
const root = (sql: string): Step => as('superuser', sql);

/** Takes the shape of every watched table back to the signed one; each may fail without harm. */
const REPAIRS = [
  'alter schema shop_away rename to shop',
  'begin; alter table shop.routes rename to routes_twin; alter table shop.routes_old rename to routes; commit',
  'alter table shop.routes add column note text',
  "alter type shop.coin rename value 'XBT' to 'BTC'",
  ...WATCHED.map(({ name }) => `alter table shop.${name} disable row level security`),
  ...WATCHED.map(({ name }) => `alter table shop.${name} enable trigger all`),
  ...WATCHED.map(
    ({ name }) =>
      `begin; delete from shop.${name}; insert into shop.${name} select * from keep.${name}; commit`,
  ),
];

/** The steps that take everything back to what people signed. */
export function repair(grantsSql: string): Step[] {
  return [{ do: 'unlock' }, ...REPAIRS.map((sql) => owner(sql)), owner(grantsSql)];
}

/** A random step of legal and hostile work on the watched tables, some of which cannot succeed. */
export function randomStep(random: Random, reader: string, grantsSql: string): Step {
  const { name } = random.one(WATCHED);
  const row = 1 + random.below(9);
  const value = random.one(HOSTILE);
  const change = random.one([
    `update shop.routes set address = ${value} where id = ${row}`,
    `update shop.routes set note = ${value} where id = ${row}`,
    `update shop.routes set extra = '{"fee": ${row} , "a":[1,{"b":null}]}' where id = ${row}`,
    `update shop.routes set coin = 'LTC' where id = ${row}`,
    `update shop.routes set id = ${random.below(12)} where id = ${row}`,
    `update shop.admins set login = ${value} where login = 'admin${row}'`,
    `update shop.admins set role = ${value} where login = 'admin${row}'`,
    `insert into shop.admins values (${value}, 'operator', true)`,
    `insert into shop.routes values (${random.one(['NULL', `${row}`, '99'])}, 'bc1qEVIL', 'BTC', '{}', NULL)`,
    `update shop.terminal set active = not coalesce(active, false) where id = ${row}`,
    `update shop.terminal set name = ${value} where id % ${row} = 0`,
    `delete from shop.${name} where ctid in (select ctid from shop.${name} order by random() limit ${row})`,
    `insert into shop.terminal select 1000 + g, 'mass', true from generate_series(1, ${random.one([60, 400, 1500])}) g`,
  ]);
  const undo = `begin; delete from shop.${name}; insert into shop.${name} select * from keep.${name}; commit`;
  const steps: readonly (() => Step)[] = [
    () => owner(change),
    () => owner(change),
    () => owner(`begin; ${change}; commit`),
    () => owner(`begin; ${change}; rollback`),
    () => owner(change, undo),
    () => owner(undo),
    () => owner(undo),
    () =>
      owner(
        `alter table shop.${name} disable trigger all; ${change}; alter table shop.${name} enable trigger all`,
      ),
    () => owner(`alter table shop.${name} disable trigger all`),
    () => root(`begin; set local session_replication_role = replica; ${change}; commit`),
    () => owner(`truncate shop.${name}`),
    () => owner('alter table shop.routes drop column note'),
    () => owner('alter table shop.routes drop column note', 'alter table shop.routes add column note text'),
    () =>
      owner(`begin; alter table shop.routes rename to routes_old; create table shop.routes (like shop.routes_old);
        insert into shop.routes select id, 'bc1qEVIL', coin, extra, note from shop.routes_old; grant select on shop.routes to ${reader}; commit`),
    () => owner('alter schema shop rename to shop_away'),
    () =>
      owner(
        `revoke select (${random.one(WATCHED.find((one) => one.name === name)?.columns ?? [])}) on shop.${name} from ${reader}`,
      ),
    () => owner(`alter table shop.${name} enable row level security`),
    () => owner("alter type shop.coin rename value 'BTC' to 'XBT'"),
    () => owner('alter table shop.routes alter column address type varchar'),
    () => owner(`vacuum full shop.${name}`),
    () => ({ do: 'lock', table: name }),
    () => as('app', `create temporary table if not exists ${name} as select 1 as id`),
    () => as('app', 'update shop.terminal set ping = now()'),
    () => as('app', change),
    () => as('nobody', `notify tillwarden, '${random.one(['shop.routes', 'canary:x', 'x'.repeat(7000)])}'`),
    () => as('nobody', change),
    () => root(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${reader}'`),
    () => ({ do: 'restart' }),
    () => ({ do: 'sign' }),
    () => owner(grantsSql),
    ...REPAIRS.slice(0, 4).map((sql) => () => owner(sql)),
  ];
  return random.one(steps)();
}
