import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
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

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What a command line loads: how many files, and of which packages and files of ours these were made. */
async function loadedBy(...args: readonly string[]) {
  const hook = pathToFileURL(join(folder, 'hook.mjs')).href;
  const { stderr } = await promisify(execFile)(process.execPath, ['--import', hook, MAIN, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], HOME: folder },
  }).catch((failed: { stderr: string }) => failed);
  const loaded = [...stderr.matchAll(/^loaded (file:.*)$/gm)].map(([, url = '']) => fileURLToPath(url));
  const files = (await Promise.all(loaded.map(sourcesOf))).flat().map((file) => relative(ROOT, file));
  const packages = files.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  return {
    loaded: loaded.length,
    packages: [...new Set(packages)],
    ours: files.filter((file) => /^(daemon|baselines|notifiers)\//.test(file)),
  };
}

/** The files that a file was built of: of ours by its source map, of others it is itself. */
async function sourcesOf(file: string): Promise<string[]> {
  if (!file.startsWith(join(ROOT, 'dist/'))) return [file];
  const map = JSON.parse(await readFile(`${file}.map`, 'utf8')) as { sources: string[] };
  return map.sources.map((source) => join(dirname(file), source));
}

test.each([
  ['help', ['--help']],
  ['help of one command', ['approve', '--help']],
  ['the version', ['--version']],
  ['a wrong command line', ['check', '--nonsense']],
])('%s loads commander and definitions only', async (_name, args) => {
  const { packages, ours } = await loadedBy(...args);
  expect(packages).toEqual(['commander']);
  expect(ours).toContain('daemon/cli/site/check-command.ts');
  const small =
    /^daemon\/(main|built|error-code|wording|approvals\/withdraw-command|demo\/(database|people|scenario\/scenario)-names|cli\/([a-z-]+|terminal\/[a-z]+|[a-z]+\/[a-z-]+-(command|options?)))\.ts$/;
  expect(ours.filter((file) => !small.test(file))).toEqual([]);
  expect(ours).not.toContain('daemon/cli/open-config.ts');
});

test('a command loads its own code', async () => {
  const { packages, ours } = await loadedBy('token', 'anna');
  expect(ours).toContain('daemon/cli/setup/token.ts');
  expect(packages).not.toContain('pg');
});

test('a command that reads the configuration is loaded from few files', async () => {
  const { loaded, ours } = await loadedBy('check', '--config', 'none.yaml');
  expect(ours).toContain('daemon/config/load.ts');
  expect(loaded).toBeLessThan(200);
});

test('telling a failure loads no module for it', async () => {
  const { ours } = await loadedBy('token', 'No Name');
  expect(ours).toContain('daemon/cli/errors.ts');
  expect(ours.filter((file) => /errors?\.ts$/.test(file))).toEqual(['daemon/cli/errors.ts']);
});

test('a daemon begins with what is small: what is large is loaded after that, one part at a time', async () => {
  const program = join(ROOT, 'dist/program');
  const chunks = readdirSync(program).filter((name) => name.endsWith('.js'));
  const made = new Map<string, string[]>();
  for (const name of chunks) made.set(name, await sourcesOf(join(program, name)));
  const first = chunks.find((name) =>
    made.get(name)?.some((file) => file.endsWith('daemon/cli/setup/run.ts')),
  );
  const atOnce = new Set([first ?? '']);
  for (const name of atOnce) {
    const text = readFileSync(join(program, name), 'utf8');
    for (const [, next = ''] of text.matchAll(/from "\.\/([^"]+\.js)"/g)) atOnce.add(next);
  }
  const files = [...atOnce].flatMap((name) => made.get(name) ?? []);
  expect(files.filter((file) => file.includes('node_modules/'))).toEqual([]);
  expect(files.length).toBeLessThan(20);
});
