import { describe, expect, test } from '@jest/globals';
import { createMysqlDatabase, FLAVOURS, startOwnMysql } from './databases.js';

describe.each(FLAVOURS)('on %s', (flavour) => {
  test('two test databases share nothing, and dropping removes what was made', async () => {
    const [one, two] = await Promise.all([createMysqlDatabase(flavour), createMysqlDatabase(flavour)]);
    await one.query('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9) COLLATE utf8mb4_bin)');
    await expect(two.query(`SELECT * FROM ${one.name}.t`)).rejects.toThrow(/denied/);
    await one.query("INSERT INTO t VALUES (1, 'a')");
    expect(await one.query('SELECT v FROM t')).toEqual([{ v: 'a' }]);
    await one.drop();
    expect(await two.queryAdmin('SELECT User FROM mysql.user WHERE User = ?', [one.owner])).toEqual([]);
    await two.drop();
  });

  test('a server of its own survives kill -9 and restarts with other settings', async () => {
    const own = await startOwnMysql(flavour);
    try {
      const db = await own.createDatabase();
      await db.query('CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB');
      own.server.kill();
      await own.server.restart({ 'max-connections': '77' });
      expect(await db.queryAdmin('SELECT @@max_connections AS n')).toEqual([{ n: '77' }]);
      expect(await db.query('SELECT * FROM t')).toEqual([]);
      await db.drop();
    } finally {
      await own.close();
    }
  });
});
