import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseRecordLine } from '../../baselines/index.js';
import type { CollectionReading } from '../../daemon/sources/source.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource, readerRole, type TestSource, table } from '../support/postgres-source.js';

// Each transaction leaves the sum and the number of rows as they were: what is read while others write must be of one moment.
let db: TestDatabase;
let open: TestSource;

/** Rows of each: one table is read again whole, the other one by what moved. */
const ROWS = new Map([
  ['few', 20],
  ['many', 2_100],
]);
const WORTH = 100;
const READS = 48;

beforeAll(async () => {
  db = await createTestDatabase();
  for (const [name, rows] of ROWS) {
    await db.query(`create table ${name} (id int primary key, v int);
      insert into ${name} select g, ${WORTH} from generate_series(1, ${rows}) g`);
  }
  open = await openTestSource(
    db,
    [...ROWS.keys()].map((name) => table(name, ['id'], ['v'])),
  );
  await open.source.read();
});
afterAll(async () => {
  await open.close();
  await db.drop();
});

/** Transactions on a table, of which none changes the sum or the number of its rows. `n` rises. */
const WRITES: readonly ((name: string, n: number, role: string) => string)[] = [
  (
    name,
  ) => `with two as (select id, row_number() over () * 2 - 3 as sign from (select id from ${name} order by random() limit 2) r)
    update ${name} t set v = v + 7 * sign from two where two.id = t.id`,
  (
    name,
    n,
  ) => `with gone as (delete from ${name} where id = (select id from ${name} order by random() limit 1) returning v)
    insert into ${name} select ${1_000_000 + n}, v from gone`,
  (name, n) => `update ${name} set id = ${2_000_000 + n} where id = (select max(id) from ${name})`,
  (name) =>
    `savepoint s; delete from ${name} where id < 9; rollback to s; update ${name} set v = v where id < 4`,
  (name, n) =>
    `create temp table kept on commit drop as select * from ${name}; truncate ${name}; insert into ${name} select * from kept where ${n} > 0`,
  (
    name,
    _,
    role,
  ) => `alter table ${name} rename to away; create table ${name} (like away including all); insert into ${name} select * from away;
    drop table away; grant select on ${name} to ${role}; grant select (xmin) on ${name} to ${role}`,
];

/** Writes until it is told to end. How many transactions were committed. */
async function write(name: string, isOver: () => boolean): Promise<number> {
  const client = await db.connectAs(db.owner);
  const role = await readerRole(db);
  let n = 0;
  try {
    while (!isOver()) {
      const sql = WRITES[Math.floor(Math.random() * WRITES.length)]?.(name, ++n, role);
      // Readers and writers may end in each other's way.
      await client
        .query(`begin; set local lock_timeout = '200ms'; ${sql}; ${n % 5 === 0 ? 'rollback' : 'commit'}`)
        .catch(() => client.query('rollback'));
    }
    return n;
  } finally {
    await client.end();
  }
}

/** Rows and their sum; why it was not read else. */
function told(reading: CollectionReading | undefined): unknown {
  if (!reading?.readable) return reading?.cause;
  const values = reading.snapshot.records.map(({ line }) => Number(parseRecordLine(line).fields.get('v')));
  return [values.length, values.reduce((sum, one) => sum + one, 0)];
}

test('whatever is written, truncated and swapped meanwhile, each reading is of one moment', async () => {
  let isOver = false;
  const writers = [...ROWS.keys()].map((name) => write(name, () => isOver));
  const read: [string, unknown][] = [];
  try {
    for (let n = 0; n < READS; n++) {
      const names = n % 4 === 0 ? [...ROWS.keys()] : [n % 4 === 1 ? 'few' : 'many'];
      const { collections } = await open.source.read(names, { extent: n % 4 === 0 ? 'all' : 'moved' });
      for (const name of names) read.push([name, told(collections.get(name))]);
    }
  } finally {
    isOver = true;
    for (const committed of await Promise.all(writers)) expect(committed).toBeGreaterThan(0);
  }
  const wrong = read.filter(([name, found]) => {
    const rows = ROWS.get(name) ?? 0;
    // Of what moves during each of our reads nothing is said.
    return found !== 'moving' && found !== 'timeout' && String(found) !== String([rows, rows * WORTH]);
  });
  expect(wrong).toEqual([]);
  expect(read.filter(([, found]) => Array.isArray(found)).length).toBeGreaterThan(READS / 2);
});
