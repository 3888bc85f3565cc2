import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeValue } from '../../baselines/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource, type TestSource, table } from '../support/postgres-source.js';
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

async function opened(...args: Parameters<typeof openTestSource> extends [unknown, ...infer R] ? R : never) {
  open = await openTestSource(db, ...args);
  return open;
}

test('every row becomes a record, its values as PostgreSQL writes them', async () => {
  await db.query(`
    create type mood as enum ('glad', 'sad');
    create table kinds (id int primary key, b bool, n numeric, f float8, big bigint, t timestamptz, d date, i interval, y bytea,
      u uuid, m mood, mm mood[], a text[], j jsonb, c char(5), v varchar(9), money money, r int4range, "null" text);
    insert into kinds values (1, true, 1.50, 0.1, 9007199254740993, '2026-11-24 12:00:00.123456+01', '2026-02-01', '1 day 2 hours', '\\x00ff',
      '00000000-0000-0000-0000-000000000001', 'sad', '{glad,sad}', '{a,"b c",NULL}', '{"b":1.0,"a":[true]}', 'ab', 'x', 12.5, '[1,5)', null)`);
  const columns = 'b n f big t d i y u m mm a j c v money r null'.split(' ');
  const source = await opened([table('kinds', ['id'], columns)]);
  const [record] = await source.records('kinds');
  expect(record?.key).toEqual(['1']);
  expect(Object.fromEntries(record?.fields ?? [])).toEqual({
    b: 't',
    n: '1.50',
    f: '0.1',
    big: '9007199254740993',
    t: '2026-11-24 11:00:00.123456+00',
    d: '2026-02-01',
    i: '1 day 02:00:00',
    y: '\\x00ff',
    u: '00000000-0000-0000-0000-000000000001',
    m: 'sad',
    mm: '{glad,sad}',
    a: '{a,"b c",NULL}',
    j: '{"a":[true],"b":1.0}',
    c: 'ab   ',
    v: 'x',
    money: '$12.50',
    r: '[1,5)',
    null: null,
  });
});

test('settings that an owner binds to our role change no value', async () => {
  await db.query(`create table bound (id int primary key, t timestamptz, y bytea, d date, i interval, f float8);
    insert into bound values (1, '2026-11-24 12:00:00+00', '\\x41', '2026-02-01', '1 day', 0.1)`);
  const source = await opened([table('bound', ['id'], ['t', 'y', 'd', 'i', 'f'])]);
  const before = await source.read('bound');
  await source.close();
  for (const setting of [
    "timezone = 'Asia/Tokyo'",
    "bytea_output = 'escape'",
    "datestyle = 'German'",
    "intervalstyle = 'iso_8601'",
    'extra_float_digits = -10',
    'search_path = public',
    'standard_conforming_strings = off',
    "client_encoding = 'LATIN1'",
  ]) {
    await db.querySuperuser(`alter database ${db.name} set ${setting}`);
  }
  const again = await opened([table('bound', ['id'], ['t', 'y', 'd', 'i', 'f'])]);
  const after = await again.read('bound');
  for (const name of ['timezone', 'bytea_output', 'datestyle', 'intervalstyle', 'extra_float_digits']) {
    await db.querySuperuser(`alter database ${db.name} reset ${name}`);
  }
  await db.querySuperuser(`alter database ${db.name} reset all`);
  expect(
    before.readable && after.readable && before.snapshot.recordsDigest === after.snapshot.recordsDigest,
  ).toBe(true);
});

test('what did not change is the very same object, however its rows moved', async () => {
  await db.query(`create table still (id int primary key, v text, ping timestamptz);
    insert into still select g, 'v' || g, now() from generate_series(1, 500) g`);
  const source = await opened([table('still', ['id'], ['v'])]);
  const first = await source.source.read();
  await db.query('update still set ping = clock_timestamp() where id % 3 = 0');
  await db.query('vacuum full still');
  const second = await source.source.read();
  for (const name of ['still', 'sensor_cas']) {
    const [a, b] = [first.collections.get(name), second.collections.get(name)];
    if (!a?.readable || !b?.readable) throw new Error(`${name} is unreadable`);
    if (name === 'still') expect(b.snapshot).toBe(a.snapshot);
  }
  await db.query("update still set v = 'other' where id = 7");
  const third = await source.records('still');
  expect(third.filter((record) => record.fields.get('v') === 'other').map((record) => record.key)).toEqual([
    ['7'],
  ]);
  expect(third).toHaveLength(500);
});

test('whoever waits for a read of everything hears whose turn it is: the collection that holds it up has a name', async () => {
  await db.query('create table free (id int primary key); create table held (id int primary key)');
  const { source } = await opened([table('free', ['id'], []), table('held', ['id'], [])], {
    lockTimeoutMs: 10_000,
  });
  await source.read();
  const owner = await db.connectAs(db.owner);
  try {
    await owner.query('begin; lock table held in access exclusive mode');
    const turns: string[] = [];
    const reading = source.read(undefined, { onBegin: (...names) => void turns.push(names.join()) });
    await waitFor(() => turns.includes('held'), { what: 'its turn' });
    // Together at first, and each by itself when that did not succeed soon.
    expect(turns.slice(1)).toEqual(['sensor_cas', 'free', 'held']);
    expect(turns[0]?.split(',').sort()).toEqual(['free', 'held', 'sensor_cas']);
    await owner.query('rollback');
    expect([...(await reading).collections.values()].every(({ readable }) => readable)).toBe(true);
  } finally {
    await owner.end();
  }
});

test('two rows with one key are two records, and a null key is one', async () => {
  await db.query(`create table twins (id int, v text);
    insert into twins values (1, 'a'), (1, 'b'), (1, 'a'), (null, 'c')`);
  const source = await opened([table('twins', ['id'], ['v'])]);
  const seen = async () =>
    (await source.records('twins')).map((record) => [record.key[0], record.fields.get('v')]);
  expect(await seen()).toEqual([
    ['1', 'a'],
    ['1', 'a'],
    ['1', 'b'],
    [null, 'c'],
  ]);
  await db.query("delete from twins where ctid = (select ctid from twins where v = 'a' limit 1)");
  expect(await seen()).toEqual([
    ['1', 'a'],
    ['1', 'b'],
    [null, 'c'],
  ]);
});

test('json that means the same is the same; json without one meaning is told raw', async () => {
  await db.query(`create table docs (id int primary key, j json);
    insert into docs values (1, '{"b": 1,  "a": 2}'), (2, '{"a":1,"a":2}'), (3, '"\\ud800"')`);
  const source = await opened([table('docs', ['id'], ['j'])]);
  const first = await source.read('docs');
  const values = (await source.records('docs')).map((record) => decodeValue(record.fields.get('j') ?? ''));
  expect(values).toEqual([
    { form: 'text', text: '{"a":2,"b":1}' },
    { form: 'raw-json', text: '{"a":1,"a":2}' },
    { form: 'raw-json', text: '"\\ud800"' },
  ]);
  await db.query(`update docs set j = '{"a":2,"b":1}' where id = 1`);
  const second = await source.read('docs');
  expect(first.readable && second.readable && second.snapshot === first.snapshot).toBe(true);
});

test('identifiers and values of an attacker are values like any other', async () => {
  const hostile = [
    'constructor',
    '__proto__',
    'toJSON',
    '',
    '~digest:1:00',
    '\\N',
    '\\.',
    'a\tb\nc\rd\\e\b\f\v',
    '<!channel>',
    '<https://evil|Approve>',
    '✅ resolved',
    '\u202Edmin\u200B',
    '"; drop table x; --',
    '\uFFFD',
    '😀\uFEFF',
    'x'.repeat(1000),
  ];
  const name = 'ta"b.l$tillwarden$e; --';
  const column = 'co"l\'u\\mn\n--';
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await db.query(`create schema ${quoted('sche.ma"')}`);
  const relation = `${quoted('sche.ma"')}.${quoted(name)}`;
  await db.query(`create table ${relation} (id text, ${quoted(column)} text)`);
  for (const text of hostile) await db.query(`insert into ${relation} values ($1, $1)`, [text]);
  const source = await opened([table('hostile', ['id'], [column], { table: relation })]);
  const records = await source.records('hostile');
  const plain = (text: string | null | undefined) => {
    const value = decodeValue(text ?? '');
    return value.form === 'text' ? value.text : value.form;
  };
  expect(records.map((record) => plain(record.key[0])).sort()).toEqual([...hostile].sort());
  expect(records.every((record) => record.fields.get(column) === record.key[0])).toBe(true);
});

describe('a value over the limit', () => {
  test('is carried as length and digest, and never reaches this process', async () => {
    await db.query(`create table huge (id text, v text, j jsonb, y bytea);
      insert into huge values ('a', repeat('x', 100000000), to_jsonb(repeat('y', 70000)), decode(repeat('00', 70000), 'hex')),
        ('b', repeat('x', 16000000), null, null), (repeat('k', 70000), 'é', '1', 'z')`);
    const source = await opened([table('huge', ['id'], ['v', 'j', 'y'])]);
    const before = process.memoryUsage().rss;
    const records = await source.records('huge');
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
    const [big, hashed, key] = [
      records.find((record) => record.key[0] === 'a'),
      records.find((record) => record.key[0] === 'b'),
      records.find((record) => (record.key[0]?.length ?? 0) > 1),
    ];
    expect(decodeValue(big?.fields.get('v') ?? '')).toMatchObject({ form: 'digest', bytes: 100_000_000 });
    expect(decodeValue(hashed?.fields.get('v') ?? '')).toEqual({
      form: 'digest',
      bytes: 16_000_000,
      sha256: createHash('sha256').update(Buffer.alloc(16_000_000, 'x')).digest('hex'),
    });
    expect(decodeValue(big?.fields.get('j') ?? '')).toMatchObject({ form: 'digest', bytes: 70_002 });
    expect(decodeValue(big?.fields.get('y') ?? '')).toMatchObject({ form: 'digest', bytes: 70_000 });
    expect(decodeValue(key?.key[0] ?? '')).toMatchObject({ form: 'digest', bytes: 70_000 });
    expect(key?.fields.get('v')).toBe('é');
  });
});
