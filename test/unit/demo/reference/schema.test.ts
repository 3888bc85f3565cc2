import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REFERENCE_TABLES } from '../../../../daemon/demo/reference/schema.js';
import { referenceSeed, SEED_COUNTS } from '../../../../daemon/demo/reference/seed.js';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const one = async (sql: string) => (await database.query(sql))[0];

test('the site has 12 users with their persons in groups, 250 terminals in 40 locations, 8 crypto settings', async () => {
  expect(
    await one(`select
      (select count(*)::int from cas_user join person on person.id = person_id
         join user_group on user_group.id = group_id) as users,
      (select count(*)::int from terminal) as terminals,
      (select count(distinct location_id)::int from terminal) as locations,
      (select count(distinct crypto_currency)::int from crypto_setting) as "cryptoSettings"`),
  ).toEqual(SEED_COUNTS);
  expect(await one('select count(distinct group_id)::int as groups from cas_user')).toEqual({ groups: 4 });
});

test('the seed is the same text every time', () => {
  expect(referenceSeed()).toBe(referenceSeed());
  expect(referenceSeed()).not.toMatch(/now\(\)|random|current_/);
});

test("terminals differ in serial number and name, and the vendor's own example is not among them", async () => {
  expect(
    await one(`select count(distinct serial_number)::int as numbers, count(distinct name)::int as names,
                      count(*) filter (where serial_number !~ '^BT[0-9]{6}$' or serial_number = 'BT123456')::int as odd
               from terminal`),
  ).toEqual({ numbers: 250, names: 250, odd: 0 });
});

test('rows can be added without choosing an id, as the application and the attack do', async () => {
  const [user] = await database.query(
    `insert into cas_user (login, password_hash, person_id, group_id) values ('gb', 'x', 1, 1) returning id::int`,
  );
  const [terminal] = await database.query(
    `insert into terminal (serial_number, name, type) values ('BT123456', 'ATM', 'BATMThree') returning id::int`,
  );
  expect([user, terminal]).toEqual([{ id: 13 }, { id: 251 }]);
});

test('the owner owns every table and is nothing special, nor is the application', async () => {
  const owned = await database.query(
    'select tablename as name from pg_tables where schemaname = $1 and tableowner = $2 order by 1',
    ['public', database.owner],
  );
  expect(owned.map(({ name }) => name)).toEqual([...REFERENCE_TABLES].sort());
  const special = await database.query(
    `select from pg_roles where rolname = any($1)
        and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)`,
    [[database.owner, database.app]],
  );
  expect(special).toHaveLength(0);
});

test('the application may report a terminal and record a transaction, and may change no setting', async () => {
  const app = await database.connectAs(database.app);
  await app.query('update terminal set last_ping = now(), errors = errors + 1 where id = 1');
  await app.query(
    `insert into transaction (terminal_id, crypto_setting_id, direction, fiat_amount, fiat_currency, crypto_amount, address)
     values (1, 1, 'buy', 2000, 'CZK', 0.00093, 'bc1q')`,
  );
  for (const sql of [
    'update terminal set active = false',
    "update crypto_setting set sell_wallet_address = 'x'",
    'update cas_user set enabled = true',
    "insert into person (first_name, last_name, email) values ('a', 'b', 'c')",
    'delete from user_permission',
  ]) {
    await expect(app.query(sql)).rejects.toMatchObject({ code: '42501' });
  }
});

describe('addresses have the checksums of their coins', () => {
  const addressesOf = async (coin: string) => {
    const rows = await database.query<{ a: string; b: string }>(
      'select sell_wallet_address as a, invalid_payment_address as b from crypto_setting where crypto_currency = $1',
      [coin],
    );
    return rows.flatMap(({ a, b }) => [a, b]);
  };

  test.each([
    ['DOGE', '1e'],
    ['DASH', '4c'],
    ['ZEC', '1cb8'],
    ['USDT_TRON', '41'],
  ])('%s in base58check', async (coin, version) => {
    for (const address of await addressesOf(coin))
      expect(base58check(address)).toMatch(new RegExp(`^${version}`));
  });

  test.each([
    ['BTC', 'bc'],
    ['LTC', 'ltc'],
  ])('%s in bech32', async (coin, prefix) => {
    for (const address of await addressesOf(coin)) expect(bech32Prefix(address)).toBe(prefix);
  });
});

/** Hex of the version and hash, or an error when the checksum is wrong. */
function base58check(address: string): string {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let number = 0n;
  for (const letter of address) number = number * 58n + BigInt(alphabet.indexOf(letter));
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();
  const body = bytes.subarray(0, -4);
  expect(sha256(sha256(body)).subarray(0, 4).toString('hex')).toBe(bytes.subarray(-4).toString('hex'));
  return body.toString('hex');
}

/** The human-readable part, or an error when the checksum (BIP 173) is wrong. */
function bech32Prefix(address: string): string {
  const split = address.lastIndexOf('1');
  const prefix = address.slice(0, split);
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  const data = [...address.slice(split + 1)].map((letter) =>
    'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.indexOf(letter),
  );
  const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let sum = 1;
  for (const value of [...codes.map((c) => c >> 5), 0, ...codes.map((c) => c & 31), ...data]) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    generators.forEach((generator, bit) => {
      if ((top >> bit) & 1) sum ^= generator;
    });
  }
  expect(sum).toBe(1);
  return prefix;
}
