import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Definition } from '../../baselines/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource, readerRole, type TestSource, table } from '../support/postgres-source.js';

let db: TestDatabase;
let source: TestSource;
const SECRET = 'k3y-of-the-exchange';
const rows = {
  where: [
    { column: 'type', is: 'config' },
    { column: 'valid', is: 't' },
  ],
  latest: 'id',
};
const routes: Definition = {
  ...table('routes', ['coin'], ['wallet', 'token']),
  table: 'public.user_config',
  kind: 'wallet-route',
  secret: ['token'],
  derive: {
    ...rows,
    json: {
      column: 'data',
      members: [
        { path: 'config/wallets_{coin:A-Z}_wallet', field: 'wallet' },
        { path: 'config/wallets_{coin:A-Z}_token', field: 'token' },
      ],
    },
  },
};
const codes: Definition = {
  ...table('codes', ['name', 'created'], []),
  table: 'public.pairing',
  derive: { distinct: true },
};

beforeAll(async () => {
  db = await createTestDatabase();
  await db.query(`create table user_config (id serial primary key, type text, valid boolean, data json);
    create table pairing (token text, name text, created text);
    insert into pairing values ('a', 'm1', 'now'), ('b', 'm1', 'now');
    insert into user_config (type, valid, data) values
      ('config', true, '{"config": {"wallets_BTC_wallet": "old"}}'),
      ('config', true, '{"config": {"wallets_BTC_wallet": "bitcoind", "wallets_BTC_token": "${SECRET}", "x": 1}}'),
      ('config', false, '{"config": {"wallets_BTC_wallet": "planted"}}'),
      ('accounts', true, '{"config": {"wallets_BTC_wallet": "other"}}')`);
  source = await openTestSource(db, [routes, codes]);
});
afterAll(async () => {
  await source.close();
  await db.drop();
});

test('of a growing table the newest row that counts is taken apart, and its secrets leave as fingerprints', async () => {
  const records = await source.records('routes');
  expect(records.map(({ key, fields }) => [key, fields.get('wallet')])).toEqual([[['BTC'], 'bitcoind']]);
  expect(records[0]?.fields.get('token')).toMatch(/^~hmac:[0-9a-f]{64}$/);
  const everything = inspect([await source.source.read(), source.logged], {
    depth: 20,
    maxStringLength: null,
  });
  expect(everything).not.toContain(SECRET);
});

test('a row without a value of the column that chooses, which the server takes for the latest, counts beside the latest', async () => {
  await db.query(`create table dated (seen timestamptz, wallet text);
    insert into dated values ('2026-11-30', 'signed'), ('2026-11-29', 'older'), (null, 'planted')`);
  const first = await db.query<{ wallet: string }>('select wallet from dated order by seen desc limit 1');
  expect(first).toEqual([{ wallet: 'planted' }]);
  const byDate = { ...table('dated', ['seen'], ['wallet']), derive: { latest: 'seen' } };
  const dated = await openTestSource(db, [routes, codes, byDate]);
  const wallets = async () => (await dated.records('dated')).map(({ fields }) => fields.get('wallet')).sort();
  expect(await wallets()).toEqual(['planted', 'signed']);
  await db.query(`delete from dated where wallet = 'planted'`);
  expect(await wallets()).toEqual(['signed']);
  await dated.close();
});

test('two rows that make the same record are one', async () => {
  expect((await source.records('codes')).map(({ key }) => key)).toEqual([['m1', 'now']]);
});

test('saving the same settings again is no change: the snapshot is the very same', async () => {
  const before = await source.read('routes');
  await db.query(`insert into user_config (type, valid, data)
    select type, valid, data from user_config where id = 2`);
  expect(await source.read('routes')).toEqual(before);
  const again = await source.read('routes');
  expect(before.readable && again.readable && again.snapshot === before.snapshot).toBe(true);
});

test('an older row counts again when the newest is no longer valid', async () => {
  await db.query(`update user_config set valid = false where id in (2, 5)`);
  expect((await source.records('routes'))[0]?.fields.get('wallet')).toBe('old');
});

test('JSON that has no single meaning is a record without a key, never an exception', async () => {
  await db.query(`insert into user_config (type, valid, data) values
    ('config', true, '{"config": {"wallets_BTC_wallet": "a", "wallets_BTC_wallet": "b"}}')`);
  const records = await source.records('routes');
  expect(records.map(({ key }) => key)).toEqual([[null]]);
  expect([...(records[0]?.fields.values() ?? [])]).toEqual([null, null]);
});

test('heavy rows that do not count do not travel', async () => {
  await db.query(`update user_config set data = json_build_object('config', json_build_object('pad', repeat('x', 1000000)));
    insert into user_config (type, valid, data) values ('config', true, '{"config": {"wallets_BTC_wallet": "new"}}')`);
  const narrow = await openTestSource(db, [routes, codes], { maxCollectionBytes: 10_000 });
  expect((await narrow.records('routes'))[0]?.fields.get('wallet')).toBe('new');
  await narrow.close();
});

test('a text of 100 MB or of 10,000 levels is one record in doubt, and nothing of it is held or shown', async () => {
  const newest = (text: string) =>
    db.query(
      `insert into user_config (type, valid, data) values ('config', true, ('{"config": ${text}}')::json)`,
    );
  await db.query('alter table user_config alter data set storage external');
  const before = process.memoryUsage().rss;
  for (const text of [
    `{"wallets_BTC_wallet": "' || repeat('m4rk', 25000000) || '"}`,
    `' || repeat('[', 9990) || repeat(']', 9990) || '`,
    `{"wallets_BTC_wallet": "a", "wallets_BTC_wallet": "m4rk"}`,
  ]) {
    await newest(text);
    const reading = await source.read('routes');
    if (!reading.readable) throw new Error(reading.detail);
    expect(reading.snapshot.records.map(({ line }) => line)).toEqual([
      '{"fields":{"token":null,"wallet":null},"key":[null]}',
    ]);
    expect(inspect(source.logged)).not.toContain('m4rk');
    await db.query(`delete from user_config where id = (select max(id) from user_config)`);
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
});

test('what of the rules found nothing is told beside the records, and no more once it did', async () => {
  const reading = async () => {
    const one = await source.read('routes');
    return one.readable ? one.unmatched : one;
  };
  const save = (config: object) =>
    db.query(
      `insert into user_config (type, valid, data) values ('config', true, '${JSON.stringify({ config })}')`,
    );
  await save({ wallets_BTC_wallet: 'a', wallets_BTC_token: SECRET });
  expect(await reading()).toBeUndefined();
  await save({ wallets_BTC_wallet: 'b' });
  expect(await reading()).toEqual({ noRow: false, paths: ['config/wallets_{coin:A-Z}_token'] });
  await db.query(`update user_config set valid = false`);
  expect(await reading()).toEqual({ noRow: true, paths: [] });
  await save({ wallets_BTC_wallet: 'a', wallets_BTC_token: SECRET });
  expect(await reading()).toBeUndefined();
});

test('several collections are read in one look, and what fails in it costs the collection alone that names it', async () => {
  await db.query(`delete from user_config;
    insert into user_config (type, valid, data) values ('config', true, '{"config": {"wallets_BTC_wallet": "one"}}')`);
  const light: Definition = { ...table('light', ['id'], ['type']), table: routes.table, derive: rows };
  const several = await openTestSource(db, [routes, codes, light]);
  try {
    const { source } = several;
    expect(source.groups?.(['light', 'codes', 'routes'])).toEqual([['light', 'routes'], ['codes']]);
    // Before it is known how many rows there are, nothing else waits for them.
    expect(source.groups?.()).toEqual([['sensor_cas'], ['routes', 'light'], ['codes']]);
    const read = async () => {
      const { collections } = await source.read(['light', 'routes']);
      return Object.fromEntries(
        [...collections].map(([name, one]) => [name, one.readable ? one.snapshot.records.length : one.cause]),
      );
    };
    expect(await read()).toEqual({ light: 1, routes: 1 });
    await source.read(['codes']);
    expect(source.groups?.()).toEqual([['routes', 'codes', 'light', 'sensor_cas']]);
    const role = await readerRole(db);
    await db.query(`revoke select (data) on user_config from ${role}`);
    expect(await read()).toEqual({ light: 1, routes: 'denied' });
    await db.query(`grant select (data) on user_config to ${role}`);
    expect(await read()).toEqual({ light: 1, routes: 1 });
  } finally {
    await several.close();
  }
});
