import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { programVersion } from '../../daemon/built.js';
import { MAIN, withoutWaiting } from './run-cli.js';

const LAUNCHER = fileURLToPath(new URL('../../tillwarden', import.meta.url));
/** Node and a shell's own tools, and no npm that could build or ask for anything. */
const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;

const SECRETS: Readonly<Record<string, string>> = {
  url: 'postgres://watcher:x@127.0.0.1:5432/cas',
  token: 'xoxb-1-2-3',
  hook: 'x'.repeat(32),
};
/** Nothing listens where the second channel goes. */
const TWO_CHANNELS = `
sites:
  - name: prague-1
    sources:
      - kind: postgres
        name: cas
        url_file: url
        collections:
          - { name: terminals, kind: terminal, table: public.terminal, key: [id], columns: [name] }
baselines: { directory: baselines.d }
trust: { directory: trust, root: sha256:${'0'.repeat(64)} }
notifiers:
  - { kind: slack, name: ops, token_file: token, channel: C0123ABCD }
  - { kind: webhook, name: hook, url: 'https://127.0.0.1:9/', secret_file: hook, allowPrivateAddress: true }
`;

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tillwarden launcher ü ')));
});
afterAll(() => rm(folder, { recursive: true }));

function run(file: string, args: readonly string[]) {
  return new Promise<{ exit: number; stdout: string; stderr: string }>((resolve) => {
    execFile(file, args, { cwd: folder, env: { PATH } }, (error, stdout, stderr) =>
      resolve({
        exit: typeof error?.code === 'number' ? error.code : 0,
        stdout,
        stderr: withoutWaiting(stderr),
      }),
    );
  });
}

/** What a checkout holds once it is built, without its packages. */
async function copyOfProgram(name: string): Promise<string> {
  const [root, copy] = [dirname(LAUNCHER), join(folder, name)];
  await mkdir(copy);
  for (const file of ['tillwarden', 'package.json']) await copyFile(join(root, file), join(copy, file));
  for (const part of ['daemon', 'program'])
    await cp(join(root, 'dist', part), join(copy, 'dist', part), { recursive: true });
  return copy;
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
    const emptied = await copyOfProgram('emptied');
    const dist = join(emptied, 'dist');
    const parts = await readdir(join(dist, 'program'));
    for (const part of parts.filter((name) => /^notify-test-/.test(name)))
      await rm(join(dist, 'program', part));
    const { exit, stdout, stderr } = await run(join(emptied, 'tillwarden'), ['notify', 'test']);
    expect({ exit, stdout }).toEqual({ exit: 78, stdout: '' });
    expect(stderr).toMatch(/^error CLI_NOT_BUILT: files of the program are missing.*npm ci/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('where the part of one channel is gone, tries the others and says of that one why not', async () => {
    const halved = await copyOfProgram('halved');
    const dist = join(halved, 'dist');
    const parts = await readdir(join(dist, 'program'));
    const gone = parts.filter((name) => /^slack-/.test(name));
    expect(gone).not.toEqual([]);
    for (const part of gone) await rm(join(dist, 'program', part));
    const config = join(halved, 'tillwarden.yaml');
    await symlink(join(dirname(LAUNCHER), 'node_modules'), join(halved, 'node_modules'));
    for (const secret of ['url', 'token', 'hook'])
      await writeFile(join(halved, secret), SECRETS[secret] ?? '', { mode: 0o600 });
    await writeFile(config, TWO_CHANNELS);
    const args = ['notify', 'test', '--config', config];
    const { exit, stdout, stderr } = await run(join(halved, 'tillwarden'), args);
    expect({ exit, stderr }).toEqual({ exit: 70, stderr: '' });
    expect(stdout).toMatch(/^NOT delivered +ops: CLI_NOT_BUILT: files of the program are missing.*npm ci/m);
    expect(stdout).toMatch(/^NOT delivered +hook \S+: /m);
  });
});
