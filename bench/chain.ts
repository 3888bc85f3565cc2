import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publicKeyOf } from '../baselines/index.js';
import { opensshPrivateKey } from '../daemon/demo/openssh-key.js';
import { DEMO_SITE } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import type { Benchmark, Figure } from './benchmark.js';
import { signLongChain } from './long-chain.js';
import { keepNotes, readNotes } from './notes.js';
import type { Scene } from './scene.js';
import { median, spread } from './statistics.js';

const STEPS = 2_000;
const ROUNDS = 3;
/** What a start leaves to be done beside the watching still counts. */
const AFTER_MS = 6_000;
const PROGRAM = fileURLToPath(new URL('./daemon-noting-blocks.js', import.meta.url));
const MAIN = fileURLToPath(new URL('../daemon/main.js', import.meta.url));

/** What a chain of a year or more costs: five signed changes a day. */
export const chain: Benchmark = {
  name: 'chain',
  title: `a chain of ${STEPS.toLocaleString('en')} signed steps: starts and commands`,
  run: async (scene) => {
    const stage = await scene.setStage();
    await signLongChain(stage, STEPS);
    scene.say(`signed ${STEPS} steps`);
    const first = await start(scene, stage);
    scene.say(`started for the first time in ${first.tookMs.toFixed(0)} ms`);
    const later = [];
    for (let round = 0; round < ROUNDS; round++) later.push(await start(scene, stage));
    scene.say('started again');
    const history = await timed(ROUNDS, () =>
      command(scene, stage, 'reader', ['history', `${DEMO_SITE}/terminals`, '--key', '1']),
    );
    scene.say('told the history of a record');
    const [approveFirst = Number.NaN, ...approve] = await approvals(scene, stage);
    const startTimes = later.map(({ tookMs }) => tookMs / 1000);
    const blocks = later.map(({ longestMs }) => longestMs);
    return [
      seconds(
        'first start, until the site is compared',
        [first.tookMs / 1000],
        3,
        'copies every step into the state',
      ),
      block('first start: longest block of the event loop', [first.longestMs]),
      seconds('later start, until the site is compared', startTimes, 1.5, 'process started → whole'),
      block('later start: longest block of the event loop', blocks),
      seconds('history of one record', history, 1.5, 'the whole command'),
      seconds('approve by somebody who never looked before', [approveFirst], null, 'walks the whole chain'),
      seconds(
        'approve of one change, on the files',
        approve,
        1.5,
        'the whole command, with the read of the database',
      ),
    ];
  },
};

/** Starts the daemon, waits until it watches and has written down what the start brings, and stops it again. */
async function start(scene: Scene, stage: Stage) {
  const file = join(scene.directory, 'notes');
  await writeFile(file, '');
  keepNotes(file);
  const fromMs = preciseNowMs();
  const daemon = await scene.startDaemon(stage, PROGRAM);
  const tookMs = preciseNowMs() - fromMs;
  await delay(AFTER_MS);
  await daemon.stop();
  const blocks = readNotes(file).flatMap((note) => (note.note === 'block' ? [note.longestMs] : []));
  return { tookMs, longestMs: Math.max(...blocks) };
}

/** One person signs one renamed terminal each time, with the memory of an own machine, and takes it back. The first one has no memory yet. */
async function approvals(scene: Scene, stage: Stage): Promise<number[]> {
  const [{ name, privateKey }] = stage.site.approvers;
  const key = join(scene.directory, `${name}.key`);
  await writeFile(key, opensshPrivateKey(privateKey, name), { mode: 0o600 });
  await writeFile(`${key}.pub`, `${publicKeyOf(privateKey).line} ${name}\n`);
  await stage.database.run(`update terminal set name = 'to be signed' where id = 1`, 'owner');
  const took: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const approve = ['approve', DEMO_SITE, '--only', 'all', '--reason', 'measured', '--key', key];
    took.push(await command(scene, stage, 'approver', approve));
    await command(scene, stage, 'approver', ['approve', DEMO_SITE, '--withdraw']);
  }
  return took;
}

async function timed(rounds: number, work: () => Promise<number>): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) took.push(await work());
  return took;
}

/** Runs a command of the built program, as an operator would who remembers what they verified. Seconds. */
async function command(scene: Scene, stage: Stage, person: string, args: readonly string[]): Promise<number> {
  const from = performance.now();
  const env = { ...process.env, HOME: scene.directory, XDG_STATE_HOME: join(scene.directory, person) };
  await promisify(execFile)(process.execPath, [MAIN, ...args, '--config', stage.site.configFile], {
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
  return (performance.now() - from) / 1000;
}

function seconds(what: string, took: readonly number[], atMost: number | null, detail: string): Figure {
  return {
    what,
    unit: 's',
    measured: median(took),
    target: atMost === null ? null : { atMost },
    detail: `${took.length} times, ${spread(took, 2)} s: ${detail}`,
  };
}

function block(what: string, longest: readonly number[]): Figure {
  return {
    what,
    unit: 'ms',
    measured: Math.max(...longest),
    target: { atMost: 100 },
    detail: `${longest.length} times, ${spread(longest, 0)} ms, until ${AFTER_MS / 1000} s after it watches`,
  };
}
