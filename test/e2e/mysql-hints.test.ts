import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import { type MysqlTestSource, openMysqlSource, table } from '../support/mysql/source.js';
import { waitFor } from '../support/wait.js';

describe.each(FLAVOURS)('hints on %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let source: MysqlTestSource | null = null;
  /** What the source takes for the time. It passes only when told, so that no read comes by the clock: whatever is read was heard of. */
  let nowMs: number;

  beforeEach(() => {
    nowMs = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });
  beforeAll(async () => {
    own = await startOwnMysql(flavour, { 'sync-binlog': '1' });
    db = await own.createDatabase();
    await db.query(
      "CREATE TABLE wallet (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB; INSERT INTO wallet VALUES (1, '0')",
    );
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await source?.close();
    source = null;
  });
  afterAll(async () => {
    await db.drop();
    await own.close();
  });

  /** A source whose hints are followed by a read, as the daemon does; `until` resolves once a value was read. */
  const watching = async (config: Readonly<Record<string, unknown>> = {}) => {
    const opened = await openMysqlSource(db, [table(db, 'wallet', ['id'], ['v'])], config);
    source = opened;
    let seen = '';
    let isReading = false;
    let isWanted = false;
    const read = async () => {
      isReading = true;
      while (isWanted) {
        isWanted = false;
        const { collections } = await opened.source.read(['wallet']);
        const wallet = collections.get('wallet');
        if (wallet?.readable) seen = wallet.snapshot.records[0]?.line ?? '';
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
    const isRead = (value: string) => () => seen.includes(`"v":"${value}"`);
    /** Lets a second pass, and not while a read goes on: that would be one that took a second, which is not soon followed by another. */
    const second = async () => {
      await waitFor(() => !isReading, { what: 'the end of a read' });
      nowMs += 1_000;
    };
    return {
      opened,
      second,
      until: (value: string) => waitFor(isRead(value), { what: `${value} to be read` }),
      /**
       * Makes `times` changes, each of which must be read; resolves with how many were heard of. MariaDB moves its position before the row can
       * be read: on a busy machine also the last echo may come too early, and the clock leads to the read.
       */
      heard: async (times: number, change: (to: string) => Promise<unknown> = set) => {
        let heard = 0;
        for (let i = 0; i < times; i++) {
          const to = value();
          await change(to);
          await waitFor(isRead(to), { what: 'a hint', timeoutMs: 2_000 }).then(() => heard++, second);
          await waitFor(isRead(to), { what: `${to} to be read` });
        }
        return heard;
      },
    };
  };
  let next = 0;
  const value = () => `v${++next}`;
  const set = (to: string) => db.query('UPDATE wallet SET v = ?', [to]);

  test.each(flavour === 'mysql' ? ['auto', 'gtid', 'poll'] : ['auto', 'poll'])(
    '%s: no change is missed',
    async (hints) => {
      const { heard } = await watching({ hints });
      expect(await heard(40)).toBeGreaterThan(20);
    },
  );

  test.each(['STATEMENT', 'MIXED', 'ROW'])('a change that is logged as %s is heard of', async (format) => {
    await db.queryAdmin(`SET GLOBAL binlog_format = ${format}`);
    const { heard } = await watching();
    const owner = await db.connectAs(db.owner);
    expect(await heard(4, (to) => owner.query('UPDATE wallet SET v = ?', [to]))).toBeGreaterThan(0);
    await db.queryAdmin('SET GLOBAL binlog_format = ROW');
  });

  test('a change that no log and no position tells of is read within the second', async () => {
    const { until, second } = await watching();
    const admin = await db.connectAs('tillwarden_admin', new URL(own.server.adminUrl()).password);
    const to = value();
    await admin.query('SET SESSION sql_log_bin = 0; UPDATE wallet SET v = ?', [to]);
    await second();
    await until(to);
  });

  test('what an event of the server changes is heard of', async () => {
    const { heard } = await watching();
    await db.queryAdmin('SET GLOBAL event_scheduler = ON');
    const byEvent = async (to: string) => {
      await db.query(`CREATE EVENT flip ON SCHEDULE AT CURRENT_TIMESTAMP DO UPDATE wallet SET v = '${to}'`);
      await waitFor(async () => (await db.query("SHOW EVENTS LIKE 'flip'")).length === 0, {
        what: 'the event to end',
      });
    };
    expect(await heard(4, byEvent)).toBeGreaterThan(0);
    await db.queryAdmin('SET GLOBAL event_scheduler = OFF');
  });

  test('with hints: none, nothing is said', async () => {
    const opened = await openMysqlSource(db, [table(db, 'wallet', ['id'], ['v'])], { hints: 'none' });
    source = opened;
    expect(opened.source.hasHints).toBe(false);
  });

  test('after every one of our connections was killed fifty times, changes are still heard', async () => {
    const { opened, heard } = await watching();
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
    expect(await heard(4)).toBeGreaterThan(0);
    expect(opened.hints.some((hint) => hint.type === 'disconnected')).toBe(true);
  });

  test('a server that restarts is heard again, without a word of it being missed', async () => {
    const { opened, heard } = await watching();
    await own.server.restart();
    await waitFor(
      () =>
        opened.hints.at(-1)?.type !== 'disconnected' &&
        opened.hints.some(({ type }) => type === 'disconnected'),
      { what: 'listening again' },
    );
    expect(await heard(4)).toBeGreaterThan(0);
  });

  test('a server without a log of its changes is read ten times a second', async () => {
    await own.server.restart({ 'skip-log-bin': '', ...(flavour === 'mysql' ? { 'gtid-mode': 'OFF' } : {}) });
    const { until } = await watching();
    const to = value();
    await set(to);
    nowMs += 100;
    await until(to);
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
