import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import {
  install,
  type MysqlTestSource,
  openMysqlSource,
  openMysqlSourceAs,
  readerAccount,
  table,
} from '../support/mysql/source.js';

describe.each(FLAVOURS)('the sensor on %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let source: MysqlTestSource;

  beforeAll(async () => {
    own = await startOwnMysql(flavour, { 'log-bin-trust-function-creators': '1' });
    db = await own.createDatabase();
    await db.query(`CREATE TABLE wallet (id INT PRIMARY KEY, address VARCHAR(99)) ENGINE=InnoDB; INSERT INTO wallet VALUES (1, 'ours');
      CREATE TABLE payment (id INT PRIMARY KEY, address VARCHAR(99), wallet_id INT) ENGINE=InnoDB`);
    source = await openMysqlSource(db, [table(db, 'wallet', ['id'], ['address'])]);
  });
  afterAll(async () => {
    await source.close();
    await db.drop();
    await own.close();
  });

  const sensor = async () =>
    new Map(
      (await source.records('sensor_cas')).map(({ key, fields }) => [
        key.join(' '),
        `${fields.get('definition')} ${fields.get('owner') ?? ''}`,
      ]),
    );
  /** The records that something adds, changes or removes, whole; then it is undone, and nothing is left of it. */
  const changesBy = async (attack: string, undo: string | null, as: MysqlDatabase['query'] = db.query) => {
    const before = await sensor();
    await as(attack);
    const after = await sensor();
    if (undo !== null) await as(undo);
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (key) => before.get(key) !== after.get(key),
    );
    return changed.map((key) => `${key}: ${after.get(key) ?? 'gone'}`);
  };

  test('tells nothing new while nothing changes, and the snapshot is the very same object', async () => {
    const first = await source.read('sensor_cas');
    await db.query("UPDATE wallet SET address = 'other'; UPDATE wallet SET address = 'ours'");
    const second = await source.read('sensor_cas');
    expect(first.readable && second.readable && second.snapshot === first.snapshot).toBe(true);
  });

  test('tells of a trigger that rewrites addresses, with its text', async () => {
    const changed = await changesBy(
      "CREATE TRIGGER tidy BEFORE INSERT ON payment FOR EACH ROW SET NEW.address = 'bc1qthief'",
      'DROP TRIGGER tidy',
    );
    expect(changed).toEqual([expect.stringContaining(`trigger ${db.name}.payment.tidy:`)]);
    expect(changed[0]).toContain('bc1qthief');
    expect(changed[0]).toContain(db.owner);
  });

  test('tells of an event that flips a wallet and back, with its text', async () => {
    const changed = await changesBy(
      "CREATE EVENT flip ON SCHEDULE EVERY 1 DAY STARTS '2031-01-01' DO UPDATE wallet SET address = 'bc1qthief'",
      'DROP EVENT flip',
    );
    expect(changed).toEqual([expect.stringMatching(/^event .*bc1qthief/s)]);
  });

  test('tells of a routine and of a changed one, whatever SET timestamp makes of its dates', async () => {
    const before = await changesBy('CREATE PROCEDURE pay() SELECT 1', null);
    expect(before.find((one) => one.startsWith('routine '))).toContain('SELECT 1');
    const changed = await changesBy(
      "SET timestamp = 1; DROP PROCEDURE pay; CREATE PROCEDURE pay() SELECT 'bc1qthief'",
      'DROP PROCEDURE pay',
    );
    expect(changed).toEqual([expect.stringMatching(/^routine .*bc1qthief/s)]);
  });

  test('tells of a view, with its text and definer', async () => {
    const changed = await changesBy(
      "CREATE VIEW seen AS SELECT 'bc1qthief' AS v FROM wallet",
      'DROP VIEW seen',
    );
    expect(changed.find((one) => one.startsWith('view '))).toMatch(/bc1qthief.*cas_/s);
  });

  test('tells of a watched table that is exchanged, emptied or rebuilt, by its number in the dictionary', async () => {
    const changed = await changesBy(
      `CREATE TABLE thief LIKE wallet; INSERT INTO thief VALUES (1, 'ours'); RENAME TABLE wallet TO honest, thief TO wallet`,
      'DROP TABLE wallet; RENAME TABLE honest TO wallet',
    );
    expect(changed.some((one) => one.startsWith(`innodb-table ${db.name}/wallet`))).toBe(true);
    expect(changed.some((one) => one.startsWith(`table ${db.name}.honest`))).toBe(true);
    const truncated = await changesBy('TRUNCATE wallet', "INSERT INTO wallet VALUES (1, 'ours')");
    expect(truncated).toEqual([expect.stringContaining(`innodb-table ${db.name}/wallet`)]);
  });

  test('tells of a default, a computed column, a cascade and another engine', async () => {
    expect(
      await changesBy(
        "ALTER TABLE wallet ALTER address SET DEFAULT 'bc1qthief'",
        'ALTER TABLE wallet ALTER address DROP DEFAULT',
      ),
    ).toEqual([expect.stringMatching(/^column .*wallet.address.*bc1qthief/s)]);
    expect(
      (
        await changesBy(
          "ALTER TABLE payment ADD tidy VARCHAR(99) AS (CONCAT('bc1q', 'thief')) VIRTUAL",
          'ALTER TABLE payment DROP tidy',
        )
      ).find((one) => one.startsWith('column ')),
    ).toContain('thief');
    expect(
      (
        await changesBy(
          'ALTER TABLE payment ADD CONSTRAINT c FOREIGN KEY (wallet_id) REFERENCES wallet (id) ON DELETE CASCADE',
          'ALTER TABLE payment DROP FOREIGN KEY c; ALTER TABLE payment DROP KEY c',
        )
      ).find((one) => one.startsWith('foreign-key ')),
    ).toContain('wallet_id > id');
    expect(await changesBy('ALTER TABLE payment ENGINE=MyISAM', 'ALTER TABLE payment ENGINE=InnoDB')).toEqual(
      [expect.stringMatching(/^table .*payment.*MyISAM/s)],
    );
  });

  test('a stored function in a default is refused by the server itself', async () => {
    await db.query("CREATE FUNCTION address() RETURNS VARCHAR(99) DETERMINISTIC RETURN 'bc1qthief'");
    await expect(db.query('ALTER TABLE payment ADD a VARCHAR(99) DEFAULT (address())')).rejects.toThrow();
    await expect(db.query('ALTER TABLE payment ADD a VARCHAR(99) AS (address()) VIRTUAL')).rejects.toThrow();
    await db.query('DROP FUNCTION address');
  });

  test('tells of accounts and of rights on everything, a schema, a table, columns, routines', async () => {
    const who = `'thief'@'%'`;
    const admin = db.queryAdmin;
    const made = await changesBy(`CREATE USER ${who} IDENTIFIED BY 'x'`, null, admin);
    expect(made).toContainEqual(expect.stringMatching(/^account thief.%/));
    expect(made.join()).not.toMatch(/\*[0-9A-F]{40}/);
    for (const [grant, on] of [
      ['SUPER', '*.*'],
      ['UPDATE', `\`${db.name.replace('_', '%')}\`.*`],
      ['UPDATE', `${db.name}.wallet`],
      ['UPDATE (address)', `${db.name}.wallet`],
      ['EXECUTE', 'PROCEDURE tillwarden.sensor'],
    ]) {
      const changed = await changesBy(
        `GRANT ${grant} ON ${on} TO ${who}`,
        `REVOKE ${grant} ON ${on} FROM ${who}`,
        admin,
      );
      expect([on, changed.length > 0 && changed.every((one) => one.includes('thief'))]).toEqual([on, true]);
    }
    const password = await changesBy(`DO SLEEP(1.1); ALTER USER ${who} IDENTIFIED BY 'y'`, null, admin);
    expect(password).toEqual([expect.stringMatching(/^account thief.%.*passwordChanged/s)]);
    await admin(`DROP USER ${who}`);
  });

  test('tells of rights written into the tables of mysql, and of those that FLUSH PRIVILEGES has left in force alone', async () => {
    const admin = db.queryAdmin;
    const table = 'mysql.db';
    const row = `(Host, Db, User, Update_priv) VALUES ('%', '${db.name}', 'ghost', 'Y')`;
    const changed = await changesBy(
      `INSERT INTO ${table} ${row}; FLUSH PRIVILEGES; DELETE FROM ${table} WHERE User = 'ghost'`,
      'FLUSH PRIVILEGES',
      admin,
    );
    expect(changed).toEqual([expect.stringMatching(/^rights .*ghost.*UPDATE/s)]);
  });

  test('tells of global variables: code for everybody, logs of passwords, rows that are hidden', async () => {
    const admin = db.queryAdmin;
    for (const [name, value, before] of [
      ['init_connect', "'SET @a = 1'", "''"],
      ['general_log', '1', '0'],
      ['event_scheduler', '1', '0'],
      ['sql_select_limit', '1', 'DEFAULT'],
      ['local_infile', '0', '1'],
      ['time_zone', "'+09:00'", "'+00:00'"],
    ]) {
      const changed = await changesBy(
        `SET GLOBAL ${name} = ${value}`,
        `SET GLOBAL ${name} = ${before}`,
        admin,
      );
      expect(changed.filter((one) => one.startsWith(`variable ${name}:`))).toHaveLength(1);
    }
  });

  test('is unreadable, not empty, when the account of its procedures loses a right', async () => {
    const definer = `'tillwarden_sensor'@'localhost'`;
    for (const right of ['TRIGGER', 'EVENT', 'REFERENCES', 'PROCESS', 'SHOW VIEW']) {
      await db.queryAdmin(`REVOKE ${right} ON *.* FROM ${definer}`);
      expect(await source.read('sensor_cas')).toMatchObject({ readable: false, cause: 'denied' });
      await db.queryAdmin(`GRANT ${right} ON *.* TO ${definer}`);
    }
    await db.queryAdmin(`REVOKE SELECT ON mysql.* FROM ${definer}`);
    expect(await source.read('sensor_cas')).toMatchObject({ readable: false });
    await db.queryAdmin(`GRANT SELECT ON mysql.* TO ${definer}`);
    await db.queryAdmin('DROP TRIGGER tillwarden.canary_trigger');
    expect(await source.read('sensor_cas')).toMatchObject({
      detail: expect.stringContaining('no longer see any trigger'),
    });
    await db.queryAdmin(`DROP USER ${definer}`);
    expect(await source.read('sensor_cas')).toMatchObject({ readable: false, cause: 'denied' });
    await install(db, [table(db, 'wallet', ['id'], ['address'])]);
    expect(await source.read('sensor_cas')).toMatchObject({ readable: true });
  });

  test('tells of its own procedure exchanged for one that answers the same', async () => {
    const before = await sensor();
    const [row] = await db.queryAdmin(
      "SELECT body FROM mysql.proc WHERE db = 'tillwarden' AND name = 'sensor'",
    );
    await db.queryAdmin('DROP PROCEDURE tillwarden.sensor');
    expect(await source.read('sensor_cas')).toMatchObject({ readable: false });
    await db.queryAdmin(
      `CREATE DEFINER = 'tillwarden_sensor'@'localhost' PROCEDURE tillwarden.sensor() READS SQL DATA ${String(row?.['body']).replace(/;\s*$/, '')} LIMIT 1000000;
       GRANT EXECUTE ON PROCEDURE tillwarden.sensor TO '${readerAccount(db)}'@'127.0.0.1', 'tillwarden_sensor'@'localhost'`,
    );
    const after = await sensor();
    const changed = [...after.keys()].filter((key) => before.get(key) !== after.get(key));
    expect(changed).toContain('procedure-of-ours sensor');
    await install(db, [table(db, 'wallet', ['id'], ['address'])]);
  });

  test('tells a server with a copy of the data from the one that was signed, unless it copies names and paths too', async () => {
    const before = await sensor();
    await own.server.stop();
    const twin = await startOwnMysql(flavour, {}, own.server.dataDirectory);
    const url = new URL(db.urlAs(readerAccount(db)));
    url.port = String(twin.server.port);
    const other = await openMysqlSourceAs(url.href, [table(db, 'wallet', ['id'], ['address'])]);
    const records = await other.records('sensor_cas');
    const changed = records
      .filter(({ key, fields }) => !before.get(key.join(' '))?.startsWith(String(fields.get('definition'))))
      .map(({ key }) => key.join(' '));
    expect(changed).toEqual(expect.arrayContaining(['variable datadir', 'variable port']));
    if (flavour === 'mysql') expect(changed).toContain('variable server_uuid');
    await other.close();
    await twin.close();
    await own.server.restart();
  });

  if (flavour === 'mariadb') {
    test('tells of roles and of rights that everybody has', async () => {
      const made = await changesBy(
        `CREATE ROLE thieves; GRANT thieves TO '${db.owner}'@'127.0.0.1'`,
        'DROP ROLE thieves',
        db.queryAdmin,
      );
      expect(made).toContainEqual(expect.stringMatching(/^role-member .*thieves/));
      const everybody = await changesBy(
        `GRANT DELETE ON ${db.name}.wallet TO PUBLIC`,
        `REVOKE DELETE ON ${db.name}.wallet FROM PUBLIC`,
        db.queryAdmin,
      );
      expect(everybody).toContainEqual(expect.stringMatching(/PUBLIC.*DELETE/s));
    });
  }
});
