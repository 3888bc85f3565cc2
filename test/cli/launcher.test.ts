import { execFile } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, realpath, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { programVersion } from '../../daemon/built.js';
import { MAIN } from './run-cli.js';

const LAUNCHER = fileURLToPath(new URL('../../tillwarden', import.meta.url));
/** Node and a shell's own tools, and no npm that could build or ask for anything. */
const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tillwarden launcher ü ')));
});
afterAll(() => rm(folder, { recursive: true }));

function run(file: string, args: readonly string[]) {
  return new Promise<{ exit: number; stdout: string; stderr: string }>((resolve) => {
    execFile(file, args, { cwd: folder, env: { PATH } }, (error, stdout, stderr) =>
      resolve({ exit: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('the launcher at the root of a checkout', () => {
  test('runs the program that is built, from another directory and through a link, and builds nothing', async () => {
    const link = join(folder, 'linked');
    await symlink(LAUNCHER, link);
    const before = await stat(MAIN);
    expect(await run(link, ['--version'])).toEqual({ exit: 0, stdout: `${programVersion()}\n`, stderr: '' });
    expect((await stat(MAIN)).ctimeMs).toBe(before.ctimeMs);
  });

  test('hands on the arguments and the exit code of the program', async () => {
    const { exit, stderr } = await run(LAUNCHER, ['no such command']);
    expect(exit).toBe(64);
    expect(stderr).toContain('CLI_USAGE');
  });

  test('says what to run where nothing was built', async () => {
    const unbuilt = join(folder, 'not built yet');
    await mkdir(unbuilt);
    await copyFile(LAUNCHER, join(unbuilt, 'tillwarden'));
    await chmod(join(unbuilt, 'tillwarden'), 0o755);
    const { exit, stdout, stderr } = await run(join(unbuilt, 'tillwarden'), ['check']);
    expect({ exit, stdout }).toEqual({ exit: 78, stdout: '' });
    expect(stderr).toMatch(/^error CLI_NOT_BUILT: there is no \S.*not built yet.*npm ci/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('says so in one line where a part that is loaded when it is needed is gone, as while "npm ci" runs', async () => {
    const emptied = join(folder, 'emptied');
    await mkdir(emptied);
    const [root, dist] = [dirname(LAUNCHER), join(emptied, 'dist')];
    await copyFile(LAUNCHER, join(emptied, 'tillwarden'));
    await copyFile(join(root, 'package.json'), join(emptied, 'package.json'));
    await cp(join(root, 'dist', 'daemon'), join(dist, 'daemon'), { recursive: true });
    await cp(join(root, 'dist', 'program'), join(dist, 'program'), { recursive: true });
    const parts = await readdir(join(dist, 'program'));
    for (const part of parts.filter((name) => /^notify-test-/.test(name)))
      await rm(join(dist, 'program', part));
    const { exit, stdout, stderr } = await run(join(emptied, 'tillwarden'), ['notify', 'test']);
    expect({ exit, stdout }).toEqual({ exit: 78, stdout: '' });
    expect(stderr).toMatch(/^error CLI_NOT_BUILT: files of the program are missing.*npm ci/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
