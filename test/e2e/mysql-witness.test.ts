import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMysqlDatabase, FLAVOURS, type MysqlDatabase } from '../support/mysql/databases.js';
import {
  installText,
  openMysqlSource,
  openMysqlSourceAs,
  readerAccount,
  table,
} from '../support/mysql/source.js';
import { waitFor } from '../support/wait.js';

describe.each(FLAVOURS)('the witness on %s', (flavour) => {
  let db: MysqlDatabase;

  beforeAll(async () => {
    db = await createMysqlDatabase(flavour);
  });
  afterAll(async () => db.drop());

  test('the printed SQL lets our account read it, and it stands still when nothing is written for its time', async () => {
    await db.query(`CREATE TABLE machine (id INT PRIMARY KEY, name VARCHAR(9), seen DATETIME(6)) ENGINE=InnoDB;
      INSERT INTO machine VALUES (1, 'one', NULL), (2, 'two', NULL)`);
    const machine = table(db, 'machine', ['id'], ['name']);
    const witness = { table: `${db.name}.machine`, column: 'seen', maxStillMs: 1000 };
    // Sets up the account, whose grants the printed SQL then widens by the column.
    await (await openMysqlSource(db, [machine])).close();
    const printed = installText(db, [machine], { witness });
    const grant = printed
      .split('\n')
      .find((line) => line.startsWith('GRANT SELECT (') && line.includes('machine'));
    expect(grant).toContain('`seen`');
    await db.queryAdmin(grant ?? '');

    const open = await openMysqlSourceAs(db.urlAs(readerAccount(db)), [machine], { witness });
    try {
      expect((await open.source.read()).stillness).toBeUndefined();
      await db.query('UPDATE machine SET seen = NOW(6) WHERE id = 2');
      const read = await open.source.read();
      expect(read.stillness).toBeNull();
      expect([...read.collections.keys()].sort()).toEqual(['machine', 'sensor_cas']);
      await waitFor(async () => (await open.source.read()).stillness?.table === witness.table, {
        what: 'it to stand still',
      });
      await db.query('UPDATE machine SET seen = NOW(6) WHERE id = 1');
      expect((await open.source.read()).stillness).toBeNull();
    } finally {
      await open.close();
    }
  });
});
