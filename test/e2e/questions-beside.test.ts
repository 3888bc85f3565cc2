import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource, type TestSource, table } from '../support/postgres-source.js';

const CUSTOMER = 'bc1qcustomer';

let db: TestDatabase;
let open: TestSource | null = null;

beforeAll(async () => {
  db = await createTestDatabase();
  await db.query(`
    create table fee (id int primary key, percent int); insert into fee values (1, 5);
    create table payment (id int primary key, address text); insert into payment values (1, '${CUSTOMER}');
    create table staff (username text primary key, seen timestamptz); insert into staff values ('bob', now())`);
});
afterEach(async () => {
  await open?.close();
  open = null;
});
afterAll(async () => db.drop());

/** Opens a source that asks for customers and staff, and may read neither. */
async function openAsking(): Promise<TestSource> {
  open = await openTestSource(db, [table('fee', ['id'], ['percent'])], {
    customers: { table: 'public.payment', column: 'address' },
    activity: { table: 'public.staff', user: 'username', time: 'seen' },
  });
  return open;
}

test('a question that is refused leaves no transaction behind, with which everything else would be unread', async () => {
  const { source, logged } = await openAsking();
  for (const ask of [() => source.customersAmong?.([CUSTOMER]), () => source.activity?.()]) {
    expect(await ask()).toBeNull();
    const { collections } = await source.read();
    expect([...collections.values()].filter(({ readable }) => !readable)).toEqual([]);
  }
  expect(logged.filter((line) => line.includes('could not be asked'))).toHaveLength(1);
});
