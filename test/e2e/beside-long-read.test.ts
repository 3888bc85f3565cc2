import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import { prepareMysqlSite } from '../support/mysql/site.js';
import { readerAccount } from '../support/mysql/source.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

/** Terminals beyond which they are read by themselves, as values of an INSERT. */
const MANY = Array.from({ length: 20_001 }, (_, i) => `('LONG${i}', 'ATM', 'BATMTwo')`).join();
/** The timed read is far away, and whoever waits for a lock waits for as long as the test takes. */
const OPTIONS = {
  readIntervalMs: 600_000,
  source: '        lockTimeoutMs: 60000\n        transactionTimeoutMs: 600000',
};

describe('while a large table of PostgreSQL is being read', () => {
  let db: TestDatabase;
  let watched: WatchedSite;
  let daemon: Daemon;

  beforeAll(async () => {
    db = await createTestDatabase();
    watched = await prepareWatchedSite(db, OPTIONS);
    await db.query(`insert into terminal (serial_number, name, type) values ${MANY}`);
    await approveSite(watched.site, watched.site.approvers, 'first');
    daemon = await watched.start();
    await watched.told('baseline 1 is in force');
  });
  afterAll(async () => {
    await daemon.stop();
    await watched.close();
    await db.drop();
  });

  const sessions = (where = '') =>
    db.querySuperuser<{ pid: number }>(
      `select pid from pg_stat_activity where datname = '${db.name}' and usename like 'tillwarden%' ${where}`,
    );

  test('a wallet that is diverted is told at once, over a connection that is there only as long as the read', async () => {
    const before = (await sessions()).length;
    const thief = await db.connectAs(db.owner);
    await thief.query('begin; lock table terminal in access exclusive mode');
    await db.query("notify tillwarden, 'public.terminal'");
    const isWaiting = async () => (await sessions("and wait_event_type = 'Lock'")).length === 1;
    await waitFor(isWaiting, { what: 'the large table to be read' });
    await db.query("update crypto_setting set sell_wallet_address = 'bc1qattacker' where id = 1");
    await watched.told('bc1qattacker');
    expect(await isWaiting()).toBe(true);
    // The second one is there already, and nothing else is opened.
    await db.query("update crypto_setting set sell_wallet_address = 'bc1qanother' where id = 2");
    await watched.told('bc1qanother');
    expect(await isWaiting()).toBe(true);
    expect(await sessions()).toHaveLength(before + 1);
    await thief.query('rollback');
    await waitFor(async () => (await sessions()).length === before, { what: 'the connection to be gone' });
  });
});

describe.each(FLAVOURS)('while a large table of %s is being read', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let watched: WatchedSite;
  let daemon: Daemon;

  beforeAll(async () => {
    own = await startOwnMysql(flavour);
    db = await own.createDatabase();
    watched = await prepareMysqlSite(db, OPTIONS);
    await db.query(`INSERT INTO terminal (serial_number, name, type) VALUES ${MANY}`);
    await approveSite(watched.site, watched.site.approvers, 'first');
    daemon = await watched.start();
    await watched.told('baseline 1 is in force');
  });
  afterAll(async () => {
    await daemon.stop();
    await watched.close();
    await db.drop();
    await own.close();
  });

  const sessions = async (where = '') =>
    (
      await db.queryAdmin<{ id: number }>(
        `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = '${readerAccount(db)}' ${where}`,
      )
    ).length;

  test('a wallet that is diverted is told at once, over a connection that is there only as long as the read', async () => {
    const before = await sessions();
    const thief = await db.connectAs(db.owner);
    await thief.query('LOCK TABLES terminal WRITE');
    // Whatever moves makes all tables be read.
    await db.query("UPDATE location SET city = 'Elsewhere' WHERE id = 1");
    const isWaiting = async () => (await sessions("AND STATE LIKE '%metadata lock%'")) === 1;
    await waitFor(isWaiting, { what: 'the large table to be read' });
    await db.query("UPDATE crypto_setting SET sell_wallet_address = 'bc1qattacker' WHERE id = 1");
    await watched.told('bc1qattacker');
    expect(await isWaiting()).toBe(true);
    expect(await sessions()).toBe(before + 1);
    await thief.query('UNLOCK TABLES');
    await waitFor(async () => (await sessions()) === before, { what: 'the connection to be gone' });
  });
});
