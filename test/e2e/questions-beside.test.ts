import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource, readerRole, type TestSource, table } from '../support/postgres-source.js';

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

test('an answer is not believed where code that the server calls while it plans the question changed a setting', async () => {
  const planned = (
    body: string,
  ) => `create or replace function planned() returns boolean language plpgsql immutable as
    $$ begin ${body}; return true; end $$`;
  await db.query(
    `${planned('null')}; create index on payment (id) where planned(); create index on staff (seen) where planned()`,
  );
  const { source, logged } = await openAsking();
  await db.query(`grant select on payment, staff to ${await readerRole(db)}`);
  expect(await source.customersAmong?.([CUSTOMER])).toEqual(new Set([CUSTOMER]));
  expect(await source.activity?.()).toMatchObject({ users: [{ user: 'bob' }] });
  // Rows that a policy hides from us would be hidden without a word.
  await db.query(planned(`perform set_config('row_security', 'on', true)`));
  expect(await source.customersAmong?.([CUSTOMER])).toBeNull();
  expect(await source.activity?.()).toBeNull();
  const told = 'a setting of our session was changed by code that the server runs when the table is read';
  expect(logged.filter((line) => line.includes(told))).toHaveLength(2);
});
