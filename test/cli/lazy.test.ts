import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MAIN } from './run-cli.js';

/** Writes the URL of every module that is loaded to stderr. */
const HOOK = `
import { writeSync } from 'node:fs';
import { register } from 'node:module';
if (!import.meta.url.endsWith('?hook')) register(import.meta.url + '?hook');
export async function load(url, context, next) {
  writeSync(2, \`loaded \${url}\\n\`);
  return next(url, context);
}
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwarden-lazy-'));
  await writeFile(join(folder, 'hook.mjs'), HOOK);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const DIST = pathToFileURL(fileURLToPath(new URL('../../dist/', import.meta.url))).href;

/** The packages, and the files of ours by their path below `dist/`, that a command line loads. */
async function loadedBy(...args: readonly string[]) {
  const hook = pathToFileURL(join(folder, 'hook.mjs')).href;
  const { stderr } = await promisify(execFile)(process.execPath, ['--import', hook, MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder },
  }).catch((failed: { stderr: string }) => failed);
  const urls = [...stderr.matchAll(/^loaded (file:.*)$/gm)].map(([, url = '']) => url);
  const packages = urls.flatMap((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  const ours = urls.filter((url) => url.startsWith(DIST)).map((url) => url.slice(DIST.length));
  return { packages: [...new Set(packages)], ours };
}

test.each([
  ['help', ['--help']],
  ['help of one command', ['approve', '--help']],
  ['the version', ['--version']],
  ['a wrong command line', ['check', '--nonsense']],
])('%s loads commander and definitions only', async (_name, args) => {
  const { packages, ours } = await loadedBy(...args);
  expect(packages).toEqual(['commander']);
  expect(ours).toContain('daemon/cli/site/check-command.js');
  const small =
    /^daemon\/(main|version|error-code|approvals\/withdraw-command|demo\/(database|people|scenario\/scenario)-names|cli\/([a-z-]+|terminal\/[a-z]+|[a-z]+\/[a-z-]+-(command|options?)))\.js$/;
  expect(ours.filter((file) => !small.test(file))).toEqual([]);
  expect(ours).not.toContain('daemon/cli/open-config.js');
});

test('a command loads its own code', async () => {
  const { packages, ours } = await loadedBy('token', 'anna');
  expect(ours).toContain('daemon/cli/setup/token.js');
  expect(packages).not.toContain('pg');
});

test('telling a failure loads no module for it', async () => {
  const { ours } = await loadedBy('token', 'No Name');
  expect(ours).toContain('daemon/cli/errors.js');
  expect(ours.filter((file) => /errors?\.js$/.test(file))).toEqual(['daemon/cli/errors.js']);
});
