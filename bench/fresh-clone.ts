import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from './benchmark.js';

/** This file runs from `dist/bench/`. */
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** What somebody waits who has just cloned the repository, and who wants to be sure of it. */
export const freshClone: Benchmark = {
  name: 'clone',
  title: 'a fresh clone: npm ci and the demo, then npm test',
  onRequest: true,
  run: async (scene) => {
    const clone = join(scene.directory, 'clone');
    await run('git', ['clone', '--quiet', REPOSITORY, clone], scene.directory);
    const installSeconds = await run('npm', ['ci', '--no-audit', '--no-fund'], clone);
    scene.say(`npm ci took ${installSeconds.toFixed(0)} s`);
    const demoSeconds = await run('npm', ['run', 'demo', '--', '--exit'], clone);
    scene.say(`the demo took ${demoSeconds.toFixed(0)} s`);
    const testSeconds = await run('npm', ['test'], clone);
    return [
      {
        what: 'npm ci && npm run demo -- --exit',
        unit: 's',
        measured: installSeconds + demoSeconds,
        target: { atMost: 90 },
        detail: `1 run of the last commit: npm ci ${installSeconds.toFixed(0)} s, with npm's cache as it was; the demo ${demoSeconds.toFixed(0)} s`,
      },
      { what: 'npm test', unit: 's', measured: testSeconds, target: { atMost: 300 }, detail: '1 run' },
    ];
  },
};

/** Seconds that a program took. Rejects with its last words when it failed. */
async function run(program: string, args: readonly string[], cwd: string): Promise<number> {
  const from = performance.now();
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let last = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      last = (last + chunk.toString('utf8')).slice(-4_000);
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${code}; its last words:\n${last}`);
  return (performance.now() - from) / 1000;
}
