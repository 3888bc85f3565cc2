import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CollectionReading } from '../../daemon/sources/source.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import {
  lastQuery,
  openSourceAs,
  openTestSource,
  readerRole,
  type TestSource,
  table,
} from '../support/postgres-source.js';

let db: TestDatabase;
let open: TestSource;

const ROUTES = table('route', ['id'], ['address', 'coin'], { table: 'shop.route' });

/** Two collections that are derived from the same table: a look at it answers both. */
const DERIVED = ['bc1q1', 'btc'].map((is, i) => ({
  ...table(`derived_${i}`, ['id'], ['address', 'coin'], { table: 'shop.route' }),
  derive: { where: [{ column: i === 0 ? 'address' : 'coin', is }], latest: 'id' },
}));
const ALL = [ROUTES, ...DERIVED];

beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => {
  await db.query(`create schema shop; create type shop.coin as enum ('btc', 'eth');
    create table shop.route (id int primary key, address text, coin shop.coin);
    insert into shop.route select g, 'bc1q' || g, 'btc' from generate_series(1, 8) g`);
  open = await openTestSource(db, ALL);
  await open.source.read();
});
afterEach(async () => {
  await open.close();
  await db.query('drop schema shop cascade');
});
afterAll(async () => db.drop());

/** Whether the last thing that our reader sent was a read in one round trip. */
async function wasOneRoundTrip(): Promise<boolean> {
  // A read in several begins its last statements with COMMIT.
  return (await lastQuery(db)).startsWith('BEGIN ');
}

/** What somebody reads who has never read it before. */
async function readAnew(): Promise<CollectionReading> {
  const [reading] = await readAllAnew(['route']);
  if (reading === undefined) throw new Error('nothing was read');
  return reading;
}
async function readAllAnew(names: readonly string[]): Promise<CollectionReading[]> {
  const other = await openSourceAs(db.urlAs(await readerRole(db)), ALL);
  try {
    return [...(await other.source.read(names)).collections.values()];
  } finally {
    await other.close();
  }
}

const told = (reading: CollectionReading) =>
  reading.readable ? reading.snapshot.records.map(({ line }) => line) : [reading.cause, reading.detail];

describe('a small table that was read whole before', () => {
  test('is read again in one round trip, which sees every change of its rows', async () => {
    const before = await open.read('route');
    expect(await wasOneRoundTrip()).toBe(true);
    await db.query(`update shop.route set address = 'bc1qEVIL' where id = 3; delete from shop.route where id = 4;
      insert into shop.route values (99, 'bc1qnew', 'eth')`);
    const after = await open.read('route');
    expect(await wasOneRoundTrip()).toBe(true);
    expect(told(after)).toEqual(told(await readAnew()));
    expect(told(after)).not.toEqual(told(before));
  });

  test('that has too long a value is read as it is, and in one round trip again when that is known', async () => {
    await open.read('route');
    await db.query("update shop.route set address = repeat('x', 70000) where id = 3");
    const after = told(await open.read('route'));
    expect(await wasOneRoundTrip()).toBe(false);
    expect(after).toEqual(told(await readAnew()));
    expect(after.join()).toContain('70000');
    expect(told(await open.read('route'))).toEqual(after);
    expect(await wasOneRoundTrip()).toBe(true);
    await db.query("update shop.route set address = repeat('y', 70000) where id = 3");
    const other = told(await open.read('route'));
    expect(await wasOneRoundTrip()).toBe(true);
    expect(other).toEqual(told(await readAnew()));
    expect(other).not.toEqual(after);
  });

  test('whose rows stayed is the very same snapshot', async () => {
    const [one, two] = [await open.read('route'), await open.read('route')];
    expect(one.readable && two.readable && one.snapshot === two.snapshot).toBe(true);
  });

  test.each([
    ['was truncated', 'truncate shop.route'],
    ['stands under another name', 'alter table shop.route rename to away'],
    [
      'was replaced by another one',
      `alter table shop.route rename to away; create table shop.route (id int primary key, address text, coin shop.coin);
       insert into shop.route values (1, 'bc1qEVIL', 'btc'); grant select on shop.route to public`,
    ],
    [
      'lies in a schema that was swapped',
      `alter schema shop rename to away; create schema shop; create table shop.route (id int primary key, address text, coin text);
       insert into shop.route values (1, 'bc1qEVIL', 'btc'); grant usage on schema shop to public; grant select on shop.route to public;
       drop schema away cascade`,
    ],
    [
      'has its columns swapped by name',
      `alter table shop.route rename address to x; alter table shop.route add address text default 'bc1qEVIL';
       grant select on shop.route to public`,
    ],
    ['has a column of another type', `alter table shop.route alter address type varchar(9)`],
    ['lost a column', 'alter table shop.route drop address'],
    ['has labels that read as others', `alter type shop.coin rename value 'btc' to 'xmr'`],
    [
      'got a child',
      `create table shop.child () inherits (shop.route); insert into shop.child values (50, 'bc1qchild', 'eth')`,
    ],
    ['may not be read any more', `revoke all on shop.route from public, "READER"`],
    ['shows some rows only', 'alter table shop.route enable row level security'],
    ['has grown', `insert into shop.route select g, 'bc1q' || g, 'btc' from generate_series(100, 2100) g`],
  ])('and that %s is found to be what it is now', async (_what, sql) => {
    const names = DERIVED.map(({ name }) => name);
    const look = async () => [...(await open.source.read(names)).collections.values()].map(told);
    await open.read('route');
    expect(await look()).toEqual([[expect.stringContaining('bc1q1')], [expect.stringContaining('bc1q8')]]);
    await db.query(sql.replace('"READER"', await readerRole(db)));
    const again = told(await open.read('route'));
    expect(again).toEqual(told(await readAnew()));
    expect(told(await open.read('route'))).toEqual(again);
    const looked = await look();
    expect(looked).toEqual((await readAllAnew(names)).map(told));
    expect(await look()).toEqual(looked);
  });
});
