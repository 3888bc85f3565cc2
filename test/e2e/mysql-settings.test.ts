import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeValue } from '../../baselines/index.js';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import { install, type MysqlTestSource, openMysqlSourceAs, table } from '../support/mysql/source.js';

const MARIADB_ONLY: readonly [string, string][] = [
  ['system_versioning_asof', "'2001-01-01 00:00:00'"],
  ['old_mode', "'NO_PROGRESS_INFO'"],
  ['max_statement_time', '0.000001'],
];
const MYSQL_ONLY: readonly [string, string][] = [['max_execution_time', '1']];

describe.each(FLAVOURS)('global settings of %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let account: string;

  beforeAll(async () => {
    own = await startOwnMysql(flavour);
    db = await own.createDatabase();
    await db.query(`SET time_zone = '+00:00'; CREATE TABLE bound (id INT PRIMARY KEY, t TIMESTAMP NULL, c CHAR(9), v VARCHAR(9), d DOUBLE) ENGINE=InnoDB;
      INSERT INTO bound VALUES (1, '2026-11-24 12:00:00', 'a', 'é\\\\', 0.1), (2, NULL, 'b', '', 1e100)`);
    if (flavour === 'mariadb') {
      await db.query(
        `CREATE TABLE versioned (id INT PRIMARY KEY, v INT) ENGINE=InnoDB WITH SYSTEM VERSIONING; INSERT INTO versioned VALUES (1, 1)`,
      );
    }
    account = await install(db, collections());
  });
  afterAll(async () => {
    await db.drop();
    await own.close();
  });

  const collections = () => [
    table(db, 'bound', ['id'], ['t', 'c', 'v', 'd']),
    ...(flavour === 'mariadb' ? [table(db, 'versioned', ['id'], ['v'])] : []),
  ];
  const opened = (): Promise<MysqlTestSource> => openMysqlSourceAs(db.urlAs(account), collections());
  const digests = async () => {
    const source = await opened();
    const { collections: readings } = await source.source.read(collections().map(({ name }) => name));
    await source.close();
    return [...readings.values()].map((one) => (one.readable ? one.snapshot.recordsDigest : one.detail));
  };

  test.each([
    ['sql_select_limit', '1'],
    ['sql_mode', "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'"],
    ['time_zone', "'+09:00'"],
    ['completion_type', '2'],
    ['autocommit', '0'],
    ['tx_isolation', "'READ-UNCOMMITTED'"],
    ['max_join_size', '1'],
    ['character_set_results', 'latin1'],
    ['character_set_client', 'latin1'],
    ['collation_connection', 'latin1_swedish_ci'],
    ['lock_wait_timeout', '1'],
    ['sql_safe_updates', '1'],
    ...(flavour === 'mariadb' ? MARIADB_ONLY : MYSQL_ONLY),
  ] as [string, string][])('%s = %s hides and changes nothing', async (name, value) => {
    const before = await digests();
    const [row] = await db.queryAdmin(`SELECT @@GLOBAL.${name} AS value`);
    await db.queryAdmin(`SET GLOBAL ${name} = ${value}`);
    const after = await digests();
    const old = row?.['value'];
    await db.queryAdmin(
      `SET GLOBAL ${name} = ${name === 'system_versioning_asof' ? 'DEFAULT' : typeof old === 'string' && !/^\d+(\.\d+)?$/.test(old) ? `'${old}'` : String(old)}`,
    );
    expect(after).toEqual(before);
    expect(after.every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
  });

  test('code that runs in every new session hides and changes nothing', async () => {
    const before = await digests();
    await db.queryAdmin(
      `SET GLOBAL init_connect = "SET SESSION sql_select_limit = 1, SESSION sql_mode = 'ANSI_QUOTES', SESSION time_zone = '+09:00', @tillwarden = 'x'"`,
    );
    expect(await digests()).toEqual(before);
    await db.queryAdmin('SET GLOBAL init_connect = ""');
  });

  test('code that fails in every new session makes the source unreachable, not empty', async () => {
    await db.queryAdmin('SET GLOBAL init_connect = "SELECT * FROM nowhere.nothing"');
    const source = await opened();
    expect(await source.read('bound')).toMatchObject({ readable: false });
    await db.queryAdmin('SET GLOBAL init_connect = ""');
    expect(await source.read('bound')).toMatchObject({ readable: true });
    await source.close();
  });

  test('values too large to be read cost their own records and little time', async () => {
    await db.queryAdmin('SET GLOBAL max_allowed_packet = 268435456');
    const owner = await db.connectAs(db.owner);
    await owner.query(`CREATE TABLE stuffed (id INT PRIMARY KEY, v LONGTEXT, note VARCHAR(9)) ENGINE=InnoDB;
      INSERT INTO stuffed VALUES (1, 'x', 'kept'), (2, REPEAT('x', 60000000), 'huge'), (3, REPEAT('y', 70000), 'long')`);
    const stuffed = [table(db, 'stuffed', ['id'], ['v', 'note'])];
    await install(db, stuffed);
    const [source, other] = [
      await openMysqlSourceAs(db.urlAs(account), stuffed),
      await openMysqlSourceAs(db.urlAs(account), stuffed),
    ];
    try {
      const first = await source.records('stuffed');
      expect(first.map(({ fields }) => fields.get('note'))).toEqual(['kept', 'huge', 'long']);
      expect(first[0]?.fields.get('v')).toBe('x');
      expect(decodeValue(first[1]?.fields.get('v') ?? '')).toMatchObject({
        form: 'digest',
        bytes: 60_000_000,
      });
      expect(await source.records('stuffed')).toEqual(first);
      // Another process reads another digest: what nobody has read, nobody can have signed.
      const theirs = await other.records('stuffed');
      expect([theirs[0], theirs[2]]).toEqual([first[0], first[2]]);
      expect(theirs[1]).not.toEqual(first[1]);
    } finally {
      await source.close();
      await other.close();
      await install(db, collections());
    }
  });

  test('a limit of idle time for everybody does not end our session', async () => {
    await db.queryAdmin('SET GLOBAL wait_timeout = 1');
    const source = await opened();
    await source.read('bound');
    const id = async () =>
      (await db.queryAdmin('SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ?', [account]))[0]?.[
        'ID'
      ];
    const before = await id();
    // The limit itself is what must pass.
    await new Promise((pass) => setTimeout(pass, 1600));
    expect(await source.read('bound')).toMatchObject({ readable: true });
    expect(await id()).toBe(before);
    await source.close();
    await db.queryAdmin('SET GLOBAL wait_timeout = 28800');
  });
});
