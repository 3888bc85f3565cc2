import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMysqlDatabase, FLAVOURS, type MysqlDatabase } from '../support/mysql/databases.js';
import { type MysqlTestSource, openMysqlSource, table } from '../support/mysql/source.js';
import { waitFor } from '../support/wait.js';

describe.each(FLAVOURS)('one instant for all tables on %s', (flavour) => {
  let db: MysqlDatabase;
  let open: MysqlTestSource | null = null;

  beforeAll(async () => {
    db = await createMysqlDatabase(flavour);
    await db.query(`CREATE TABLE one (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB;
      CREATE TABLE two (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB;
      INSERT INTO one VALUES (1, 'ours'); INSERT INTO two VALUES (1, 'ours');
      CREATE TABLE thief (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB; INSERT INTO thief VALUES (1, 'thief')`);
    open = await openMysqlSource(db, [table(db, 'one', ['id'], ['v']), table(db, 'two', ['id'], ['v'])]);
  });
  afterAll(async () => {
    await open?.close();
    await db.drop();
  });

  const source = () => {
    if (!open) throw new Error('no source is open');
    return open;
  };
  const values = async (name: string) => (await source().records(name)).map(({ fields }) => fields.get('v'));
  const waiting = async (word: string) => {
    const rows = await db.queryAdmin(
      "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE LIKE '%metadata lock%' AND INFO LIKE ?",
      [`%${word}%`],
    );
    return rows.length > 0;
  };

  test('what is exchanged by rename between two reads is read by its name, whichever table that is', async () => {
    await db.query('RENAME TABLE one TO honest, thief TO one');
    expect(await values('one')).toEqual(['thief']);
    await db.query('RENAME TABLE one TO thief, honest TO one');
    expect(await values('one')).toEqual(['ours']);
  });

  test('a table that becomes a view is no table any more', async () => {
    await db.query("RENAME TABLE one TO honest; CREATE VIEW one AS SELECT 1 AS id, 'ours' AS v");
    expect(await source().read('one')).toMatchObject({ readable: false, cause: 'not-a-table' });
    await db.query('DROP VIEW one; RENAME TABLE honest TO one');
  });

  test('a table that becomes one of MyISAM is no table that a snapshot binds', async () => {
    await db.query('ALTER TABLE one ENGINE=MyISAM');
    expect(await source().read('one')).toMatchObject({ readable: false, cause: 'not-a-table' });
    await db.query('ALTER TABLE one ENGINE=InnoDB');
    expect(await values('one')).toEqual(['ours']);
  });

  test('while a read is open, nobody exchanges, empties or alters its tables, and nobody else waits', async () => {
    // The very statements of a read, held open: what ours does in a millisecond.
    const reader = await db.connectAs(db.owner);
    await reader.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await reader.query('START TRANSACTION READ ONLY');
    await reader.query('SELECT id, v FROM one LIMIT 0');
    // No view is open yet: what is committed now is seen.
    await db.query("UPDATE one SET v = 'later'");
    const [before] = await reader.query('SELECT v FROM one');
    expect(before).toEqual([{ v: 'later' }]);
    const thief = await db.connectAs(db.owner);
    const swap = thief.query('RENAME TABLE one TO honest, thief TO one');
    await waitFor(() => waiting('RENAME'), { what: 'the rename to wait' });
    await db.query("UPDATE two SET v = 'two'");
    const [during] = await reader.query('SELECT v FROM one');
    expect(during).toEqual([{ v: 'later' }]);
    await reader.query('COMMIT');
    await swap;
    expect(await values('one')).toEqual(['thief']);
    await db.query(
      "RENAME TABLE one TO thief, honest TO one; UPDATE one SET v = 'ours'; UPDATE two SET v = 'ours'",
    );
  });

  test('TRUNCATE and partition exchange show as the rows that are gone', async () => {
    await db.query(`CREATE TABLE parted (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10));
      CREATE TABLE other LIKE thief; INSERT INTO other VALUES (1, 'exchanged'); INSERT INTO parted VALUES (1, 'ours')`);
    const parted = await openMysqlSource(db, [table(db, 'parted', ['id'], ['v'])]);
    await db.query('ALTER TABLE parted EXCHANGE PARTITION p0 WITH TABLE other');
    const [record] = await parted.records('parted');
    expect(record?.fields.get('v')).toBe('exchanged');
    await db.query('TRUNCATE parted');
    expect(await parted.records('parted')).toEqual([]);
    await parted.close();
    // The grants of that source took the place of the first one's.
    await open?.close();
    open = await openMysqlSource(db, [table(db, 'one', ['id'], ['v']), table(db, 'two', ['id'], ['v'])]);
  });

  test('a lock that is held makes its own table time out, and no other', async () => {
    const holder = await db.connectAs(db.owner);
    const impatient = await openMysqlSource(
      db,
      [table(db, 'one', ['id'], ['v']), table(db, 'two', ['id'], ['v'])],
      { lockTimeoutMs: 1000 },
    );
    await holder.query('LOCK TABLES one WRITE');
    const { collections } = await impatient.source.read(['one', 'two']);
    expect(collections.get('one')).toMatchObject({ readable: false, cause: 'timeout' });
    expect(collections.get('two')).toMatchObject({ readable: true });
    await holder.query('UNLOCK TABLES');
    const again = await impatient.source.read(['one', 'two']);
    expect(again.collections.get('one')).toMatchObject({ readable: true });
    await impatient.close();
  });

  test('a transaction left prepared hides nothing that is committed, and is not read before it is', async () => {
    const holder = await db.connectAs(db.owner);
    await holder.query(`XA START 'left'; UPDATE one SET v = 'prepared'; XA END 'left'; XA PREPARE 'left'`);
    expect(await values('one')).toEqual(['ours']);
    await holder.query("XA COMMIT 'left'");
    expect(await values('one')).toEqual(['prepared']);
    await db.query("UPDATE one SET v = 'ours'");
  });
});
