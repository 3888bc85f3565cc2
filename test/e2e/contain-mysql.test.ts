import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type {
  ColumnWrite,
  WriteOutcome,
  WriterSettings,
  WrittenRows,
} from '../../daemon/sources/column-write.js';
import { mysqlWriter } from '../../daemon/sources/mysql/write/write-column.js';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import { install, table } from '../support/mysql/source.js';

describe.each(FLAVOURS)('a column of %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let account: string;

  beforeAll(async () => {
    own = await startOwnMysql(flavour);
    db = await own.createDatabase();
    await db.query('CREATE TABLE machine (id INT PRIMARY KEY) ENGINE=InnoDB');
    // The procedures by which an account sees triggers that it may not plant.
    await install(db, [table(db, 'machine', ['id'], [])]);
    account = await db.createAccount('contain');
    const procedures = flavour === 'mariadb' ? ['sensor', 'sensor_mariadb'] : ['sensor', 'sensor_mysql5'];
    for (const name of procedures) {
      await db.queryAdmin(`GRANT EXECUTE ON PROCEDURE tillwarden.${name} TO '${account}'@'127.0.0.1'`);
    }
  });
  afterAll(async () => {
    await db.drop();
    await own.close();
  });

  const us = () => `'${account}'@'127.0.0.1'`;

  beforeEach(async () => {
    await db.query(`DROP VIEW IF EXISTS machine; DROP TABLE IF EXISTS part, machine, hidden, told;
      CREATE TABLE machine (id INT PRIMARY KEY, kind VARCHAR(20) NOT NULL, active BIT(1), state VARCHAR(10) DEFAULT 'on', note TEXT) ENGINE=InnoDB;
      INSERT INTO machine (id, kind, active) VALUES (1, 'two-way', 1), (2, 'two-way', 1), (3, 'one-way', 1), (4, 'one-way', 1), (5, 'one-way', 1), (6, 'one-way', 1);
      CREATE TABLE told (what TEXT) ENGINE=InnoDB`);
    await db.queryAdmin(needed());
  });

  const needed = () =>
    `GRANT SELECT (id, kind, active, state), UPDATE (active) ON ${db.name}.machine TO ${us()}`;

  const writeOf = (): ColumnWrite => ({
    ...{
      table: `${db.name}.machine`,
      column: 'active',
      value: '0',
      where: ['kind', 'id', 'state'],
      mostRows: 3,
    },
  });
  const settings = (more: Partial<WriterSettings> = {}): WriterSettings => ({
    ...{ name: 'machines-off', url: db.urlAs(account), allowUnverifiedTls: false },
    ...{ timeoutMs: 60_000, lockTimeoutMs: 1_000, ...more },
  });
  const TWO_WAY: WrittenRows = [[{ column: 'kind', value: 'two-way' }]];
  const write = (rows: WrittenRows = TWO_WAY, more: Partial<ColumnWrite> = {}, isRehearsal = false) =>
    mysqlWriter.write(settings(), { ...writeOf(), ...more }, { rows, isRehearsal });
  const off = async () =>
    (await db.query<{ id: number }>('SELECT id FROM machine WHERE active = 0 ORDER BY id')).map(
      ({ id }) => id,
    );
  const because = (outcome: WriteOutcome | null) =>
    outcome === null ? null : 'because' in outcome ? outcome.because : outcome.result;

  test('is set in the rows that are meant, and says in how many', async () => {
    expect(await write(TWO_WAY, {}, true)).toEqual({ result: 'done', rows: 2 });
    expect(await off()).toEqual([]);
    expect(await mysqlWriter.examine(settings(), writeOf())).toBeNull();
    expect(await write()).toEqual({ result: 'done', rows: 2 });
    expect(await off()).toEqual([1, 2]);
    expect(await write()).toEqual({ result: 'done', rows: 0 });
  });

  test('is set in no row when more would change than may', async () => {
    const one: WrittenRows = [[{ column: 'kind', value: 'one-way' }]];
    expect(because(await write(one))).toBe('too-many-rows');
    expect(because(await write(one, {}, true))).toBe('too-many-rows');
    expect(await off()).toEqual([]);
  });

  test('takes what an attacker wrote as a value, letter by letter', async () => {
    for (const value of ["two-way' OR 1=1 -- ", 'TWO-WAY', 'two-way ', '?', '\\', 'x`; DROP TABLE machine'])
      expect([value, because(await write([[{ column: 'kind', value }]]))]).toEqual([value, 'no-row']);
    expect(because(await write([[{ column: 'id', value: '1abc' }]]))).toBe('no-row');
    expect(await off()).toEqual([]);
    const two: WrittenRows = [[{ column: 'id', value: '1' }], [{ column: 'id', value: '4' }]];
    expect(await write(two)).toEqual({ result: 'done', rows: 2 });
    expect(await off()).toEqual([1, 4]);
  });

  test('of text is set as well, and a value that does not fit changes nothing', async () => {
    await db.queryAdmin(
      `REVOKE UPDATE (active) ON ${db.name}.machine FROM ${us()}; GRANT UPDATE (state) ON ${db.name}.machine TO ${us()}`,
    );
    const state = { column: 'state', where: ['kind', 'id', 'active'] };
    expect(because(await write(TWO_WAY, { ...state, value: 'longer than ten' }))).toBe('server');
    expect(
      await write(
        [
          [
            { column: 'active', value: '1' },
            { column: 'id', value: '3' },
          ],
        ],
        { ...state, value: 'off' },
      ),
    ).toEqual({
      result: 'done',
      rows: 1,
    });
    expect(await db.query("SELECT id FROM machine WHERE state = 'off'")).toEqual([{ id: 3 }]);
    await db.queryAdmin(`REVOKE UPDATE (state) ON ${db.name}.machine FROM ${us()}`);
  });

  test('waits for nobody longer than it may', async () => {
    const other = await db.connectAs(db.owner);
    await other.query('BEGIN');
    await other.query("UPDATE machine SET note = 'x' WHERE id = 1");
    expect(because(await write())).toBe('server');
    await other.query('ROLLBACK');
    expect(await off()).toEqual([]);
  });

  test.each([
    ['a trigger', 'CREATE TRIGGER t BEFORE UPDATE ON machine FOR EACH ROW INSERT INTO told VALUES (1)'],
    [
      'a foreign key that carries it on',
      'ALTER TABLE machine ADD UNIQUE (id, active); CREATE TABLE part (id INT, active BIT(1), FOREIGN KEY (id, active) REFERENCES machine (id, active) ON UPDATE CASCADE) ENGINE=InnoDB',
    ],
  ])('is not set where there is %s', async (_name, sql) => {
    await db.queryAdmin(`USE ${db.name}; ${sql}`);
    expect(because(await write())).toBe('foreign-code');
    expect(because(await mysqlWriter.examine(settings(), writeOf()))).toBe('foreign-code');
    expect(await off()).toEqual([]);
    expect(await db.query('SELECT what FROM told')).toEqual([]);
  });

  test.each([
    ['a view', 'RENAME TABLE machine TO hidden; CREATE VIEW machine AS SELECT * FROM hidden'],
    ['a table that cannot be rolled back', 'ALTER TABLE machine ENGINE=MyISAM'],
    ['a column of another type', 'ALTER TABLE machine MODIFY kind TEXT'],
  ])('is not set in %s', async (_name, sql) => {
    await db.query(sql);
    expect(because(await write())).toBe('not-writable');
  });

  test.each([
    [
      'may update another column',
      () => `GRANT UPDATE (note) ON ${db.name}.machine TO ${us()}`,
      () => `REVOKE UPDATE (note) ON ${db.name}.machine FROM ${us()}`,
    ],
    [
      'may update the whole table',
      () => `GRANT UPDATE ON ${db.name}.machine TO ${us()}`,
      () => `REVOKE UPDATE ON ${db.name}.machine FROM ${us()}`,
    ],
    [
      'may read another table',
      () => `GRANT SELECT ON ${db.name}.told TO ${us()}`,
      () => `REVOKE SELECT ON ${db.name}.told FROM ${us()}`,
    ],
    [
      'may plant triggers',
      () => `GRANT TRIGGER ON ${db.name}.machine TO ${us()}`,
      () => `REVOKE TRIGGER ON ${db.name}.machine FROM ${us()}`,
    ],
    [
      'may do so everywhere',
      () => `GRANT PROCESS ON *.* TO ${us()}`,
      () => `REVOKE PROCESS ON *.* FROM ${us()}`,
    ],
  ])('is set by no account that %s', async (_name, grant, revoke) => {
    await db.queryAdmin(grant());
    expect(because(await write())).toBe('role-may-more');
    expect(await off()).toEqual([]);
    await db.queryAdmin(`${revoke()}; ${needed()}`);
    expect(await write()).toEqual({ result: 'done', rows: 2 });
  });

  // MySQL has no rights of everybody.
  (flavour === 'mariadb' ? test : test.skip).each(['UPDATE', 'UPDATE (note)'])(
    'is not set where everybody holds %s on the table',
    async (right) => {
      await db.queryAdmin(`GRANT ${right} ON ${db.name}.machine TO PUBLIC`);
      expect(because(await write())).toBe('role-may-more');
      await db.queryAdmin(`REVOKE ${right} ON ${db.name}.machine FROM PUBLIC`);
      expect(await write()).toEqual({ result: 'done', rows: 2 });
    },
  );

  test('is set by no account that may do more under a name with an @ in it', async () => {
    const odd = `'${account}@x'@'127.0.0.1'`;
    await db.queryAdmin(`RENAME USER ${us()} TO ${odd}; GRANT UPDATE ON ${db.name}.machine TO ${odd}`);
    const url = db.urlAs(account).replace(account, `${account}%40x`);
    const found = await mysqlWriter.examine(settings({ url }), writeOf());
    await db.queryAdmin(
      `REVOKE UPDATE ON ${db.name}.machine FROM ${odd}; RENAME USER ${odd} TO ${us()}; ${needed()}`,
    );
    expect(because(found)).toBe('role-may-more');
  });

  test('is set by no account that cannot see triggers', async () => {
    await db.queryAdmin(`REVOKE EXECUTE ON PROCEDURE tillwarden.sensor FROM ${us()}`);
    expect(because(await write())).toBe('server');
    await db.queryAdmin(`GRANT EXECUTE ON PROCEDURE tillwarden.sensor TO ${us()}`);
    await db.queryAdmin("REVOKE TRIGGER ON *.* FROM 'tillwarden_sensor'@'localhost'");
    expect(because(await write())).toBe('foreign-code');
    await db.queryAdmin("GRANT TRIGGER ON *.* TO 'tillwarden_sensor'@'localhost'");
    expect(await write()).toEqual({ result: 'done', rows: 2 });
  });
});
