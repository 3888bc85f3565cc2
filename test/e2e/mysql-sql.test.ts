import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sourceKinds } from '../../daemon/sources/index.js';
import { sourceKindOf } from '../../daemon/sources/source-kind.js';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import {
  installText,
  openMysqlSource,
  openMysqlSourceAs,
  readerAccount,
  table,
} from '../support/mysql/source.js';

const run = promisify(execFile);

describe.each(FLAVOURS)('what "tillwarden sql" prints, on %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;

  beforeAll(async () => {
    own = await startOwnMysql(flavour);
    db = await own.createDatabase();
    await db.query(`CREATE TABLE wallet (id INT PRIMARY KEY, address VARCHAR(99)) ENGINE=InnoDB; INSERT INTO wallet VALUES (1, 'ours');
      CREATE VIEW seen AS SELECT 1 AS id`);
  });
  afterAll(async () => {
    await db.drop();
    await own.close();
  });

  const wallet = () => [table(db, 'wallet', ['id'], ['address'])];
  const adminArgs = () => {
    const url = new URL(own.server.adminUrl());
    return ['--no-defaults', '-h', url.hostname, '-P', url.port, '-u', url.username, `-p${url.password}`];
  };
  /** Feeds a script to the command line client, as a person would. */
  const client = async (sql: string, database = '') => {
    const child = spawn('mariadb', [...adminArgs(), ...(database === '' ? [] : [database])], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    child.stdin.end(sql);
    const [code] = await once(child, 'close');
    return { code: Number(code), said };
  };
  const dump = async (...args: string[]) =>
    (
      await run('mariadb-dump', [...adminArgs(), '--routines', '--events', '--triggers', ...args], {
        maxBuffer: 1 << 28,
      })
    ).stdout;
  /** Everything that is in the application's database, as its own dump has it. */
  const application = async () => (await dump('--skip-dump-date', db.name)).replace(/^--.*$/gm, '');

  test('runs in the command line client, twice, and leaves the application alone', async () => {
    const before = await application();
    const text = installText(db, wallet());
    expect(await client(text)).toEqual({ code: 0, said: '' });
    expect(await client(text)).toEqual({ code: 0, said: '' });
    expect(await application()).toBe(before);
    const source = await openMysqlSource(db, wallet());
    const { collections } = await source.source.read();
    expect([...collections.values()].map(({ readable }) => readable)).toEqual([true, true]);
    await source.close();
  });

  test('takes away the columns that are no longer watched', async () => {
    await openMysqlSource(db, [table(db, 'wallet', ['id'], [])]).then((source) => source.close());
    const source = await openMysqlSourceAs(db.urlAs(readerAccount(db)), wallet());
    expect(await source.read('wallet')).toMatchObject({ readable: false, cause: 'denied' });
    await source.close();
  });

  test('the application is dumped and restored as if we were not there, and is watched as before', async () => {
    const source = await openMysqlSource(db, wallet());
    const before = await source.read('wallet');
    const text = await dump('--databases', db.name);
    expect(text).not.toMatch(/tillwarden/);
    await db.queryAdmin(`DROP DATABASE ${db.name}`);
    expect(await source.read('wallet')).toMatchObject({ readable: false, cause: 'missing' });
    expect(await client(text)).toEqual({ code: 0, said: '' });
    const after = await source.read('wallet');
    expect(
      before.readable && after.readable && before.snapshot.recordsDigest === after.snapshot.recordsDigest,
    ).toBe(true);
    expect(await source.read('sensor_cas')).toMatchObject({ readable: true });
    await source.close();
  });

  test('our own schema survives a dump and a restore with everything in it', async () => {
    // Statement by statement: in one call of several, servers keep the semicolon with the body, which no dump of theirs survives.
    await client(installText(db, wallet()));
    const source = await openMysqlSourceAs(db.urlAs(readerAccount(db)), wallet());
    const text = await dump('--databases', 'tillwarden');
    await db.queryAdmin('DROP DATABASE tillwarden');
    expect(await source.read('sensor_cas')).toMatchObject({ readable: false });
    expect(await client(text)).toEqual({ code: 0, said: '' });
    // DROP DATABASE keeps the rights on procedures: they are by name.
    const reading = await source.read('sensor_cas');
    expect(reading.readable ? 'readable' : reading.detail).toBe('readable');
    await source.close();
  });

  test('is taken back without a trace', async () => {
    const accounts = async () =>
      (
        await db.queryAdmin("SELECT User FROM mysql.user WHERE User LIKE 'tillwarden%' OR User = ?", [
          readerAccount(db),
        ])
      ).map((row) => row['User']);
    expect(await accounts()).toHaveLength(3);
    const { sql, configSchema } = sourceKindOf(sourceKinds, 'mysql');
    const { url: _, ...config } = configSchema.parse({ kind: 'mysql', name: 'cas', url: 'mysql://u@h/x' });
    const text = sql?.uninstall({ role: readerAccount(db), config, definitions: [] }) ?? '';
    expect(await client(text)).toEqual({ code: 0, said: '' });
    expect(await client(text)).toEqual({ code: 0, said: '' });
    expect(await accounts()).toEqual(['tillwarden_admin']);
    expect(await db.queryAdmin("SHOW DATABASES LIKE 'tillwarden'")).toEqual([]);
    for (const name of ['procs_priv', 'columns_priv', 'tables_priv', 'db']) {
      const column = name === 'procs_priv' ? 'Db' : 'Db';
      const left = await db.queryAdmin(
        `SELECT * FROM mysql.${name} WHERE ${column} = 'tillwarden' OR User = ?`,
        [readerAccount(db)],
      );
      expect([name, left]).toEqual([name, []]);
    }
  });
});
