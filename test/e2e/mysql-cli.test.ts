import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mysqlReferenceSchema, mysqlReferenceSeed } from '../../daemon/demo/reference/mysql-schema.js';
import { type CliWorld, createCliWorld } from '../cli/run-cli.js';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';

describe.each(FLAVOURS)('an operator with %s', (flavour) => {
  let own: OwnMysql;
  let db: MysqlDatabase;
  let world: CliWorld;
  let site: string;

  beforeAll(async () => {
    own = await startOwnMysql(flavour);
    db = await own.createDatabase();
    await db.query(`${mysqlReferenceSchema()} ${mysqlReferenceSeed()}`);
    world = await createCliWorld(['alice']);
    site = join(world.directory, 'site');
  });
  afterAll(async () => {
    await world.close();
    await db.drop();
    await own.close();
  });

  test('gets from init to a signed baseline: what is printed for the database runs, and check finds what changed', async () => {
    const init = await world.as(
      'alice',
      ...[
        'init',
        '--key',
        world.publicKey('alice'),
        '--name',
        'alice',
        '--site',
        'prague-1',
        '--directory',
        site,
      ],
      ...['--preset', 'cas-reference-mysql'],
    );
    expect(init).toMatchObject({ exit: 0 });
    const file = join(site, 'tillwarden.yaml');
    const text = await readFile(file, 'utf8');
    expect(text).toContain('kind: mysql');
    expect(await readFile(join(site, 'secrets/cas_url'), 'utf8')).toBe(
      'mysql://tillwarden:CHANGE-ME@127.0.0.1:3306/cas\n',
    );
    await writeFile(file, text.replaceAll('table: cas.', `table: ${db.name}.`));

    const account = db.reserveAccount('watch');
    const printed = await world.as('alice', 'sql', '--role', account);
    expect(printed).toMatchObject({ exit: 0, stderr: '' });
    await db.queryAdmin(printed.stdout);
    const url = db.urlAs(account);
    await db.queryAdmin(
      `ALTER USER '${account}'@'127.0.0.1' IDENTIFIED BY '${new URL(url).password}' ACCOUNT UNLOCK`,
    );
    await writeFile(join(site, 'secrets/cas_url'), url);

    const approved = await world.as('alice', 'approve', '--only', 'all', '--reason', 'first');
    expect([approved.exit, approved.stdout.includes('baseline 1')]).toEqual([0, true]);
    expect((await world.as('alice', 'check')).exit).toBe(0);
    await db.query("UPDATE crypto_setting SET sell_wallet_address = 'bc1qthief' WHERE id = 1");
    const check = await world.as('alice', 'check');
    expect(check.exit).toBe(10);
    expect(check.stdout).toContain('bc1qthief');
    expect(world.printed()).not.toContain(new URL(url).password);
  });

  test('is told by doctor which column is withheld, and what the owner of the database runs', async () => {
    const account = new URL((await readFile(join(site, 'secrets/cas_url'), 'utf8')).trim()).username;
    await db.queryAdmin(
      `REVOKE SELECT (sell_wallet_address) ON ${db.name}.crypto_setting FROM '${account}'@'127.0.0.1'`,
    );
    const broken = await world.as('alice', 'doctor');
    expect(broken.exit).toBe(78);
    const grant = `GRANT SELECT (\`sell_wallet_address\`) ON \`${db.name}\`.\`crypto_setting\` TO '${account}'@'127.0.0.1';`;
    expect(broken.stdout).toContain(`sql> ${grant}`);
    await db.queryAdmin(grant);
    const mended = await world.as('alice', 'doctor');
    expect(mended.stdout).toMatch(flavour === 'mysql' ? /MySQL 5\.7/ : /MariaDB 1\d\./);
    expect(mended.stdout).not.toContain('sql>');
    expect(mended.stdout).toContain('hears changes');
  });

  test('gets from a database that nobody described to one that is read, as docs/general-bytes.md has it', async () => {
    const at = (name: string) => join(world.directory, name);
    await writeFile(at('owner_url'), db.urlAs(db.owner), { mode: 0o600 });
    const run = (...args: string[]) => world.as('alice', ...args);
    const out = at('discovered.yaml');
    const found = await run('discover', '--url-file', at('owner_url'), '--watch', '0', '--out', out);
    expect(found).toMatchObject({ exit: 0, stdout: '' });
    expect(found.stderr).toContain('8 collections suggested of 9 tables');
    const key = ['--key', world.publicKey('alice'), '--name', 'alice'];
    const folder = at('discovered');
    const init = await run('init', '--discovered', out, ...key, '--site', 'prague-1', '--directory', folder);
    expect(init).toMatchObject({ exit: 0, stderr: '' });

    const config = ['--config', join(folder, 'tillwarden.yaml')];
    const account = db.reserveAccount('learnt');
    await db.queryAdmin((await run('sql', ...config, '--role', account)).stdout);
    const url = db.urlAs(account);
    await db.queryAdmin(
      `ALTER USER '${account}'@'127.0.0.1' IDENTIFIED BY '${new URL(url).password}' ACCOUNT UNLOCK`,
    );
    await writeFile(join(folder, 'secrets/cas_url'), url);
    const { collections } = JSON.parse((await run('check', ...config, '--json')).stdout).sites[0];
    expect(collections).toHaveLength(9);
    for (const { cause } of collections) expect(cause).toBe('unapproved');
  });

  test('takes back what was made', async () => {
    const printed = await world.as('alice', 'sql', '--role', 'nobody', '--uninstall');
    expect(printed.stdout).toContain('DROP DATABASE IF EXISTS `tillwarden`');
    expect((await world.as('alice', 'sql', '--role', 'tillwarden@10.0.0.7')).stdout).toMatch(
      /CREATE USER IF NOT EXISTS 'tillwarden'@'10\.0\.0\.7' REQUIRE SSL/,
    );
  });
});
