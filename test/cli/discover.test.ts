import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type CliWorld, createCliWorld, MAIN } from './run-cli.js';

let db: TestDatabase;
let world: CliWorld;
let urlFile: string;
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createCliWorld(['alice']);
  urlFile = join(world.directory, 'owner_url');
  writeFileSync(urlFile, `${db.url}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await world.close();
  await db.drop();
});

test('from a database that nobody described to one that is watched: discover, init, sql, check, as docs/discover.md has it', async () => {
  const out = join(world.directory, 'discovered.yaml');
  const found = await world.as('alice', 'discover', '--url-file', urlFile, '--watch', '0', '--out', out);
  expect(found).toMatchObject({ exit: 0, stdout: '' });
  expect(found.stderr).toContain('8 collections suggested of 9 tables');
  expect(found.stderr).toContain('The tables of the preset cas-reference are there');
  expect(readFileSync(out, 'utf8')).not.toContain(new URL(db.url).password);

  const site = join(world.directory, 'site');
  const key = world.publicKey('alice');
  const init = await world.as(
    'alice',
    'init',
    '--key',
    key,
    '--name',
    'alice',
    '--discovered',
    out,
    '--directory',
    site,
  );
  expect(init).toMatchObject({ exit: 0, stderr: '' });
  const written = readFileSync(join(site, 'tillwarden.yaml'), 'utf8');
  expect(written).toContain('# secret by its name: "password_hash"');

  const role = await db.createRole('watcher');
  const sql = await world.as('alice', 'sql', '--role', role);
  expect(sql).toMatchObject({ exit: 0, stderr: '' });
  await db.query(sql.stdout);
  writeFileSync(join(site, 'secrets', 'cas_url'), db.urlAs(role));
  const check = await world.as('alice', 'check', '--json');
  const outcomes = JSON.parse(check.stdout).sites[0].collections;
  expect(outcomes).toHaveLength(9);
  for (const { cause } of outcomes) expect(cause).toBe('unapproved');
});

test('nothing is overwritten, and a part that was edited wrongly is refused with its line', async () => {
  const file = join(world.directory, 'there.yaml');
  writeFileSync(
    file,
    'sources:\n- kind: postgres\n  name: cas\n  url_file: x\n  collections:\n  - name: a\n    kind: walet-route\n    table: public.a\n    key: [id]\n',
  );
  const again = await world.as('alice', 'discover', '--url-file', urlFile, '--watch', '0', '--out', file);
  expect(again).toMatchObject({ exit: 64 });
  expect(again.stderr).toContain('CLI_FILE_EXISTS');
  const folder = join(world.directory, 'refused');
  const init = await world.as(
    'alice',
    'init',
    '--key',
    world.publicKey('alice'),
    '--name',
    'alice',
    '--discovered',
    file,
    '--directory',
    folder,
  );
  expect(init.exit).toBe(78);
  expect(init.stderr).toMatch(/there\.yaml:7:\d+: sources\[0\]\.collections\[0\]\.kind: .*wallet-route/);
  expect(existsSync(folder)).toBe(false);
});

test('a URL on the command line works, and is told to be seen by everybody', async () => {
  const run = await world.as('alice', 'discover', db.url, '--watch', '0');
  expect(run.exit).toBe(0);
  expect(run.stdout).toMatch(/^# Suggested by tillwarden discover: 8 collections/);
  expect(run.stderr).toContain('note: every user of this machine sees the password');
  expect(run.stdout + run.stderr).not.toContain(new URL(db.url).password);
});

test.each([
  [[], /no database is named/],
  [['oracle://x'], /needed is postgres:\/\/… or mysql:\/\/…/],
  [['--url-file', '/nonexistent'], /--url-file cannot be read \(ENOENT\)/],
  [['--watch', '3x'], /Needed is a time such as 90s, 3m or 1h/],
  [['postgres://a@127.0.0.1/b', '--name', 'Not A Name'], /the name of a source is/],
])('%j is refused in words', async (args, words) => {
  const run = await world.as('alice', 'discover', ...args);
  expect(run.exit).toBe(64);
  expect(run.stderr).toMatch(words);
});

test('Ctrl-C ends the watching and writes what was found', async () => {
  const child = spawn(process.execPath, [MAIN, 'discover', '--url-file', urlFile, '--watch', '1h'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  // The first line of progress comes once it is connected and can be interrupted.
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  expect((await exited)[0]).toBe(0);
  expect(stdout).toContain('sources:');
});
