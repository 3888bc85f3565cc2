import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Client } from 'pg';
import type { Definition } from '../../baselines/index.js';
import type { Source } from '../../daemon/sources/source.js';
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

/** Two that choose alike, one that chooses otherwise, and one that is read as it lies there, of one table. */
const derived = (name: string, wanted: string, path: string): Definition => ({
  ...table(name, ['coin'], ['wallet'], { table: 'shop.setting' }),
  derive: {
    where: [
      { column: 'type', is: wanted },
      { column: 'valid', is: 't' },
    ],
    latest: 'id',
    json: { column: 'data', members: [{ path, field: 'wallet' }] },
  },
});
const ALL = [
  derived('routes', 'config', '{coin}/wallet'),
  derived('fees', 'config', '{coin}/fee'),
  derived('accounts', 'accounts', '{coin}/wallet'),
  { ...table('history', ['id'], ['type', 'valid'], { table: 'shop.setting' }), history: true } as const,
];
const NAMES = ALL.map(({ name }) => name);
const MANY = 60;

const SHOP = `create schema shop;
  create table shop.setting (id serial primary key, type text, valid boolean, data json, seen int);
  insert into shop.setting (type, valid, data) select (array['config', 'accounts'])[1 + g % 2], g % 3 > 0,
    json_build_object('btc', json_build_object('wallet', g, 'fee', g % 5)) from generate_series(1, ${MANY}) g`;

beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => {
  await db.query(SHOP);
  open = await openTestSource(db, ALL);
  await open.source.read();
});
afterEach(async () => {
  await open.close();
  await db.query('drop schema shop cascade');
});
afterAll(async () => db.drop());

async function told(source: Source, extent: 'all' | 'moved'): Promise<unknown> {
  const { collections } = await source.read(NAMES, { extent });
  return [...collections].map(([name, one]) => [
    name,
    one.readable ? one.snapshot.records.map(({ line }) => line) : [one.cause, one.detail],
  ]);
}

/** Whether the last thing that our reader sent was the end of a look, and not of a read that finds out anew what its tables are. */
async function wasLook(): Promise<boolean> {
  return (await lastQuery(db)).startsWith('COPY ');
}

/** What is read after a hint is what somebody reads who has never read it before. Whether it took a look alone. */
async function expectAsReadAnew(): Promise<boolean> {
  const moved = await told(open.source, 'moved');
  const isLook = await wasLook();
  const other = await openSourceAs(db.urlAs(await readerRole(db)), ALL);
  try {
    expect(moved).toEqual(await told(other.source, 'all'));
  } finally {
    await other.close();
  }
  return isLook;
}

const save = (wallet: string, type = 'config') =>
  db.query(
    `insert into shop.setting (type, valid, data) values ('${type}', true, '{"btc": {"wallet": "${wallet}", "fee": 1}}')`,
  );

describe('a growing table of which what moved is read after a hint', () => {
  test('is told with the row that came, the one that was written in place, and the one that counts again', async () => {
    await save('new');
    expect(await expectAsReadAnew()).toBe(true);
    await db.query(`update shop.setting set data = '{"btc": {"wallet": "in place"}}'
      where id = (select max(id) from shop.setting where type = 'accounts' and valid)`);
    expect(await expectAsReadAnew()).toBe(true);
    await db.query(`update shop.setting set seen = 1`);
    expect(await expectAsReadAnew()).toBe(true);
    for (const sql of ['update shop.setting set valid = false', 'delete from shop.setting']) {
      await db.query(`${sql} where id = (select max(id) from shop.setting where type = 'config' and valid)`);
      await expectAsReadAnew();
    }
    await db.query('truncate shop.setting');
    await expectAsReadAnew();
  });

  test('is told with a value that is too long, which is asked for as its digest from then on', async () => {
    const long = (text: string) =>
      db.query(`update shop.setting set type = repeat('${text}', 70000) where id in (1, 2)`);
    await long('x');
    expect(await expectAsReadAnew()).toBe(false);
    await long('y');
    await expectAsReadAnew();
    await save('new');
    expect(await expectAsReadAnew()).toBe(true);
  });

  test('is read whole where its primary key is not among what chooses, or rows do not say who wrote them', async () => {
    await db.query(
      `alter table shop.setting drop constraint setting_pkey, add column number serial primary key`,
    );
    await open.source.read();
    await save('new');
    await told(open.source, 'moved');
    expect(await wasLook()).toBe(false);
    await db.query(`revoke select (xmin) on shop.setting from ${await readerRole(db)}`);
    await open.source.read();
    await save('newer');
    await expectAsReadAnew();
  });

  test('is told as it is after any statements of any transactions', async () => {
    const whole = await openSourceAs(db.urlAs(await readerRole(db)), ALL);
    const clients: Client[] = [await db.connectAs(db.owner), await db.connectAs(db.owner)];
    const step = fc.record({
      client: fc.integer({ min: 0, max: 1 }),
      id: fc.integer({ min: 1, max: MANY / 2 }),
      to: fc.constantFrom('t', 'f'),
      type: fc.constantFrom('config', 'accounts', 'other'),
      what: fc.constantFrom(
        ...(['insert', 'insert', 'data', 'valid', 'type', 'touch', 'delete', 'move', 'null'] as const),
        ...(['begin', 'commit', 'rollback', 'savepoint s', 'read', 'read', 'read'] as const),
      ),
    });
    const sqlOf = ({ what, id, to, type, client }: Record<string, string | number>): string => {
      // Each client has rows of its own, so that none waits for another.
      const own = `where id = ${2 * Number(id) + Number(client)}`;
      switch (what) {
        case 'insert':
          return `insert into shop.setting (type, valid, data) values ('${type}', '${to}', '{"btc": {"wallet": "${id}"}}')`;
        case 'data':
          return `update shop.setting set data = '{"btc": {"wallet": "${type}", "fee": "${to}"}}' ${own}`;
        case 'valid':
          return `update shop.setting set valid = '${to}' ${own}`;
        case 'null':
          return `update shop.setting set type = null ${own}`;
        case 'type':
          return `update shop.setting set type = '${type}' ${own}`;
        case 'touch':
          return `update shop.setting set seen = 2 ${own}`;
        case 'delete':
          return `delete from shop.setting ${own}`;
        case 'move':
          return `update shop.setting set id = id + 1000 ${own}`;
        default:
          return String(what);
      }
    };
    let looks = 0;
    const compare = async (): Promise<void> => {
      const moved = await told(open.source, 'moved');
      if (await wasLook()) looks++;
      expect(moved).toEqual(await told(whole.source, 'all'));
    };
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
          for (const one of steps) {
            if (one.what === 'read') await compare();
            // A statement that its transaction refuses is as good as none.
            else await clients[one.client]?.query(sqlOf(one)).catch(() => undefined);
          }
          await compare();
          for (const client of clients) await client.query('commit');
          await compare();
        }),
        { numRuns: 25 },
      );
      expect(looks).toBeGreaterThan(25);
    } finally {
      await whole.close();
      for (const client of clients) await client.end();
    }
  });
});
