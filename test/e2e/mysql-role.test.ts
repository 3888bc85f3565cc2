import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import { install, newMysqlSource, openMysqlSourceAs, table } from '../support/mysql/source.js';
import { waitFor } from '../support/wait.js';

describe.each(FLAVOURS)('the account on %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let account: string;

  beforeAll(async () => {
    own = await startOwnMysql(flavour);
    db = await own.createDatabase();
    await db.query(`CREATE TABLE wallet (id INT PRIMARY KEY, address VARCHAR(99), secret VARCHAR(99)) ENGINE=InnoDB;
      INSERT INTO wallet VALUES (1, 'ours', 's3cr3t')`);
    account = await install(db, [table(db, 'wallet', ['id'], ['address'])]);
  });
  afterAll(async () => {
    await db.drop();
    await own.close();
  });

  const us = () => `'${account}'@'127.0.0.1'`;
  const refusal = async (config = {}) => {
    const source = newMysqlSource(db.urlAs(account), [table(db, 'wallet', ['id'], ['address'])], config);
    try {
      return (await source.open()).map(({ message }) => message).join();
    } catch (error) {
      return `refused: ${error instanceof Error ? error.message : ''}`;
    } finally {
      await source.close();
    }
  };
  const withGrant = async (grant: string, revoke: string) => {
    await db.queryAdmin(grant);
    const said = await refusal();
    await db.queryAdmin(revoke);
    return said;
  };

  test('that the printed SQL makes is accepted, and may do nothing but read what is watched', async () => {
    expect(await refusal()).toBe('');
    const client = await db.connectAs(account);
    for (const statement of [
      "UPDATE wallet SET address = 'x'",
      'DELETE FROM wallet',
      'SELECT secret FROM wallet',
      'SELECT * FROM wallet',
      'CREATE TABLE t (id INT)',
      'CREATE TEMPORARY TABLE t (id INT)',
      'SET GLOBAL general_log = 1',
      'SHOW BINARY LOGS',
      'SELECT User FROM mysql.user',
      "SELECT address FROM wallet INTO OUTFILE '/tmp/x'",
      'LOCK TABLES wallet WRITE',
      'SELECT param_list FROM mysql.proc',
      'DROP PROCEDURE tillwarden.sensor',
      'SELECT * FROM tillwarden.canary',
    ]) {
      await expect(client.query(statement)).rejects.toThrow();
    }
    const [rows] = await client.query("SELECT LOAD_FILE('/etc/passwd') AS file");
    expect(rows).toEqual([{ file: null }]);
  });

  test('that our procedures run as cannot log in', async () => {
    await expect(db.connectAs('tillwarden_sensor', '')).rejects.toThrow();
  });

  test.each([
    ['a right to write a table', 'UPDATE', 'wallet', /may UPDATE on a table/],
    ['a right to write a column', 'UPDATE (address)', 'wallet', /may UPDATE on a table/],
    ['a right to plant triggers', 'TRIGGER', 'wallet', /may TRIGGER on a table/],
    ['the reading of a whole database', 'SELECT', '*', /may SELECT in a whole database/],
  ])('with %s is refused', async (_, right, on, said) => {
    const place = `${db.name}.${on}`;
    const found = await withGrant(
      `GRANT ${right} ON ${place} TO ${us()}`,
      `REVOKE ${right} ON ${place} FROM ${us()}`,
    );
    expect(found).toMatch(said);
    expect(found).toMatch(/^refused: /);
    expect(found).not.toContain(db.name);
  });

  test.each([
    [
      'a wildcard grant',
      (name: string) => `UPDATE ON \`${name.slice(0, -1)}%\`.*`,
      /may UPDATE in a whole database/,
    ],
    ['SUPER', () => 'SUPER ON *.*', /may SUPER everywhere/],
    ['FILE', () => 'FILE ON *.*', /may FILE everywhere/],
    ['REPLICATION SLAVE', () => 'REPLICATION SLAVE ON *.*', /may REPLICATION SLAVE everywhere/],
    ['the passwords of others', () => 'SELECT ON mysql.user', /may SELECT on a table/],
    [
      'the right to run whatever is made',
      (name: string) => `EXECUTE ON ${name}.*`,
      /may EXECUTE in a whole database/,
    ],
  ])('with %s is refused', async (_, grantOn, said) => {
    const grant = grantOn(db.name);
    expect(await withGrant(`GRANT ${grant} TO ${us()}`, `REVOKE ${grant} FROM ${us()}`)).toMatch(said);
  });

  test('that may pass on its rights, or run another procedure, is refused', async () => {
    await db.queryAdmin(`GRANT SELECT (id) ON ${db.name}.wallet TO ${us()} WITH GRANT OPTION`);
    expect(await refusal()).toMatch(/may pass on its rights/);
    await db.queryAdmin('CREATE PROCEDURE tillwarden.other() SELECT 1');
    await db.queryAdmin(
      `REVOKE GRANT OPTION ON ${db.name}.wallet FROM ${us()}; GRANT EXECUTE ON PROCEDURE tillwarden.other TO ${us()}`,
    );
    expect(await refusal()).toMatch(/may EXECUTE on a procedure or function that is not ours/);
    await db.queryAdmin('DROP PROCEDURE tillwarden.other');
    await install(db, [table(db, 'wallet', ['id'], ['address'])]);
    expect(await refusal()).toBe('');
  });

  test('that is dangerous starts when the configuration says so, and shows as degraded', async () => {
    await db.queryAdmin(`GRANT DELETE ON ${db.name}.wallet TO ${us()}`);
    expect(await refusal({ allowDangerousRole: true })).toMatch(/may DELETE on a table.*allowDangerousRole/);
    await db.queryAdmin(`REVOKE DELETE ON ${db.name}.wallet FROM ${us()}`);
  });

  test('that becomes dangerous while we watch is refused on its next connection', async () => {
    const source = await openMysqlSourceAs(db.urlAs(account), [table(db, 'wallet', ['id'], ['address'])]);
    expect(await source.read('wallet')).toMatchObject({ readable: true });
    await db.queryAdmin(`GRANT DELETE ON ${db.name}.wallet TO ${us()}`);
    const connections = () =>
      db.queryAdmin('SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ?', [account]);
    for (const { ID } of await connections()) await db.queryAdmin(`KILL ${String(ID)}`);
    await waitFor(async () => (await connections()).length === 0, {
      what: 'the end of the killed connections',
    });
    const reading = await source.read('wallet');
    expect(reading).toMatchObject({ readable: false, cause: 'denied' });
    expect(JSON.stringify(reading)).not.toContain(db.name);
    await source.close();
    await db.queryAdmin(`REVOKE DELETE ON ${db.name}.wallet FROM ${us()}`);
  });

  test('has its password in no log line, error or reading, not even as a hash', async () => {
    const source = await openMysqlSourceAs(db.urlAs(account), [table(db, 'wallet', ['id'], ['address'])]);
    const all = JSON.stringify([source.logged, [...(await source.source.read()).collections]]);
    expect(all).not.toContain(new URL(db.urlAs(account)).password);
    expect(all).not.toMatch(/\*[0-9A-F]{40}/);
    await source.close();
  });

  if (flavour === 'mariadb') {
    test('that is a member of a role is refused, active or not', async () => {
      expect(await withGrant(`CREATE ROLE idle; GRANT idle TO ${us()}`, 'DROP ROLE idle')).toMatch(
        /is a member of a role/,
      );
    });

    test('is refused for what everybody may do', async () => {
      const said = await withGrant(
        `GRANT DELETE ON ${db.name}.wallet TO PUBLIC`,
        `REVOKE DELETE ON ${db.name}.wallet FROM PUBLIC`,
      );
      expect(said).toMatch(/may DELETE on a table/);
    });
  }

  test('a server that no longer asks who is there is refused', async () => {
    await own.server.restart({ 'skip-grant-tables': '' });
    expect(await refusal()).toMatch(/^refused: .*skip-grant-tables/);
    await own.server.restart({});
    expect(await refusal()).toBe('');
  });
});
