import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { decodeValue } from '../../baselines/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import {
  openSourceAs,
  openTestSource,
  readerRole,
  type TestSource,
  table,
} from '../support/postgres-source.js';
import { waitFor } from '../support/wait.js';

let db: TestDatabase;
let open: TestSource | null = null;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterEach(async () => {
  await open?.close();
  open = null;
});
afterAll(async () => db.drop());

test('one byte that is no text in a SQL_ASCII database costs its own value, and the rest of the collection is read', async () => {
  const name = `${db.name}_ascii`;
  await db.querySuperuser(
    `create database ${name} encoding 'SQL_ASCII' locale_provider libc lc_collate 'C' lc_ctype 'C' template template0 owner ${db.owner}`,
  );
  const at = (user: string) => Object.assign(new URL(db.urlAs(user)), { pathname: `/${name}` }).href;
  const owner = new pg.Client({ connectionString: at(db.owner) });
  await owner.connect();
  try {
    const reader = await readerRole(db);
    await owner.query(`create table route (id int primary key, address text, label text);
      insert into route values (1, 'bc1qsigned', 'BTC'), (2, 'bc1q' || chr(255), 'ETH'), (3, repeat('y', 70000) || chr(255), 'LTC');
      grant usage on schema public to ${reader}; grant select on route to ${reader}`);
    open = await openSourceAs(at(reader), [table('route', ['id'], ['address', 'label'])], { hints: 'none' });
    const records = await open.records('route');
    const address = (i: number) => decodeValue(records[i]?.fields.get('address') ?? '');
    expect(records.map((record) => record.fields.get('label'))).toEqual(['BTC', 'ETH', 'LTC']);
    expect(records[0]?.fields.get('address')).toBe('bc1qsigned');
    expect(address(1)).toMatchObject({ form: 'digest', bytes: 5 });
    expect(address(2)).toMatchObject({ form: 'digest', bytes: 70_001 });

    expect(await open.records('route')).toHaveLength(3);

    // So does the body of a function, and of the sensor nothing else is lost.
    await owner.query(
      `do $do$ begin execute format($f$create function odd() returns text language sql as %L$f$, 'select ''' || chr(233) || '''') ; end $do$`,
    );
    const objects = await open.records('sensor_cas');
    const named = (identity: RegExp) => objects.find(({ key }) => identity.test(String(key[1])));
    expect(decodeValue(named(/odd\(\)/)?.fields.get('definition') ?? '')).toMatchObject({ form: 'digest' });
    expect(named(/^public\.route$/)?.fields.get('definition')).toMatch(/^\{/);
  } finally {
    await open?.close();
    open = null;
    await owner.end();
    await db.querySuperuser(`drop database ${name}`);
  }
});

test('values too large to be read in time cost their own records and no time', async () => {
  await db.query(`create table settings (id int primary key, v json, note text);
    insert into settings values (1, '{"a":1}', 'kept');
    insert into settings select g, ('"' || repeat('x', 60000000) || '"')::json, 'huge' from generate_series(2, 7) g`);
  const source = await openTestSource(db, [table('settings', ['id'], ['v', 'note'])], {
    transactionTimeoutMs: 1000,
  });
  open = source;
  // All of them would never be read in that time; a busy machine needs it now and then for less.
  const inTime = () => waitFor(() => source.records('settings'), { what: 'a read in time' });
  const first = await inTime();
  expect(first.map((record) => record.fields.get('note'))).toEqual(['kept', ...Array(6).fill('huge')]);
  expect(first[0]?.fields.get('v')).toBe('{"a":1}');
  expect(decodeValue(first[1]?.fields.get('v') ?? '')).toMatchObject({ form: 'digest' });
  expect(await inTime()).toEqual(first);

  // Another process reads another digest: what nobody has read, nobody can have signed.
  const other = await openTestSource(db, [table('settings', ['id'], ['v', 'note'])]);
  const theirs = await other.records('settings');
  await other.close();
  expect(theirs[0]).toEqual(first[0]);
  expect(theirs[1]).not.toEqual(first[1]);
});

test('a collection of 200 columns is read', async () => {
  const columns = Array.from({ length: 199 }, (_, i) => `c${i}`);
  await db.query(`create table wide (id int primary key, ${columns.map((one) => `${one} text`).join(', ')});
    insert into wide (id, c0, c150, c198) values (1, 'first', repeat('z', 70000), repeat('z', 80000))`);
  open = await openTestSource(db, [table('wide', ['id'], columns)]);
  const [record] = await open.records('wide');
  expect(record?.fields.get('c0')).toBe('first');
  expect(decodeValue(record?.fields.get('c150') ?? '')).toMatchObject({ form: 'digest', bytes: 70_000 });
  expect(decodeValue(record?.fields.get('c198') ?? '')).toMatchObject({ form: 'digest', bytes: 80_000 });
  expect(record?.fields.get('c1')).toBeNull();
});
