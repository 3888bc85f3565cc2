import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { prepareSite } from '../../daemon/demo/site.js';
import { foldOnce } from '../../daemon/store/folding/fold.js';
import { openStore } from '../../daemon/store/sqlite/open.js';
import { DAY_MS, pastIncident, signedBaseline } from '../support/old-store.js';
import { MAIN } from './run-cli.js';

const NOBODY = 65_534;
const NOW = 1000 * DAY_MS;
let copy: string;
let desk: string;
let folded: string;
let young: string;

/** A site as somebody saves it for a court: what was folded with it, and in none of its folders can anything be written. */
beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'tillwarden forensic '));
  desk = mkdtempSync(join(tmpdir(), 'tillwarden desk '));
  await prepareSite({
    directory: copy,
    databaseUrl: 'postgres://nobody:nothing@127.0.0.1:1/none',
    slack: { apiUrl: 'http://127.0.0.1:9/api/', token: 'xoxb-123456789012' },
    smtp: { host: '127.0.0.1', port: 9 },
  });
  const directory = join(copy, 'state');
  mkdirSync(directory, { mode: 0o700 });
  const store = openStore(directory);
  folded = pastIncident(store, 10 * DAY_MS);
  signedBaseline(store, 1, 11 * DAY_MS);
  young = pastIncident(store, NOW - DAY_MS);
  const folding = { store, directory, beforeMs: NOW - 400 * DAY_MS, sites: [], clock: () => NOW };
  await foldOnce({ ...folding, stopped: () => false, leastEntries: 1 });
  store.close();
  lock(copy);
  if (process.geteuid?.() === 0) chownSync(desk, NOBODY, NOBODY);
});
afterAll(() => {
  unlock(copy);
  for (const one of [copy, desk]) rmSync(one, { recursive: true, force: true });
});

function everything(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((one) =>
    join(one.parentPath, one.name),
  );
}

function lock(folder: string): void {
  for (const path of [folder, ...everything(folder)]) {
    chmodSync(path, 0o555);
    if (process.geteuid?.() === 0) chownSync(path, NOBODY, NOBODY);
  }
}

function unlock(folder: string): void {
  chmodSync(folder, 0o755);
  for (const path of everything(folder)) chmodSync(path, 0o755);
}

/** Runs a command as somebody who may read the copy, and write on a desk of their own alone. */
async function run(...args: readonly string[]): Promise<{ readonly exit: number; readonly text: string }> {
  const user = process.geteuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const options = {
    cwd: desk,
    env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], HOME: '/nonexistent', NO_COLOR: '1' },
    ...user,
  };
  const command = [MAIN, ...args, '--config', join(copy, 'tillwarden.yaml')];
  return promisify(execFile)(process.execPath, command, options).then(
    ({ stdout, stderr }) => ({ exit: 0, text: `${stdout}${stderr}` }),
    ({ code, stdout, stderr }) => ({ exit: Number(code), text: `${stdout}${stderr}` }),
  );
}

test.each([
  ['journal show', 0, 'entries 1 to'],
  ['journal verify', 0, 'The journal is whole'],
  ['history prague-1/terminals', 0, 'and what is older in folded/ of the state directory'],
  ['status', 11, 'prague-1'],
  ['state backup backup.tar.gz', 0, 'Written: '],
])('"%s" reads a copy in which nothing can be written', async (command, exit, words) => {
  const { exit: found, text } = await run(...command.split(' '));
  expect(text).toContain(words);
  expect(found).toBe(exit);
});

test('"show" and "evidence" read an incident of such a copy, and say where one went that was folded', async () => {
  expect(await run('show', young)).toMatchObject({
    exit: 0,
    text: expect.stringContaining('1 finding ended'),
  });
  expect(await run('evidence', young, '--out', 'young.tar.gz')).toMatchObject({ exit: 0 });
  const shown = await run('show', folded);
  expect(shown).toMatchObject({ exit: 0, text: expect.stringContaining('folded/000001.details.jsonl.gz') });
  const evidence = await run('evidence', folded, '--out', 'old.tar.gz');
  expect(evidence.text).toMatch(/CLI_INCIDENT_FOLDED: .* is so old that what is known of it left the state/);
  expect(evidence.exit).not.toBe(0);
});

test('without the file of what was folded, "journal verify" of such a copy says unknown, with its own exit code', async () => {
  unlock(copy);
  rmSync(join(copy, 'state/folded/000001.journal.jsonl.gz'));
  lock(copy);
  const { exit, text } = await run('journal', 'verify');
  expect(text).toContain('UNKNOWN: entries 1 to');
  expect(exit).toBe(11);
});
