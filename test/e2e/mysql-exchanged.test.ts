import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import {
  installText,
  type MysqlTestSource,
  openMysqlSource,
  readerAccount,
  table,
} from '../support/mysql/source.js';

describe.each(FLAVOURS)('a procedure of ours that was exchanged on %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let source: MysqlTestSource;

  beforeAll(async () => {
    own = await startOwnMysql(flavour);
    db = await own.createDatabase();
    await db.query(
      `CREATE TABLE wallet (id INT PRIMARY KEY, address VARCHAR(99)) ENGINE=InnoDB; INSERT INTO wallet VALUES (1, 'ours')`,
    );
    source = await openMysqlSource(db, [table(db, 'wallet', ['id'], ['address'])]);
  });
  afterAll(async () => {
    await source.close();
    await db.drop();
    await own.close();
  });
  const addresses = async () => (await source.records('wallet')).map(({ fields }) => fields.get('address'));

  const definitions = () => [table(db, 'wallet', ['id'], ['address'])];
  /** Runs statements of the thief's, an administrator's, when the sensor is read the next time. */
  const exchange = (body: string) =>
    db.queryAdmin(`DROP PROCEDURE tillwarden.sensor; CREATE PROCEDURE tillwarden.sensor() BEGIN COMMIT; ${body}; END;
      GRANT EXECUTE ON PROCEDURE tillwarden.sensor TO '${readerAccount(db)}'@'127.0.0.1'`);
  const printed = () => installText(db, definitions());

  test('leaves nothing in our session: no table before the watched one, no setting', async () => {
    await source.read('sensor_cas');
    expect(await addresses()).toEqual(['ours']);
    await exchange(`CREATE TEMPORARY TABLE ${db.name}.wallet (id INT PRIMARY KEY, address VARCHAR(99)) ENGINE=InnoDB;
      INSERT INTO ${db.name}.wallet VALUES (1, 'ours'); SET SESSION sql_select_limit = 1; SELECT 1`);
    await source.read('sensor_cas');
    await db.queryAdmin(printed());
    await db.query(`UPDATE wallet SET address = 'bc1qEVIL'; INSERT INTO wallet VALUES (2, 'bc1qEVIL')`);
    expect(await addresses()).toEqual(['bc1qEVIL', 'bc1qEVIL']);
  });

  test('is told by its text, although it answers the same and puts a table before the catalog of texts', async () => {
    /** MySQL refuses to read such a table beside others of its own; then the sensor is unknown. */
    const text = async () => {
      const reading = await source.read('sensor_cas');
      if (!reading.readable) return reading.cause;
      return reading.snapshot.records.find(({ key }) => key === '["procedure-of-ours","sensor"]')?.line;
    };
    const before = await text();
    expect(before).toContain('tillwarden_sensor@localhost');
    const answer =
      /PROCEDURE `tillwarden`.`sensor`\(\) READS SQL DATA SQL SECURITY DEFINER\s+(.*?);\nGRANT/s.exec(
        printed(),
      )?.[1];
    await db.queryAdmin(`CREATE TABLE ${db.name}.saved LIKE mysql.proc; ALTER TABLE ${db.name}.saved ENGINE=InnoDB;
      INSERT INTO ${db.name}.saved SELECT * FROM mysql.proc`);
    await exchange(
      `CREATE TEMPORARY TABLE mysql.proc LIKE ${db.name}.saved; INSERT INTO mysql.proc SELECT * FROM ${db.name}.saved; ${answer}`,
    );
    expect(await text()).not.toEqual(before);
    expect(await text()).not.toEqual(before);
  });
});
