import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import {
  install,
  type MysqlTestSource,
  openMysqlSourceAs,
  readerAccount,
  table,
} from '../support/mysql/source.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait.js';

describe.each(FLAVOURS)('a replica of %s', (flavour) => {
  let primary: OwnMysql;
  let replica: OwnMysql;
  let db: MysqlDatabase;
  let admin: MysqlDatabase;
  let source: MysqlTestSource;

  beforeAll(async () => {
    primary = await startOwnMysql(flavour);
    replica = await startOwnMysql(flavour, { 'server-id': '2', 'read-only': '1', 'slave-net-timeout': '2' });
    db = await primary.createDatabase();
    await db.query(
      "CREATE TABLE wallet (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB; INSERT INTO wallet VALUES (1, 'ours')",
    );
    const account = await install(db, [table(db, 'wallet', ['id'], ['v'])]);
    admin = await replica.createDatabase();
    const from = new URL(primary.server.adminUrl());
    const how = flavour === 'mysql' ? 'MASTER_AUTO_POSITION = 1' : 'MASTER_USE_GTID = slave_pos';
    await admin.queryAdmin(
      `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${from.port}, MASTER_USER = '${from.username}', MASTER_PASSWORD = '${from.password}', MASTER_CONNECT_RETRY = 1, ${how}; START SLAVE`,
    );
    await waitFor(
      async () => (await admin.queryAdmin(`SELECT v FROM ${db.name}.wallet`).catch(() => [])).length === 1,
      { what: 'the copy' },
    );
    const url = new URL(db.urlAs(account));
    url.port = String(replica.server.port);
    source = await openMysqlSourceAs(url.href, [table(db, 'wallet', ['id'], ['v'])], { staleAfterMs: 700 });
  });
  afterAll(async () => {
    await source.close();
    await admin.drop().catch(() => undefined);
    await replica.close();
    await db.drop();
    await primary.close();
  });

  const wallet = async () => {
    const reading = (await source.source.read()).collections.get('wallet');
    return reading?.readable ? (reading.snapshot.records[0]?.line ?? '') : (reading?.detail ?? '');
  };

  test('is read, and shows as one', async () => {
    // The account comes by replication too, and after it the procedures that say what the server is.
    const isWhole = async () => (await wallet()).includes('ours') && source.source.degradations().length > 0;
    await waitFor(isWhole, { what: 'the first read' });
    expect(source.source.degradations()).toMatchObject([{ code: 'SOURCE_STANDBY' }]);
  });

  test('is read anew when it applies a change of its source, however long its threads were last looked at', async () => {
    let heard = '';
    source.source.watch((hint) => {
      source.hints.push(hint);
      if (hint.type !== 'changed') return;
      void source.read('wallet').then((reading) => {
        heard = reading.readable ? (reading.snapshot.records[0]?.line ?? '') : reading.detail;
      });
    });
    await waitFor(() => source.hints.some(({ type }) => type === 'listening'), { what: 'listening' });
    // The second time the name that its transactions bear is known.
    for (const value of ['applied', 'replicated']) {
      await db.query(`UPDATE wallet SET v = '${value}'`);
      await waitFor(() => heard.includes(value), {
        what: 'the change to be heard and read',
      });
    }
  });

  test.each([
    ['whose replication is stopped', 'STOP SLAVE', 'START SLAVE'],
    ['that applies nothing more', 'STOP SLAVE SQL_THREAD', 'START SLAVE SQL_THREAD'],
    ['that receives nothing more', 'STOP SLAVE IO_THREAD', 'START SLAVE IO_THREAD'],
  ])('%s is believed no longer than the limit', async (_, stop, start) => {
    await waitFor(async () => (await wallet()).includes('replicated'), {
      what: 'being in step',
    });
    await admin.queryAdmin(stop);
    await waitFor(async () => (await wallet()).includes('out of step'), {
      what: 'being told as out of step',
    });
    // Reads of tables alone, as hints cause them, are not believed either.
    expect(await source.read('wallet')).toMatchObject({ readable: false, cause: 'unreachable' });
    await admin.queryAdmin(start);
    await waitFor(async () => (await wallet()).includes('replicated'), {
      what: 'being believed again',
    });
  });

  test('whose source is gone is believed no longer than the limit, whatever it says of seconds behind', async () => {
    primary.server.kill();
    await waitFor(async () => (await wallet()).includes('out of step'), {
      what: 'being told as out of step',
    });
    await primary.server.restart();
    await waitFor(async () => (await wallet()).includes('replicated'), {
      what: 'being believed again',
    });
  });

  test('that has taken over is believed', async () => {
    await admin.queryAdmin('STOP SLAVE; SET GLOBAL read_only = OFF');
    await waitFor(async () => (await wallet()).includes('replicated'), {
      what: 'being believed',
    });
    expect(source.source.degradations()).toEqual([]);
  });

  test('to which a proxy fails over is heard and read over the same address, and the sensor shows another server', async () => {
    const proxy = await startTcpProxy('127.0.0.1', primary.server.port);
    const url = new URL(db.urlAs(readerAccount(db)));
    url.port = String(proxy.port);
    const behind = await openMysqlSourceAs(url.href, [table(db, 'wallet', ['id'], ['v'])]);
    try {
      let heard = '';
      behind.source.watch((hint) => {
        behind.hints.push(hint);
        if (hint.type === 'disconnected') return;
        void behind.read('wallet').then((reading) => {
          heard = reading.readable ? (reading.snapshot.records[0]?.line ?? '') : '';
        });
      });
      const told = (type: string) => behind.hints.filter((hint) => hint.type === type).length;
      await waitFor(() => told('listening') === 1, { what: 'listening' });
      const port = async () =>
        (await behind.records('sensor_cas')).find(({ key }) => key.join(' ') === 'variable port')?.fields;
      const before = await port();

      proxy.failOver(replica.server.port);
      await waitFor(() => told('listening') === 2, { what: 'listening to the other' });
      expect(told('disconnected')).toBeGreaterThan(0);
      await admin.queryAdmin(`UPDATE ${db.name}.wallet SET v = 'after' WHERE id = 1`);
      await waitFor(() => heard.includes('after'), {
        what: 'the change to be heard and read',
      });
      expect(await port()).not.toEqual(before);
    } finally {
      await behind.close();
      await proxy.close();
    }
  });
});
