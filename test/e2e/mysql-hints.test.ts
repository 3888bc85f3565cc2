import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import { type MysqlTestSource, openMysqlSource, table } from '../support/mysql/source.js';
import { waitFor } from '../support/wait.js';

/** Ticks of 20 ms, three echoes, a read, and a busy machine. */
const SOON_MS = 900;

describe.each(FLAVOURS)('hints on %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let source: MysqlTestSource | null = null;

  beforeAll(async () => {
    own = await startOwnMysql(flavour, { 'sync-binlog': '1' });
    db = await own.createDatabase();
    await db.query(
      "CREATE TABLE wallet (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB; INSERT INTO wallet VALUES (1, '0')",
    );
  });
  afterEach(async () => {
    await source?.close();
    source = null;
  });
  afterAll(async () => {
    await db.drop();
    await own.close();
  });

  /** A source whose hints are followed by a read, as the daemon does; resolves with how long a value took to be read. */
  const watching = async (config: Readonly<Record<string, unknown>> = {}) => {
    const opened = await openMysqlSource(db, [table(db, 'wallet', ['id'], ['v'])], config);
    source = opened;
    let seen = '';
    const seenValues = new Set<string>();
    let isReading = false;
    let isWanted = false;
    const read = async () => {
      isReading = true;
      while (isWanted) {
        isWanted = false;
        const { collections } = await opened.source.read(['wallet']);
        const wallet = collections.get('wallet');
        if (wallet?.readable) seen = wallet.snapshot.records[0]?.line ?? '';
        seenValues.add(/"v":"([^"]*)"/.exec(seen)?.[1] ?? '');
      }
      isReading = false;
    };
    opened.source.watch((hint) => {
      opened.hints.push(hint);
      if (hint.type === 'disconnected') return;
      isWanted = true;
      if (!isReading) void read();
    });
    await waitFor(() => opened.hints.some(({ type }) => type === 'listening'), { what: 'listening' });
    await waitFor(() => seen !== '', { what: 'a first read' });
    return {
      opened,
      seenValues,
      until: async (value: string, change: () => Promise<unknown>) => {
        await change();
        const from = performance.now();
        await waitFor(() => seen.includes(`"v":"${value}"`), {
          what: `${value} to be read`,
        });
        return performance.now() - from;
      },
    };
  };
  let next = 0;
  const value = () => `v${++next}`;
  const set = (to: string) => db.query('UPDATE wallet SET v = ?', [to]);

  test.each(flavour === 'mysql' ? ['auto', 'gtid', 'poll'] : ['auto', 'poll'])(
    '%s: no change is missed, and each is read soon',
    async (hints) => {
      const { until } = await watching({ hints });
      for (let i = 0; i < 40; i++) {
        const to = value();
        expect(await until(to, () => set(to))).toBeLessThan(SOON_MS);
      }
    },
  );

  test.each(['STATEMENT', 'MIXED', 'ROW'])('a change that is logged as %s is read soon', async (format) => {
    await db.queryAdmin(`SET GLOBAL binlog_format = ${format}`);
    const { until } = await watching();
    const owner = await db.connectAs(db.owner);
    const to = value();
    expect(await until(to, () => owner.query('UPDATE wallet SET v = ?', [to]))).toBeLessThan(SOON_MS);
    await db.queryAdmin('SET GLOBAL binlog_format = ROW');
  });

  test('a change that no log and no position tells of is read within the second', async () => {
    const { until } = await watching();
    const admin = await db.connectAs('tillwarden_admin', new URL(own.server.adminUrl()).password);
    const to = value();
    const ms = await until(to, () =>
      admin.query('SET SESSION sql_log_bin = 0; UPDATE wallet SET v = ?', [to]),
    );
    expect(ms).toBeLessThan(2500);
  });

  test('an event that flips a value and back after a second is seen', async () => {
    const { seenValues } = await watching();
    const [now] = await db.query('SELECT v FROM wallet');
    await db.queryAdmin('SET GLOBAL event_scheduler = ON');
    await db.query(`CREATE EVENT flip ON SCHEDULE AT CURRENT_TIMESTAMP DO UPDATE wallet SET v = 'flipped';
      CREATE EVENT flop ON SCHEDULE AT CURRENT_TIMESTAMP + INTERVAL 1 SECOND DO UPDATE wallet SET v = '${String(now?.['v'])}'`);
    await waitFor(() => seenValues.has('flipped'), { what: 'the flip to be seen' });
    await waitFor(async () => (await db.query("SHOW EVENTS LIKE 'fl%'")).length === 0, {
      what: 'the events to end',
    });
    await db.queryAdmin('SET GLOBAL event_scheduler = OFF');
  });

  test('with hints: none, nothing is said', async () => {
    const opened = await openMysqlSource(db, [table(db, 'wallet', ['id'], ['v'])], { hints: 'none' });
    source = opened;
    expect(opened.source.hasHints).toBe(false);
  });

  test('after every one of our connections was killed fifty times, changes are still heard', async () => {
    const { opened, until } = await watching();
    const account = new URL(db.urlAs(db.owner)).username.replace(/^cas_/, 'reader_');
    let killed = 0;
    const connections = () =>
      db.queryAdmin('SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ?', [account]);
    for (let round = 0; round < 50; round++) {
      await waitFor(async () => (await connections()).length > 0, {
        what: 'a connection to kill',
      });
      const rows = await connections();
      for (const row of rows) await db.queryAdmin(`KILL ${String(row['ID'])}`).catch(() => undefined);
      killed += rows.length;
    }
    expect(killed).toBeGreaterThanOrEqual(50);
    await waitFor(() => opened.hints.at(-1)?.type !== 'disconnected', {
      what: 'listening again',
    });
    const to = value();
    expect(await until(to, () => set(to))).toBeLessThan(3000);
    expect(opened.hints.some((hint) => hint.type === 'disconnected')).toBe(true);
  });

  test('a server that restarts is heard again, without a word of it being missed', async () => {
    const { opened, until } = await watching();
    await own.server.restart();
    await waitFor(
      () =>
        opened.hints.at(-1)?.type !== 'disconnected' &&
        opened.hints.some(({ type }) => type === 'disconnected'),
      { what: 'listening again' },
    );
    const to = value();
    expect(await until(to, () => set(to))).toBeLessThan(3000);
  });

  test('a server without a log of its changes is read ten times a second', async () => {
    await own.server.restart({ 'skip-log-bin': '', ...(flavour === 'mysql' ? { 'gtid-mode': 'OFF' } : {}) });
    const { until } = await watching();
    const to = value();
    expect(await until(to, () => set(to))).toBeLessThan(SOON_MS);
    await source?.close();
    source = null;
    if (flavour === 'mysql') {
      const opened = await openMysqlSource(db, [table(db, 'wallet', ['id'], ['v'])], { hints: 'gtid' });
      source = opened;
      opened.source.watch((hint) => opened.hints.push(hint));
      await waitFor(() => opened.hints.at(-1)?.type === 'disconnected', {
        what: 'being told that it cannot be heard',
      });
      expect(opened.hints.at(-1)).toMatchObject({ reason: expect.stringContaining('gtid_mode OFF') });
    }
    await own.server.restart({ 'sync-binlog': '1' });
  });
});
