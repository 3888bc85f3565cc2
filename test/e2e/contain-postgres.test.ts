import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type {
  ColumnWrite,
  WriteOutcome,
  WriterSettings,
  WrittenRows,
} from '../../daemon/sources/column-write.js';
import { postgresWriter } from '../../daemon/sources/postgres/write/write-column.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let db: TestDatabase;
let role: string;
/** All that the account needs. */
let needed: string;

const WRITE: ColumnWrite = {
  ...{ table: 'shop.machine', column: 'active', value: 'f', where: ['kind', 'id'], mostRows: 3 },
};
const TWO_WAY: WrittenRows = [[{ column: 'kind', value: 'two-way' }]];

beforeAll(async () => {
  db = await createTestDatabase();
  role = await db.createRole('contain');
  needed = `GRANT SELECT (id, kind, active), UPDATE (active) ON shop.machine TO ${role}`;
});
afterAll(() => db.drop());

beforeEach(async () => {
  await db.query(`DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop;
    CREATE TABLE shop.machine (id int PRIMARY KEY, kind varchar(20) NOT NULL, active boolean, note text);
    INSERT INTO shop.machine SELECT i, CASE WHEN i <= 2 THEN 'two-way' ELSE 'one-way' END, true, '' FROM generate_series(1, 10) i;
    CREATE TABLE shop.told (what text);
    GRANT USAGE ON SCHEMA shop TO ${role}; ${needed}`);
});

const settings = (more: Partial<WriterSettings> = {}): WriterSettings => ({
  ...{ name: 'machines-off', url: db.urlAs(role), allowUnverifiedTls: false },
  ...{ timeoutMs: 60_000, lockTimeoutMs: 500, ...more },
});

const write = (rows: WrittenRows = TWO_WAY, more: Partial<ColumnWrite> = {}, isRehearsal = false) =>
  postgresWriter.write(settings(), { ...WRITE, ...more }, { rows, isRehearsal });

const off = async () =>
  (await db.query<{ id: number }>('SELECT id FROM shop.machine WHERE NOT active ORDER BY id')).map(
    ({ id }) => id,
  );

const because = (outcome: WriteOutcome) => ('because' in outcome ? outcome.because : outcome.result);

describe('a column of PostgreSQL', () => {
  test('is set in the rows that are meant, and says in how many', async () => {
    expect(await write()).toEqual({ result: 'done', rows: 2 });
    expect(await off()).toEqual([1, 2]);
    expect(await write()).toEqual({ result: 'done', rows: 0 });
  });

  test('is left as it is by a rehearsal, which says how many it would be', async () => {
    expect(await write(TWO_WAY, {}, true)).toEqual({ result: 'done', rows: 2 });
    expect(await off()).toEqual([]);
  });

  test('is set in no row when more would change than may', async () => {
    const one: WrittenRows = [[{ column: 'kind', value: 'one-way' }]];
    expect(because(await write(one))).toBe('too-many-rows');
    expect(because(await write(one, {}, true))).toBe('too-many-rows');
    expect(await off()).toEqual([]);
  });

  test('takes what an attacker wrote as a value and nothing else', async () => {
    const hostile = ["two-way' OR true --", "'; DROP TABLE shop.machine; --", '$1', '\\', 'two-way '];
    for (const value of hostile) expect(because(await write([[{ column: 'kind', value }]]))).toBe('no-row');
    expect(because(await write([[{ column: 'id', value: '1 OR 1=1' }]]))).toBe('server');
    expect(await off()).toEqual([]);
    expect(await write([[{ column: 'id', value: '1' }], [{ column: 'id', value: '7' }]])).toEqual({
      result: 'done',
      rows: 2,
    });
    expect(await off()).toEqual([1, 7]);
  });

  test('waits for nobody longer than it may', async () => {
    const other = await db.connectAs(db.owner);
    await other.query('BEGIN; LOCK TABLE shop.machine IN SHARE ROW EXCLUSIVE MODE');
    expect(because(await write())).toBe('server');
    await other.query('ROLLBACK; BEGIN; UPDATE shop.machine SET note = note WHERE id = 1');
    expect(because(await write())).toBe('server');
    await other.query('ROLLBACK');
    expect(await off()).toEqual([]);
  });

  test('is set for all that is known where the answer to the commit is none', async () => {
    const url = new URL(db.urlAs(role));
    const { hostname, port } = url;
    const between = createServer((client) => {
      const server = connect(Number(port), hostname);
      let isOver = false;
      client.on('data', (bytes) => {
        isOver ||= bytes.includes('COMMIT\0');
        server.write(bytes);
      });
      server.on('data', (bytes) => client.write(isOver ? Buffer.from([0x58, 0, 0, 0, 4]) : bytes));
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    });
    between.listen(0, '127.0.0.1');
    await once(between, 'listening');
    url.hostname = '127.0.0.1';
    url.port = String((between.address() as AddressInfo).port);
    const found = await postgresWriter.write(settings({ url: url.href }), WRITE, {
      rows: TWO_WAY,
      isRehearsal: false,
    });
    between.close();
    expect(found).toEqual({ result: 'failed', because: 'commit' });
    expect(await off()).toEqual([1, 2]);
  });

  test('is not set where nobody listens, and no error holds the password', async () => {
    const url = 'postgres://contain:s3cret@127.0.0.1:1/cas';
    const found = await postgresWriter.write(settings({ url }), WRITE, { rows: TWO_WAY, isRehearsal: false });
    expect(because(found)).toBe('server');
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });
});

describe('nothing is written where somebody else has code', () => {
  const TELL = `CREATE OR REPLACE FUNCTION shop.tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN INSERT INTO shop.told VALUES (TG_OP); RETURN NEW; END'`;

  const EVIL = `CREATE OR REPLACE FUNCTION shop.evil(b boolean) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN INSERT INTO shop.told VALUES (''evil''); RETURN true; END'`;

  test.each([
    [
      'a trigger before each row',
      `${TELL}; CREATE TRIGGER t BEFORE UPDATE ON shop.machine FOR EACH ROW EXECUTE FUNCTION shop.tell()`,
    ],
    [
      'a trigger with a name of ours',
      `${TELL}; CREATE TRIGGER tillwarden_update AFTER UPDATE ON shop.machine FOR EACH ROW EXECUTE FUNCTION shop.tell('shop.machine', 'tillwarden')`,
    ],
    [
      'a trigger by statement that is switched off',
      `${TELL}; CREATE TRIGGER t AFTER UPDATE ON shop.machine EXECUTE FUNCTION shop.tell(); ALTER TABLE shop.machine DISABLE TRIGGER t`,
    ],
    ['a rule', `CREATE RULE r AS ON UPDATE TO shop.machine DO ALSO INSERT INTO shop.told VALUES ('rule')`],
    [
      'a constraint that calls a function',
      `CREATE OR REPLACE FUNCTION shop.fits(b boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; ALTER TABLE shop.machine ADD CHECK (shop.fits(active))`,
    ],
    [
      'an index over a function',
      `CREATE OR REPLACE FUNCTION shop.fits(b boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; CREATE INDEX ON shop.machine (shop.fits(active))`,
    ],
    [
      'a constraint that has the server run what a text says',
      `${EVIL}; ALTER TABLE shop.machine ADD CHECK (query_to_xml('SELECT shop.evil(true)', true, true, '') IS NULL OR active IS NOT NULL) NOT VALID`,
    ],
    [
      'a constraint by way of a list of a domain',
      `${EVIL}; CREATE DOMAIN shop.fit AS boolean CHECK (shop.evil(VALUE)); ALTER TABLE shop.machine ADD CHECK ((ARRAY[active]::shop.fit[]) IS NOT NULL) NOT VALID`,
    ],
    [
      'a constraint by way of a domain',
      `${EVIL}; CREATE DOMAIN shop.fit AS boolean CHECK (shop.evil(VALUE)); ALTER TABLE shop.machine ADD CHECK ((active::shop.fit) IS NOT NULL) NOT VALID`,
    ],
    [
      'a foreign key that carries it on',
      `ALTER TABLE shop.machine ADD UNIQUE (id, active); CREATE TABLE shop.part (id int, active boolean, FOREIGN KEY (id, active) REFERENCES shop.machine (id, active) ON UPDATE CASCADE)`,
    ],
  ])('%s', async (_name, sql) => {
    await db.query(sql);
    expect(because(await write())).toBe('foreign-code');
    expect(because((await postgresWriter.examine(settings(), WRITE)) ?? { result: 'done', rows: 0 })).toBe(
      'foreign-code',
    );
    expect(await off()).toEqual([]);
    expect(await db.query('SELECT what FROM shop.told')).toEqual([]);
  });

  test('what a constraint says in the words of the server keeps nothing from being written', async () => {
    await db.query(`CREATE TYPE shop.mood AS ENUM ('good', 'bad'); ALTER TABLE shop.machine ADD mood shop.mood DEFAULT 'good' CHECK (mood IN ('good', 'bad')),
      ADD CHECK (active IS NOT NULL AND id > 0 AND length(kind) > 2 AND kind ~ '-way$' AND upper(kind) <> ''), ADD CHECK (kind IN ('two-way', 'one-way'))`);
    expect(await write()).toEqual({ result: 'done', rows: 2 });
  });

  test.each([
    [
      'a view',
      `ALTER TABLE shop.machine RENAME TO hidden; REVOKE ALL ON shop.hidden FROM ROLE; CREATE VIEW shop.machine AS SELECT * FROM shop.hidden`,
    ],
    ['a table that others inherit from', 'CREATE TABLE shop.heir () INHERITS (shop.machine)'],
    ['a table with row security', 'ALTER TABLE shop.machine ENABLE ROW LEVEL SECURITY'],
    [
      'a column of a type of somebody',
      `CREATE DOMAIN shop.yesno AS boolean; ALTER TABLE shop.machine ALTER active TYPE shop.yesno`,
    ],
  ])('%s is no plain table or column', async (_name, sql) => {
    await db.query(`${sql.replace('FROM ROLE', `FROM ${role}`)}; ${needed}`);
    expect(because(await write())).toBe('not-writable');
  });

  test('nobody can add a trigger between the look and the change', async () => {
    const other = await db.connectAs(db.owner);
    await other.query('BEGIN; UPDATE shop.machine SET note = note WHERE id = 1');
    const changing = postgresWriter.write(settings({ lockTimeoutMs: 60_000 }), WRITE, {
      rows: TWO_WAY,
      isRehearsal: false,
    });
    // It has looked by then: it waits for the row of the other.
    for (let waits = false; !waits; ) {
      const [row] = await db.querySuperuser<{ n: string }>(
        `SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '${role}' AND wait_event_type = 'Lock'`,
      );
      waits = row?.n === '1';
    }
    const third = await db.connectAs(db.owner);
    await third.query(TELL);
    await third.query(`SET lock_timeout = 300`);
    await expect(
      third.query('CREATE TRIGGER t BEFORE UPDATE ON shop.machine FOR EACH ROW EXECUTE FUNCTION shop.tell()'),
    ).rejects.toMatchObject({ code: '55P03' });
    await other.query('COMMIT');
    expect(await changing).toEqual({ result: 'done', rows: 2 });
  });
});

describe('an account that may do more is refused', () => {
  test.each([
    [
      'may update another column',
      (to: string) => `GRANT UPDATE (note) ON shop.machine TO ${to}`,
      (to: string) => `REVOKE UPDATE (note) ON shop.machine FROM ${to}`,
    ],
    [
      'may update the whole table',
      (to: string) => `GRANT UPDATE ON shop.machine TO ${to}`,
      (to: string) => `REVOKE UPDATE ON shop.machine FROM ${to}`,
    ],
    [
      'may read more',
      (to: string) => `GRANT SELECT ON shop.told TO ${to}`,
      (to: string) => `REVOKE SELECT ON shop.told FROM ${to}`,
    ],
    [
      'may delete',
      (to: string) => `GRANT DELETE ON shop.machine TO ${to}`,
      (to: string) => `REVOKE DELETE ON shop.machine FROM ${to}`,
    ],
    [
      'as anybody may',
      () => 'GRANT INSERT ON shop.told TO PUBLIC',
      () => 'REVOKE INSERT ON shop.told FROM PUBLIC',
    ],
    [
      'may pass it on',
      (to: string) => `GRANT UPDATE (active) ON shop.machine TO ${to} WITH GRANT OPTION`,
      (to: string) => `REVOKE GRANT OPTION FOR UPDATE (active) ON shop.machine FROM ${to}`,
    ],
    [
      'may create in the schema',
      (to: string) => `GRANT CREATE ON SCHEMA shop TO ${to}`,
      (to: string) => `REVOKE CREATE ON SCHEMA shop FROM ${to}`,
    ],
  ])('%s', async (_name, grant, revoke) => {
    await db.query(grant(role));
    const found = await write();
    expect(because(found)).toBe('role-may-more');
    expect(await off()).toEqual([]);
    await db.query(`${revoke(role)}; ${needed}`);
    expect(await write()).toEqual({ result: 'done', rows: 2 });
  });

  test('by an attribute, a membership, or something it owns', async () => {
    const other = await db.createRole('other');
    for (const [give, take] of [
      [`ALTER ROLE ${role} CREATEDB`, `ALTER ROLE ${role} NOCREATEDB`],
      [`ALTER ROLE ${role} BYPASSRLS`, `ALTER ROLE ${role} NOBYPASSRLS`],
      [`GRANT ${other} TO ${role}`, `REVOKE ${other} FROM ${role}`],
      [`ALTER TABLE shop.told OWNER TO ${role}`, `ALTER TABLE shop.told OWNER TO ${db.owner}`],
      [`SELECT lo_create(4711); GRANT UPDATE ON LARGE OBJECT 4711 TO ${role}`, 'SELECT lo_unlink(4711)'],
      [
        `GRANT SET ON PARAMETER session_replication_role TO ${role}`,
        `REVOKE SET ON PARAMETER session_replication_role FROM ${role}`,
      ],
      [`ALTER ROLE ${role} SUPERUSER`, `ALTER ROLE ${role} NOSUPERUSER`],
    ] as const) {
      await db.querySuperuser(give);
      expect([give, because(await write())]).toEqual([give, 'role-may-more']);
      await db.querySuperuser(take);
    }
    expect(await off()).toEqual([]);
  });
});
