import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeValue } from '../../baselines/index.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import {
  FINGERPRINT_KEY,
  openSourceAs,
  openTestSource,
  readerRole,
  table,
} from '../support/postgres-source.js';
import { waitFor } from '../support/wait.js';

let db: TestDatabase;
const SECRET = 'hunter2-the-secret';
const vault = table('vault', ['token', 'id'], ['api_key', 'pin', 'settings'], {
  secret: ['token', 'api_key', 'pin', 'settings'],
});

beforeAll(async () => {
  db = await createTestDatabase();
  await db.query(`create table vault (token text, id int, api_key text, pin int, settings json);
    insert into vault values ('${SECRET}-t', 1, '${SECRET}', 1234, '{"k": "${SECRET}", "a": 1}'), ('${SECRET}-u', 2, '${SECRET}', 1234, null),
      ('${SECRET}-v', 3, '', null, '{}'), ('${SECRET}-w', 4, null, 0, '{}')`);
});
afterAll(async () => db.drop());

test('secret values and secret keys leave the reader as fingerprints only', async () => {
  const source = await openTestSource(db, [vault]);
  const reading = await source.source.read();
  const records = await source.records('vault');
  const everything = inspect([reading, source.logged, source.hints], {
    depth: 20,
    maxArrayLength: null,
    maxStringLength: null,
  });
  await source.close();
  expect(records).toHaveLength(4);
  expect(everything).not.toContain(SECRET);
  // Not as a part of some digest.
  expect(everything).not.toMatch(/(?<![0-9a-f])1234(?![0-9a-f])/);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  for (const text of [SECRET, `${SECRET}-t`, '1234']) expect(everything).not.toContain(sha256(text));
  // The sensor holds digests of expressions such as "DEFAULT 0".
  expect(inspect(records, { depth: 20, maxStringLength: null })).not.toContain(sha256('0'));
  const forms = records.map((record) =>
    [...record.key, ...record.fields.values()].map((value) => value && decodeValue(value).form),
  );
  expect(forms.find((row) => row.includes(null))).toBeDefined();
  expect(new Set(forms.flat())).toEqual(new Set(['hmac', 'text', null]));
});

test('equal secrets of two records look different, null is told from empty, and a rewrite of json is no change', async () => {
  const source = await openTestSource(db, [vault]);
  const fields = async () =>
    new Map((await source.records('vault')).map((record) => [record.key[1], record.fields]));
  const before = await fields();
  expect(before.get('1')?.get('api_key')).not.toBe(before.get('2')?.get('api_key'));
  expect(before.get('1')?.get('pin')).not.toBe(before.get('2')?.get('pin'));
  expect(before.get('3')?.get('api_key')).toMatch(/^~hmac:/);
  expect(before.get('4')?.get('api_key')).toBeNull();
  await db.query(`update vault set settings = '{"a":1,"k":"${SECRET}"}', api_key = 'other' where id = 1`);
  const after = await fields();
  await db.query(`update vault set api_key = '${SECRET}' where id = 1`);
  await source.close();
  expect(after.get('1')?.get('settings')).toBe(before.get('1')?.get('settings'));
  expect(after.get('1')?.get('api_key')).not.toBe(before.get('1')?.get('api_key'));
  expect(after.get('2')).toEqual(before.get('2'));
});

test('the fingerprint is bound to key of the site, site, collection and column', async () => {
  const url = db.urlAs(await readerRole(db));
  const print = async (context: object, definition = vault) => {
    const source = await openSourceAs(url, [definition], {}, context);
    const records = await source.records(definition.name);
    await source.close();
    return records.find((record) => record.key[1] === '2')?.fields.get('api_key');
  };
  const prints = [
    await print({}),
    await print({ fingerprintKey: FINGERPRINT_KEY.map((byte) => byte + 1) }),
    await print({ site: 'brno-1' }),
    await print({}, { ...vault, name: 'vault_b' }),
    await print({}, { ...vault, columns: ['api_key'], secret: ['token', 'api_key'] }),
  ];
  expect(new Set(prints.slice(0, 4)).size).toBe(4);
  // Other columns beside it change nothing.
  expect(prints[4]).toBe(prints[0]);
});

test('a secret over the limit is sealed by its digest', async () => {
  await db.query(
    `create table long_secret (id int primary key, s text); insert into long_secret values (1, repeat('s', 100000))`,
  );
  const source = await openTestSource(db, [vault, table('long_secret', ['id'], ['s'], { secret: ['s'] })]);
  const [record] = await source.records('long_secret');
  await source.close();
  expect(record?.fields.get('s')).toMatch(/^~hmac:[0-9a-f]{64}$/);
  expect(record?.fields.get('s')).not.toContain(
    createHash('sha256').update('s'.repeat(100_000)).digest('hex'),
  );
});

test('where the server seals a secret as the guide says, the role cannot read it and a change of it shows all the same', async () => {
  const guide = readFileSync(new URL('../../docs/postgresql.md', import.meta.url), 'utf8');
  const [, statements = ''] = /```sql\n(CREATE FUNCTION public\.seal[\s\S]+?)```/.exec(guide) ?? [];
  await db.query(statements);
  const routes = table('crypto_setting', ['id'], ['sell_wallet_address', 'api_key_seal']);
  const source = await openTestSource(db, [routes]);
  await source.listen();
  const role = await readerRole(db);
  const may = await db.query(
    `select has_column_privilege($1, 'crypto_setting', 'api_key', 'select') as key, has_column_privilege($1, 'crypto_setting', 'api_key_seal', 'select') as seal`,
    [role],
  );
  expect(may).toEqual([{ key: false, seal: true }]);
  const seals = async () =>
    new Map(
      (await source.records('crypto_setting')).map(({ key, fields }) => [key[0], fields.get('api_key_seal')]),
    );
  const before = await seals();
  await db.query(`update crypto_setting set api_key = '${SECRET}' where id = 1`);
  await waitFor(() => source.hints.some(({ type }) => type === 'changed'), { what: 'the hint' });
  const after = await seals();
  const everything = inspect([await source.source.read(), source.hints], {
    depth: 20,
    maxStringLength: null,
    maxArrayLength: null,
  });
  await source.close();
  expect([...after].filter(([id, seal]) => before.get(id) !== seal).map(([id]) => id)).toEqual(['1']);
  expect(after.get('1')).toBe(createHash('sha256').update(SECRET).digest('hex'));
  expect(everything).not.toContain(SECRET);
});
