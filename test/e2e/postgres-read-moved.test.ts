import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Client } from 'pg';
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

const TERMINALS = table('terminals', ['id'], ['name', 'state'], { table: 'shop.terminal' });
/** More than are read again whole in one round trip. */
const MANY = 2_500;

beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => {
  await db.query(`create schema shop; create type shop.state as enum ('on', 'off');
    create table shop.terminal (id int primary key, name text, state shop.state, seen timestamptz);
    insert into shop.terminal select g, 'terminal ' || g, 'on' from generate_series(1, ${MANY}) g`);
  open = await openTestSource(db, [TERMINALS]);
  await open.source.read();
});
afterEach(async () => {
  await open.close();
  await db.query('drop schema shop cascade');
});
afterAll(async () => db.drop());

/** Reads as after a hint. */
async function readMoved(): Promise<CollectionReading> {
  const { collections } = await open.source.read(['terminals'], { extent: 'moved' });
  const reading = collections.get('terminals');
  if (reading === undefined) throw new Error('not read');
  return reading;
}

/** Whether the last thing that our reader sent was a read of what moved. */
async function wasOfWhatMoved(): Promise<boolean> {
  return (await lastQuery(db)).startsWith('BEGIN ');
}

/** What somebody reads who has never read it before. */
async function readAnew(): Promise<CollectionReading> {
  const other = await openSourceAs(db.urlAs(await readerRole(db)), [TERMINALS]);
  try {
    return await other.read('terminals');
  } finally {
    await other.close();
  }
}

const told = (reading: CollectionReading) =>
  reading.readable
    ? { digest: reading.snapshot.recordsDigest, lines: reading.snapshot.records.map(({ line }) => line) }
    : [reading.cause, reading.detail];

/** `truth`: what else it is read by. */
async function expectAsReadAnew(truth: () => Promise<CollectionReading> = readAnew): Promise<void> {
  expect(told(await readMoved())).toEqual(told(await truth()));
}

describe('a large table of which the rows that moved are read', () => {
  test('is told with every row that was changed or came', async () => {
    const before = told(await readMoved());
    expect(await wasOfWhatMoved()).toBe(true);
    await db.query(`update shop.terminal set name = 'EVIL' where id in (1, 700, ${MANY});
      insert into shop.terminal values (0, 'new', 'off'), (9999, 'new', 'off')`);
    const after = told(await readMoved());
    expect(await wasOfWhatMoved()).toBe(true);
    expect(after).toEqual(told(await readAnew()));
    expect(after).not.toEqual(before);
    await db.query(`update shop.terminal set name = 'EVIL again' where id in (0, 1)`);
    await expectAsReadAnew();
    expect(await wasOfWhatMoved()).toBe(true);
  });

  test('is the very same snapshot when other columns were written, or nothing, and says which rows were', async () => {
    const [first, second] = [await readMoved(), await readMoved()];
    await db.query(`update shop.terminal set seen = now() where id in (5, 6)`);
    const third = await readMoved();
    expect(await wasOfWhatMoved()).toBe(true);
    const fourth = await readMoved();
    expect([first, second, third, fourth].every(({ readable }) => readable)).toBe(true);
    if (!first.readable || !second.readable || !third.readable || !fourth.readable) return;
    expect(second.snapshot).toBe(first.snapshot);
    expect(third.snapshot).toBe(first.snapshot);
    expect(third.touched?.records.map(({ key }) => key)).toEqual(['["5"]', '["6"]']);
    expect(fourth.touched).toBeUndefined();
  });

  test('with a value that is too long is read whole once, and from then on with its digest', async () => {
    await db.query(`update shop.terminal set name = repeat('x', 70000) where id = 5`);
    await expectAsReadAnew();
    await db.query(`update shop.terminal set name = repeat('y', 70000) where id in (5, 6)`);
    await expectAsReadAnew();
    await readMoved();
    expect(await wasOfWhatMoved()).toBe(true);
  });

  test('has what is as people signed it as the very same records', async () => {
    const was = await readMoved();
    const other = await openSourceAs(db.urlAs(await readerRole(db)), [TERMINALS]);
    try {
      if (!was.readable) throw new Error('unread');
      await db.query(`update shop.terminal set name = 'EVIL' where id = 7`);
      const signed = new Map([['terminals', was.snapshot]]);
      const reading = (await other.source.read(['terminals'], { signed })).collections.get('terminals');
      if (!reading?.readable) throw new Error('unread');
      const own = reading.snapshot.records.filter((record, n) => record !== was.snapshot.records[n]);
      expect(own.map(({ key }) => key)).toEqual(['["7"]']);
    } finally {
      await other.close();
    }
  });

  test('is read whole on the timer, where no mark is believed', async () => {
    await readMoved();
    await open.source.read(['terminals']);
    expect(await wasOfWhatMoved()).toBe(false);
    await open.source.read();
    expect(await wasOfWhatMoved()).toBe(false);
    await readMoved();
    expect(await wasOfWhatMoved()).toBe(true);
  });

  test.each([
    ['a row was deleted', 'delete from shop.terminal where id = 44'],
    [
      'a row was deleted for one that came',
      `delete from shop.terminal where id = 44; insert into shop.terminal values (0, 'new', 'on')`,
    ],
    ['a row has another key', 'update shop.terminal set id = 0 where id = 44'],
    [
      'two rows have exchanged their keys',
      'update shop.terminal set id = case id when 1 then -2 else -1 end where id in (1, 2)',
    ],
    ['all were deleted', 'delete from shop.terminal'],
    ['it was truncated', 'truncate shop.terminal'],
    [
      'it was truncated and filled',
      `truncate shop.terminal; insert into shop.terminal select g, 'EVIL', 'on' from generate_series(1, ${MANY}) g`,
    ],
    [
      'it was vacuumed',
      'update shop.terminal set name = name where id < 900; vacuum (freeze) shop.terminal; delete from shop.terminal where id = 3',
    ],
    [
      'it was written anew',
      'vacuum full shop.terminal; update shop.terminal set name = $$EVIL$$ where id = 8',
    ],
    ['labels read as others', `alter type shop.state rename value 'on' to 'broken'`],
    [
      'a column was swapped',
      `alter table shop.terminal rename name to x; alter table shop.terminal add name text default 'EVIL'; grant select on shop.terminal to public`,
    ],
    [
      'it got a child',
      `create table shop.child () inherits (shop.terminal); insert into shop.child values (0, 'child', 'on')`,
    ],
    [
      'it was replaced',
      `alter table shop.terminal rename to away; create table shop.terminal (like shop.away including all);
       insert into shop.terminal select * from shop.away; update shop.terminal set name = 'EVIL' where id = 9; grant select on shop.terminal to public`,
    ],
    [
      'marks may not be read',
      'revoke select (xmin) on shop.terminal from "READER"; update shop.terminal set name = $$EVIL$$ where id = 9',
    ],
    ['its rows may not be read', 'revoke all on shop.terminal from public, "READER"'],
    // As many rows as before, and the key of each that moved was there before.
    [
      'a row hides a deleted one behind another of one key',
      `alter table shop.terminal drop constraint terminal_pkey;
       insert into shop.terminal values (5, 'EVIL', 'on'); delete from shop.terminal where id = 7`,
    ],
    [
      'its key is of another column',
      `alter table shop.terminal drop constraint terminal_pkey, alter name set not null, add primary key (name);
       insert into shop.terminal values (5, 'EVIL', 'on'); delete from shop.terminal where id = 7`,
    ],
    [
      'very many moved',
      `update shop.terminal set name = name || 'x'; insert into shop.terminal select g, 'x', 'on' from generate_series(3000, 14000) g`,
    ],
  ])('and %s: is told as it is', async (_what, sql) => {
    await readMoved();
    const statements = sql.replaceAll('"READER"', await readerRole(db)).split('; ');
    for (const one of statements) await db.query(one);
    await expectAsReadAnew();
    await expectAsReadAnew();
    await db.query(`insert into shop.terminal values (-5, 'later', null)`);
    await expectAsReadAnew();
  });

  test('written by transactions that were under way when it was read before', async () => {
    const [one, two] = [await db.connectAs(db.owner), await db.connectAs(db.owner)];
    try {
      await one.query(`begin; update shop.terminal set name = 'of one' where id = 10; savepoint s;
        update shop.terminal set name = 'of its part' where id = 11`);
      await two.query(`begin; update shop.terminal set name = 'of two' where id = 12`);
      await readMoved();
      await db.query(`update shop.terminal set name = 'between' where id = 13`);
      await expectAsReadAnew();
      await two.query('commit');
      await expectAsReadAnew();
      expect(await wasOfWhatMoved()).toBe(true);
      await one.query(
        `rollback to s; update shop.terminal set name = 'of another part' where id = 14; commit`,
      );
      await readMoved();
      expect(await wasOfWhatMoved()).toBe(true);
      await expectAsReadAnew();
    } finally {
      await one.end();
      await two.end();
    }
  });

  test('is told as it is after any statements of any transactions', async () => {
    // Reads everything each time.
    const whole = await openSourceAs(db.urlAs(await readerRole(db)), [TERMINALS]);
    const truth = () => whole.read('terminals');
    const clients: Client[] = [
      await db.connectAs(db.owner),
      await db.connectAs(db.owner),
      await db.connectAs(db.owner),
    ];
    const id = fc.integer({ min: 1, max: 40 });
    const step = fc.record({
      client: fc.integer({ min: 0, max: 2 }),
      id,
      to: fc.constantFrom('a', 'b'),
      what: fc.constantFrom(
        'update',
        'touch',
        'delete',
        'insert',
        'move',
        'begin',
        'commit',
        'rollback',
        'savepoint',
        'read',
        'read',
      ),
    });
    const sqlOf = ({
      what,
      id,
      to,
      client,
    }: {
      what: string;
      id: number;
      to: string;
      client: number;
    }): string => {
      // Each client has rows of its own, so that none waits for another.
      const own = id * 3 + client;
      switch (what) {
        case 'update':
          return `update shop.terminal set name = '${to}' where id = ${own}`;
        case 'touch':
          return `update shop.terminal set seen = now() where id = ${own}`;
        case 'delete':
          return `delete from shop.terminal where id = ${own}`;
        case 'insert':
          return `insert into shop.terminal values (${own}, '${to}', 'off') on conflict do nothing`;
        case 'move':
          return `update shop.terminal set id = -id where abs(id) = ${own}`;
        case 'savepoint':
          return 'savepoint s';
        default:
          return what;
      }
    };
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
          for (const one of steps) {
            if (one.what === 'read') await expectAsReadAnew(truth);
            // A statement that its transaction refuses is as good as none.
            else await clients[one.client]?.query(sqlOf(one)).catch(() => undefined);
          }
          await expectAsReadAnew(truth);
          for (const client of clients) await client.query('commit');
          await expectAsReadAnew(truth);
        }),
        { numRuns: 12 },
      );
    } finally {
      for (const client of clients) await client.end();
      await whole.close();
    }
  });
});
