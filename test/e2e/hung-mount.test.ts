import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const PROGRAM = fileURLToPath(new URL('../support/hung-mount.mjs', import.meta.url));
const BUILD = fileURLToPath(new URL('../../dist', import.meta.url));
/** Runs it; a build of '' only tries whether it may mount. What is killed for its time leaves nothing mounted: its handle was the server. */
const run = (build: string, folder: string) =>
  spawnSync(process.execPath, [PROGRAM, build, folder], {
    encoding: 'utf8',
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-hung-'));
});
afterAll(() => {
  spawnSync('umount', ['-f', '-l', folder]);
  rmSync(folder, { recursive: true, force: true });
});
const mayMount = (): boolean => {
  const tried = mkdtempSync(join(tmpdir(), 'tillwarden-hung-'));
  const may = run('', tried).status === 0;
  rmSync(tried, { recursive: true, force: true });
  return may;
};

(mayMount() ? test : test.skip)('logs on mounts that never answer hold nothing but their own sources', () => {
  const { stdout, status } = run(BUILD, folder);
  expect(stdout).toBe('20 rounds\nanother file was read, and a name looked up\n');
  expect(status).toBe(0);
});
