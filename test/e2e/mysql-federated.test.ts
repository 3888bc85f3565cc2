import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import { type MysqlTestSource, openMysqlSource, table } from '../support/mysql/source.js';

/** MariaDB's FEDERATEDX and CONNECT are plugins that Debian packs apart; the rule is the same: whatever is not InnoDB. */
let own: OwnMysql;
let db: MysqlDatabase;
let source: MysqlTestSource;
let silent: ReturnType<typeof createServer>;
const sockets = new Set<Socket>();

beforeAll(async () => {
  // A server of the thief's that takes connections and says nothing.
  silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  own = await startOwnMysql('mysql', { federated: '1' });
  db = await own.createDatabase();
  await db.query(`CREATE TABLE wallet (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB; INSERT INTO wallet VALUES (1, 'ours');
    CREATE TABLE beside (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB; INSERT INTO beside VALUES (1, 'ours')`);
  const definitions = [table(db, 'wallet', ['id'], ['v']), table(db, 'beside', ['id'], ['v'])];
  source = await openMysqlSource(db, definitions, { transactionTimeoutMs: 2000 });
});
afterAll(async () => {
  await source.close();
  for (const socket of sockets) socket.destroy();
  silent.close();
  await db.drop();
  await own.close();
});

test.each([
  ['on this server, with the rows copied', () => own.server.adminUrl(db.name).replace(/\?.*$/, '')],
  ['on one that never answers', () => `mysql://u:p@127.0.0.1:${(silent.address() as AddressInfo).port}/x`],
])(
  'a watched table that becomes one of FEDERATED, its rows %s, is no table that we read, and hides no other',
  async (_, url) => {
    await db.query(`CREATE TABLE away (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB; INSERT INTO away VALUES (1, 'ours');
    RENAME TABLE wallet TO honest`);
    await db.queryAdmin(
      `CREATE TABLE wallet (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=FEDERATED CONNECTION='${url()}/away'`,
    );
    const { collections } = await source.source.read(['wallet', 'beside']);
    expect(collections.get('wallet')).toMatchObject({ readable: false, cause: 'not-a-table' });
    expect(collections.get('beside')).toMatchObject({ readable: true });
    for (const socket of sockets) socket.destroy();
    await db.query('DROP TABLE wallet; DROP TABLE away; RENAME TABLE honest TO wallet');
    expect(await source.read('wallet')).toMatchObject({ readable: true });
  },
);
