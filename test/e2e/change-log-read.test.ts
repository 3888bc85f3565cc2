import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sourceKinds } from '../../daemon/sources/index.js';
import { changeLogSettings } from '../../daemon/sources/postgres/config.js';
import { installSql } from '../../daemon/sources/postgres/sql.js';
import type { LogReading } from '../../daemon/sources/source.js';
import { sourceKindOf } from '../../daemon/sources/source-kind.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openSourceAs, readerRole, type TestSource, table } from '../support/postgres-source.js';

const routes = table('crypto_setting', ['id'], ['name', 'sell_wallet_address']);

let db: TestDatabase;
let opened: TestSource;

beforeAll(async () => {
  db = await createTestDatabase();
  const role = await readerRole(db);
  const changeLog = changeLogSettings.parse({});
  await db.querySuperuser(installSql({ role, channel: null, definitions: [routes], changeLog }));
  await db.query(`insert into crypto_setting (id, name, crypto_currency, rate_source, strategy, buy_profit, sell_profit, sell_wallet_address)
    select 1000 + g, 'route ' || g, 'BTC', 'a', 'b', 1, 1, 'x' from generate_series(1, 700) g`);
  opened = await openSourceAs(db.urlAs(role), [routes], { hints: 'none', changeLog });
});
afterAll(async () => {
  await opened.close();
  await db.drop();
});

const asked = async (thoroughly = false): Promise<LogReading> => {
  const reading = await opened.source.changeLog?.(thoroughly);
  if (!reading) throw new Error(opened.logged.join('\n'));
  return reading;
};

test('what was there before the first reading is history, its last 500 entries', async () => {
  const first = await asked();
  expect(first).toMatchObject({ isFirst: true, isBehind: false, faults: [], log: 'tillwarden_log.change' });
  expect(first.changes.length).toBeGreaterThan(490);
  expect(first.changes.length).toBeLessThanOrEqual(500);
  expect((await asked()).changes).toEqual([]);
});

test('a transaction that ends after later ones is heard all the same', async () => {
  const slow = await db.connectAs(db.owner);
  await slow.query(`begin; update crypto_setting set name = 'slow' where id = 1001`);
  await db.query(`update crypto_setting set name = 'quick' where id = 1002`);
  const names = ({ changes }: LogReading) => changes.map(({ after }) => after?.get('name'));
  expect(names(await asked())).toEqual(['quick']);
  await slow.query('commit');
  expect(names(await asked())).toEqual(['slow']);
  expect(names(await asked())).toEqual([]);
});

test('nor is anything of it left out when it wrote more than is read at once', async () => {
  const slow = await db.connectAs(db.owner);
  await slow.query(`begin; update crypto_setting set name = name || '.' where id > 1000;
    update crypto_setting set name = name || '.' where id > 1000`);
  await db.query(`insert into crypto_setting (id, name, crypto_currency, rate_source, strategy, buy_profit, sell_profit, sell_wallet_address)
    values (999, 'quick', 'BTC', 'a', 'b', 1, 1, 'x')`);
  expect((await asked()).changes.map(({ after }) => after?.get('name'))).toEqual(['quick']);
  await slow.query('commit');
  const { changes, isBehind } = await asked();
  expect([changes.length, new Set(changes.map(({ id }) => id)).size, isBehind]).toEqual([
    1_400,
    1_400,
    false,
  ]);
  expect((await asked()).changes).toEqual([]);
});

test('what is more than one look reads comes with the next ones, nothing twice and nothing left out', async () => {
  await db.query(`insert into crypto_setting (id, name, crypto_currency, rate_source, strategy, buy_profit, sell_profit, sell_wallet_address)
    select 10000 + g, 'many ' || g, 'BTC', 'a', 'b', 1, 1, 'x' from generate_series(1, 12000) g`);
  const first = await asked();
  expect(first.isBehind).toBe(true);
  expect(first.changes.length).toBeLessThanOrEqual(10_000);
  const second = await asked();
  expect(second.isBehind).toBe(false);
  const ids = [...first.changes, ...second.changes].map(({ id }) => id);
  expect([ids.length, new Set(ids).size]).toEqual([12_000, 12_000]);
  expect((await asked(true)).faults).toEqual([]);
});

test('a long row is cut in the log, and its key is known', async () => {
  await db.query(`update crypto_setting set sell_wallet_address = repeat('ü"', 20000) where id = 1003`);
  const { changes } = await asked();
  expect(changes).toMatchObject([{ isCut: true, operation: 'update' }]);
  expect(changes[0]?.after?.get('id')).toBe('1003');
});

test('a log that is gone is a fault, once, and the source reads on', async () => {
  await db.querySuperuser('alter schema tillwarden_log rename to elsewhere');
  expect((await asked()).faults).toEqual([{ fault: 'unread', count: 1 }]);
  expect((await asked()).faults).toEqual([]);
  expect(await opened.read('crypto_setting')).toMatchObject({ readable: true });
  await db.querySuperuser('alter schema elsewhere rename to tillwarden_log');
  await db.query(`update crypto_setting set name = 'meanwhile' where id = 1004`);
  expect(await asked(true)).toMatchObject({
    isBehind: false,
    faults: [],
    changes: [{ operation: 'update' }],
  });
});

test('nor is it read under other settings than ours, which code that the server calls may change', async () => {
  await db.querySuperuser(`create function public.planned() returns boolean language plpgsql immutable as
    $$ begin perform set_config('row_security', 'on', true); return true; end $$;
    create index planned on tillwarden_log.change (id) where public.planned()`);
  await db.query(`update crypto_setting set name = 'hidden' where id = 1004`);
  expect(await asked()).toMatchObject({ changes: [], faults: [{ fault: 'unread', count: 1 }] });
  await db.querySuperuser('drop index tillwarden_log.planned');
  expect(await asked()).toMatchObject({ changes: [{ operation: 'update' }], faults: [] });
});

test('doctor asks for a log that is not there, and for the right to read one', async () => {
  const kind = sourceKindOf(sourceKinds, 'postgres');
  const url = db.urlAs(await db.createRole('stranger'));
  const shortfallsOf = async (schema: string) => {
    const examined = await kind.examine?.(
      { site: 'prague-1', name: 'cas', collections: [], fingerprintKey: null, log: () => undefined },
      kind.configSchema.parse({ kind: 'postgres', name: 'cas', url, changeLog: { schema } }),
    );
    return examined !== undefined && 'shortfalls' in examined
      ? examined.shortfalls.map(({ what }) => what)
      : [];
  };
  expect(await shortfallsOf('absent')).toEqual(['the schema of absent.change does not exist']);
  expect(await shortfallsOf('tillwarden_log')).toEqual([
    'the role may not use the schema of tillwarden_log.change',
    'the role may not read column "id" of tillwarden_log.change',
  ]);
});

test('the sensor has the log with its owner and rights', async () => {
  const records = await opened.records('sensor_cas');
  const log = records.find(({ key }) => key[0] === 'watched-table' && key[1] === 'tillwarden_log.change');
  expect(log?.fields.get('owner')).toMatch(/_log$/);
  expect(log?.fields.get('definition')).toContain('grants');
});
