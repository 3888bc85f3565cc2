import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Definition } from '../../baselines/index.js';
import { createMysqlDatabase, FLAVOURS, type MysqlDatabase } from '../support/mysql/databases.js';
import { type MysqlTestSource, openMysqlSource, table } from '../support/mysql/source.js';

const SECRET = 'k3y-of-the-exchange';

describe.each(FLAVOURS)('records derived on %s', (flavour) => {
  let db: MysqlDatabase;
  let source: MysqlTestSource;

  const routes = (latest = 'id'): Definition => ({
    ...table(db, 'routes', ['coin'], ['wallet', 'token']),
    table: `${db.name}.user_config`,
    kind: 'wallet-route',
    secret: ['token'],
    derive: {
      where: [
        { column: 'type', is: 'config' },
        { column: 'valid', is: '1' },
      ],
      latest,
      json: {
        column: 'data',
        members: [
          { path: 'config/wallets_{coin:A-Z}_wallet', field: 'wallet' },
          { path: 'config/wallets_{coin:A-Z}_token', field: 'token' },
        ],
      },
    },
  });
  const codes = (): Definition => ({
    ...table(db, 'codes', ['name', 'created'], []),
    table: `${db.name}.pairing`,
    derive: { distinct: true },
  });

  beforeAll(async () => {
    db = await createMysqlDatabase(flavour);
    // Text that MariaDB keeps as it is written; MySQL has a type of its own, which keeps the last of two equal members.
    await db.query(`CREATE TABLE user_config (id BIGINT AUTO_INCREMENT PRIMARY KEY, type VARCHAR(20) COLLATE utf8mb4_general_ci, valid BIT(1), stamp VARCHAR(20) COLLATE utf8mb4_general_ci, data LONGTEXT) ENGINE=InnoDB;
      CREATE TABLE pairing (token VARCHAR(9), name VARCHAR(9), created VARCHAR(9)) ENGINE=InnoDB;
      INSERT INTO pairing VALUES ('a', 'm1', 'now'), ('b', 'm1', 'now');
      INSERT INTO user_config (type, valid, stamp, data) VALUES
        ('config', b'1', 'a', '{"config": {"wallets_BTC_wallet": "old"}}'),
        ('config', b'1', 'b', '{"config": {"wallets_BTC_wallet": "bitcoind", "wallets_BTC_token": "${SECRET}", "x": 1}}'),
        ('CONFIG', b'1', 'z', '{"config": {"wallets_BTC_wallet": "planted under another spelling"}}'),
        ('config', b'0', 'z', '{"config": {"wallets_BTC_wallet": "planted"}}'),
        ('config', b'1', 'B', '{"config": {"wallets_BTC_wallet": "planted beside the newest, for a collation that takes B for b"}}'),
        ('accounts', b'1', 'z', '{"config": {"wallets_BTC_wallet": "other"}}');
      UPDATE user_config SET id = 9007199254740993 WHERE stamp = 'b' COLLATE utf8mb4_bin;
      ALTER TABLE user_config AUTO_INCREMENT = 9007199254740994`);
    source = await openMysqlSource(db, [routes(), codes()]);
  });
  afterAll(async () => {
    await source.close();
    await db.drop();
  });

  test('of a growing table the newest row that counts is taken apart, and its secrets leave as fingerprints', async () => {
    const records = await source.records('routes');
    expect(records.map(({ key, fields }) => [key, fields.get('wallet')])).toEqual([[['BTC'], 'bitcoind']]);
    expect(records[0]?.fields.get('token')).toMatch(/^~hmac:[0-9a-f]{64}$/);
    const { collections } = await source.source.read(['routes', 'codes']);
    const everything = inspect([collections, source.logged], { depth: 20, maxStringLength: null });
    expect(everything).not.toContain(SECRET);
  });

  test('a value chooses letter by letter, whatever the collation takes for equal', async () => {
    await source.close();
    source = await openMysqlSource(db, [routes('stamp'), codes()]);
    expect((await source.records('routes')).map(({ fields }) => fields.get('wallet'))).toEqual(['bitcoind']);
    await db.query(
      `INSERT INTO user_config (id, type, valid, data) VALUES (99, 'config', b'1', '{"config": {"wallets_BTC_wallet": "planted without a value"}}')`,
    );
    const both = (await source.records('routes')).map(({ fields }) => fields.get('wallet'));
    expect(both.sort()).toEqual(['bitcoind', 'planted without a value']);
    await db.query('DELETE FROM user_config WHERE id = 99');
    await source.close();
    source = await openMysqlSource(db, [routes(), codes()]);
  });

  test('two rows that make the same record are one', async () => {
    expect((await source.records('codes')).map(({ key }) => key)).toEqual([['m1', 'now']]);
  });

  test('saving the same settings again is no change: the snapshot is the very same', async () => {
    const before = await source.read('routes');
    await db.query(
      'INSERT INTO user_config (type, valid, data) SELECT type, valid, data FROM user_config WHERE id = 9007199254740993',
    );
    const again = await source.read('routes');
    expect(before.readable && again.readable && again.snapshot === before.snapshot).toBe(true);
  });

  test('JSON that has no single meaning is a record without a key, never an exception', async () => {
    await db.query(
      `INSERT INTO user_config (type, valid, data) VALUES ('config', b'1', '{"config": {"wallets_BTC_wallet": "a", "wallets_BTC_wallet": "b"}}')`,
    );
    const records = await source.records('routes');
    expect(records.map(({ key }) => key)).toEqual([[null]]);
  });

  test('heavy rows that do not count do not travel', async () => {
    await db.query(`UPDATE user_config SET data = CONCAT('{"config": {"pad": "', REPEAT('x', 100000), '"}}');
      INSERT INTO user_config (type, valid, data) VALUES ('config', b'1', '{"config": {"wallets_BTC_wallet": "new"}}')`);
    const narrow = await openMysqlSource(db, [routes(), codes()], { maxCollectionBytes: 10_000 });
    expect((await narrow.records('routes'))[0]?.fields.get('wallet')).toBe('new');
    await narrow.close();
  });

  test('several collections are read in one look, and what fails in it costs the collection alone that names it', async () => {
    await db.query(`DELETE FROM user_config;
      INSERT INTO user_config (type, valid, stamp, data) VALUES ('config', b'1', 'a', '{"config": {"wallets_BTC_wallet": "one"}}')`);
    const { json: _, ...rows } = routes().derive ?? {};
    const light: Definition = {
      ...routes(),
      name: 'light',
      key: ['id'],
      columns: ['type'],
      secret: [],
      derive: rows,
    };
    const several = await openMysqlSource(db, [routes(), codes(), light]);
    try {
      const { source } = several;
      expect(source.groups?.(['light', 'codes', 'routes'])).toEqual([['light', 'routes'], ['codes']]);
      const read = async () => {
        const { collections } = await source.read(['light', 'routes']);
        return Object.fromEntries(
          [...collections].map(([name, one]) => [
            name,
            one.readable ? one.snapshot.records.length : one.cause,
          ]),
        );
      };
      expect(await read()).toEqual({ light: 1, routes: 1 });
      await db.query('ALTER TABLE user_config CHANGE data moved LONGTEXT');
      expect(await read()).toEqual({ light: 1, routes: 'missing' });
    } finally {
      await several.close();
    }
  });
});
