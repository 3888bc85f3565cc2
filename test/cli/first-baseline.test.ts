import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { type CliWorld, createCliWorld, writeSecret } from './run-cli.js';

let world: CliWorld;
let postgres: OwnPostgres;
let database: TestDatabase;
let role: string;

beforeAll(async () => {
  [world, postgres] = await Promise.all([createCliWorld(['alice']), startOwnPostgres()]);
  database = await postgres.createDatabase();
  role = await database.createRole('tillwarden');
  const directory = join(world.directory, 'site');
  const key = ['--key', world.publicKey('alice'), '--name', 'alice'];
  await world.as('alice', 'init', ...key, '--directory', directory, '--site', 'prague-1');
  await database.query((await world.as('alice', 'sql', '--role', role)).stdout);
  await writeSecret(join(directory, 'secrets/cas_url'), database.urlAs(role));
});
afterAll(async () => {
  await world.close();
  await database.drop();
  await postgres.close();
});

const approve = (...args: readonly string[]) => world.as('alice', 'approve', ...args);
const signed = async () => {
  const folder = join(world.directory, 'site');
  const files = await readdir(folder, { recursive: true });
  return files.filter((file) => file.endsWith('.sig'));
};

test('--only "" lists the collections of a first baseline and signs nothing', async () => {
  const run = await approve('--only', '');
  expect(run.exit).toBe(10);
  expect(run.stdout).toMatch(/left .*terminals/);
  expect(run.stdout).toContain('Nothing was signed');
  expect(await signed()).toEqual([]);
});

test.each(['deadbeef', 'nonsense'])('--only %s signs no first baseline', async (only) => {
  const run = await approve('--only', only);
  expect(run.stderr).toMatch(/^error CLI_UNKNOWN_CHANGE: /m);
  expect(await signed()).toEqual([]);
});

test('a first baseline is not signed without what cannot be read, until a person names it', async () => {
  await database.query(`revoke select on terminal from ${role}`);
  const refused = await approve('--only', 'all');
  expect(refused.exit).toBe(12);
  expect(refused.stderr).toMatch(/CLI_NOT_ACCEPTABLE: terminals could not be read/);
  const asked = await world.typing('alice', ['n'], 'approve');
  expect(asked.stdout).toContain('terminals could not be read and would be left out');
  expect((await approve('--only', 'all', '--without', 'admin_users')).exit).toBe(12);
  expect(await signed()).toEqual([]);
  const answered = await approve('--only', 'all', '--without', 'terminals');
  expect(answered.stdout).toContain('Installed: baseline 1 of prague-1');
});

test('check names the columns that are not the signed ones, and what to do', async () => {
  const configFile = join(world.directory, 'site', 'tillwarden.yaml');
  const before = await readFile(configFile, 'utf8');
  await writeFile(configFile, before.replace('last_name, email, phone]', 'last_name, phone]'));
  try {
    const check = await world.as('alice', 'check');
    expect(check.exit).toBe(11);
    expect(check.stdout).toMatch(/UNKNOWN {2}\w+ {2}.*\(columns \(lacks "email"\) not as people signed: /);
    expect(check.stdout).toContain(
      'Correct the configuration, or sign what is right: tillwarden approve prague-1',
    );
  } finally {
    await writeFile(configFile, before);
  }
});

test('check says once for a source that its login was refused, with host, account and database, and what to do', async () => {
  const secret = join(world.directory, 'site', 'secrets', 'cas_url');
  const before = await readFile(secret, 'utf8');
  const { host, pathname } = new URL(before.trim());
  await writeFile(secret, before.replace(/:[^:@/]*@/, ':not-it@'));
  try {
    const { exit, stdout } = await world.as('alice', 'check');
    expect(exit).toBe(11);
    expect(stdout.match(/refused the login/g)).toHaveLength(1);
    expect(stdout).toMatch(/^ {2}UNKNOWN {2}source cas \(\d+ collections\) {2}reading was denied \(/m);
    expect(stdout).toContain(
      `(${host}: the server refused the login (SQLSTATE 28P01) of "${role}" to database "${pathname.slice(1)}"; is the account there`,
    );
    expect(stdout).toContain('where the daemon runs: tillwarden doctor prague-1\n');
    expect(stdout).not.toContain('not-it');
  } finally {
    await writeFile(secret, before);
  }
});
