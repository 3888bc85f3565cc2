import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CollectionSnapshot } from '../../baselines/index.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import {
  lastQuery,
  openSourceAs,
  openTestSource,
  readerRole,
  type TestSource,
  table,
} from '../support/postgres-source.js';

// The sensor sees all roles of a server: other tests must not make any there.
let own: OwnPostgres;
let db: TestDatabase;
let open: TestSource;

const ROUTES = table('route', ['id'], ['address'], { table: 'shop.route' });
const FEES = table('fee', ['id'], ['percent'], { table: 'shop.fee' });
const NAMES = ['sensor_cas', 'route', 'fee'];

beforeAll(async () => {
  own = await startOwnPostgres({ track_activity_query_size: '65536' });
  db = await own.createDatabase();
});
beforeEach(async () => {
  await db.query(`create schema shop; create table shop.route (id int primary key, address text);
    create table shop.fee (id int primary key, percent numeric);
    insert into shop.route select g, 'bc1q' || g from generate_series(1, 8) g; insert into shop.fee values (1, 5)`);
  open = await openTestSource(db, [ROUTES, FEES]);
  // Each by itself at first, for nobody signed how many rows they have.
  await open.source.read();
});
afterEach(async () => {
  await open.close();
  await db.query('drop schema shop cascade');
});
afterAll(async () => {
  await db.drop();
  await own.close();
});

type Signed = ReadonlyMap<string, CollectionSnapshot>;

/** Reads everything; what was read, by collection. */
async function readAll(of: TestSource = open, signed: Signed = new Map()): Promise<Record<string, unknown>> {
  const { collections } = await of.source.read(NAMES, { signed });
  return Object.fromEntries(
    [...collections].map(([name, reading]) => [
      name,
      reading.readable ? reading.snapshot.records.map(({ line }) => line) : reading.cause,
    ]),
  );
}

/** The same by a reader who has never read it before. */
async function readAllAnew(): Promise<Record<string, unknown>> {
  const other = await openSourceAs(db.urlAs(await readerRole(db)), [ROUTES, FEES]);
  try {
    return await readAll(other);
  } finally {
    await other.close();
  }
}

/** Whether the last thing that our reader sent was a read of everything in one round trip. */
async function wasTogether(): Promise<boolean> {
  const sent = await lastQuery(db);
  return sent.startsWith('BEGIN ') && ['EXISTS', 'shop', '"fee"'].every((part) => sent.includes(part));
}

async function readTogether(): Promise<Record<string, unknown>> {
  const read = await readAll();
  expect(await wasTogether()).toBe(true);
  return read;
}

describe('small tables and the sensor that were read before', () => {
  test('are read again in one round trip, which sees every change of rows and of what they depend on', async () => {
    const before = await readTogether();
    await db.query(`update shop.route set address = 'bc1qEVIL' where id = 3; insert into shop.fee values (2, 7);
      create function shop.divert() returns trigger language plpgsql as 'begin return new; end'`);
    const after = await readTogether();
    expect(after).toEqual(await readAllAnew());
    for (const name of NAMES) expect(after[name]).not.toEqual(before[name]);
    expect(await readTogether()).toEqual(after);
  });

  test('begin with the sensor, before code of a table’s owner can run, in whatever order they are asked for', async () => {
    await readTogether();
    await open.source.read([...NAMES].reverse());
    expect(await wasTogether()).toBe(true);
    const [, first, second, third] = (await lastQuery(db)).split(/; COPY /i);
    expect(first).toContain('pg_catalog.pg_trigger');
    for (const later of [second, third]) expect(later).not.toContain('pg_catalog.pg_trigger');
  });

  test('are read the other way when a catalog that was empty holds something, and together again after it', async () => {
    await readTogether();
    await db.query('create policy hidden on shop.fee using (true)');
    const read = await readAll();
    expect(await wasTogether()).toBe(false);
    expect(JSON.stringify(read['sensor_cas'])).toContain('shop.fee.hidden');
    expect(await readTogether()).toEqual(read);
  });

  test('are read the other way when a table was altered', async () => {
    await readTogether();
    await db.query('alter table shop.fee alter column percent type text');
    const read = await readAll();
    expect(await wasTogether()).toBe(false);
    expect(read).toEqual(await readAllAnew());
  });

  test('of which one cannot be read hide no other', async () => {
    await readTogether();
    await db.query(`revoke select on shop.fee from ${await readerRole(db)}`);
    const read = await readAll();
    expect(read).toEqual({ ...(await readAllAnew()), fee: 'denied' });
    expect(read['route']).toHaveLength(8);
  });

  test('of which one is locked do not wait for it together', async () => {
    await readTogether();
    const lock = await db.connectAs(db.owner);
    try {
      await lock.query('begin; lock table shop.fee in access exclusive mode');
      const read = await readAll();
      expect(read['fee']).toBe('timeout');
      expect(read['route']).toHaveLength(8);
    } finally {
      await lock.query('rollback');
    }
    // What failed together is left alone for some reads.
    await readAll();
    expect(await wasTogether()).toBe(false);
    for (let n = 0; n < 10; n++) await readAll();
    await readTogether();
  });
});

describe('small tables and the sensor that were never read over a connection', () => {
  /** What people would sign now. */
  async function signedNow(): Promise<Signed> {
    const { collections } = await open.source.read(NAMES);
    return new Map(
      [...collections].flatMap(([name, reading]) => (reading.readable ? [[name, reading.snapshot]] : [])),
    );
  }

  async function readFirst(signed: Signed): Promise<Record<string, unknown>> {
    await open.close();
    open = await openSourceAs(db.urlAs(await readerRole(db)), [ROUTES, FEES]);
    return readAll(open, signed);
  }

  test('are read at once where people signed them as small, and what differs shows', async () => {
    const signed = await signedNow();
    const before = await readTogether();
    expect(await readFirst(signed)).toEqual(before);
    expect(await wasTogether()).toBe(true);
    await db.query(`update shop.route set address = 'bc1qEVIL' where id = 3; insert into shop.fee values (2, 7);
      create policy hidden on shop.fee using (true)`);
    const after = await readFirst(signed);
    expect(await wasTogether()).toBe(true);
    expect(after).toEqual(await readAllAnew());
    for (const name of NAMES) expect(after[name]).not.toEqual(before[name]);
  });

  test('are read the other way where nobody signed how many they are, and where they became many', async () => {
    const signed = await signedNow();
    await readFirst(new Map());
    expect(await wasTogether()).toBe(false);
    await db.query("insert into shop.route select g, 'bc1q' from generate_series(9, 2500) g");
    const read = await readFirst(signed);
    expect(await wasTogether()).toBe(false);
    expect(read['route']).toHaveLength(2500);
    expect(read).toEqual(await readAllAnew());
  });

  test('of which one cannot be read hide no other', async () => {
    const signed = await signedNow();
    await db.query('drop table shop.fee');
    const read = await readFirst(signed);
    expect(read).toEqual(await readAllAnew());
    expect(read['fee']).toBe('missing');
    expect(read['route']).toHaveLength(8);
  });
});
