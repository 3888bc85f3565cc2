import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ProgramHost } from './program-host.js';

let folder: string;
let host: ProgramHost;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tillwarden host ')));
  host = new ProgramHost();
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

/** `endsWithinMs`: only where it is to be waited for in vain. */
async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, endsWithinMs = 60_000) {
  const main = join(folder, 'main.mjs');
  await writeFile(main, program);
  return host.run({ main, args, env, cwd: folder, endsWithinMs });
}

test('a run has its own arguments, environment, folder, streams and exit code', async () => {
  const program = `import { spawnSync } from 'node:child_process';
    console.error('to stderr');
    spawnSync('/bin/sh', ['-c', 'echo of $GIVEN >&2'], { stdio: 'inherit' });
    let heard = '';
    for await (const chunk of process.stdin) heard += chunk;
    process.stdout.write(JSON.stringify([process.argv.slice(2), process.env, process.cwd(), heard]));
    process.exitCode = Number(process.argv[2]);`;
  for (const [exit, env] of [
    [3, { GIVEN: 'one', ONLY: 'first' }],
    [0, { GIVEN: 'two' }],
  ] as const) {
    const { stdout, ...rest } = await run(program, [`${exit}`, 'two words'], env);
    expect(JSON.parse(stdout)).toEqual([[`${exit}`, 'two words'], env, folder, '']);
    expect(rest).toEqual({ exit, stderr: `to stderr\nof ${env.GIVEN}\n` });
  }
});

test('a run that leaves something is no run that ended, and one that fails says how', async () => {
  const stays = 'globalThis.left = setInterval(() => {}, 1000);';
  expect(await run(stays, [], {}, 300)).toMatchObject({ exit: null });
  expect(await run('clearInterval(globalThis.left);', [], {})).toEqual({ exit: 0, stdout: '', stderr: '' });
  const failed = await run('setTimeout(() => {}, 50); throw new Error("no");', [], {});
  expect(failed).toMatchObject({ exit: 1, stderr: expect.stringContaining('Error: no') });
});
