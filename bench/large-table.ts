import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { publicKeyOf } from '../baselines/index.js';
import { opensshPrivateKey } from '../daemon/demo/openssh-key.js';
import { approveSite, DEMO_SITE } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import type { Benchmark, Figure } from './benchmark.js';
import { fillTerminals, MANY } from './many-terminals.js';
import { keepNotes, readNotes } from './notes.js';
import { residentBytes } from './resident.js';
import type { Scene } from './scene.js';
import { percentile, spread } from './statistics.js';

const PROGRAM = fileURLToPath(new URL('./daemon-noting-blocks.js', import.meta.url));
const MAIN = fileURLToPath(new URL('../daemon/main.js', import.meta.url));
const UPDATES = 60;
const WARM_UP = 5;
const LIMIT_MS = 20_000;
/** Between two updates, so that none waits for another's read. */
const PAUSE_MS = 400;
/** What a start leaves to be done beside the watching still counts. */
const AFTER_MS = 6_000;
const SAMPLE_MS = 20;
/** 10^6 bytes. */
const MB = 1_000_000;

/** What a table of 100,000 records costs: starts, a change in it and beside it, and its approval. */
export const largeTable: Benchmark = {
  name: 'large-table',
  title: `a table of ${MANY.toLocaleString('en')} records: starts, changes, approval`,
  run: async (scene) => {
    const stage = await scene.setStage();
    await fillTerminals(stage);
    await approveSite(stage.site, stage.site.approvers, 'first');
    const first = await start(scene, stage);
    await first.daemon.stop();
    const again = await start(scene, stage);
    scene.say('started twice');
    const inIt = await changes(scene, stage, (mark) => `update terminal set name = '${mark}' where id = 77`);
    const beside = await changes(
      scene,
      stage,
      (mark) => `update crypto_setting set sell_wallet_address = '${mark}' where id = 1`,
    );
    await again.daemon.stop();
    scene.say('told of changes; now they are approved');
    const peakBytes = await approve(scene, stage);
    return [
      block('first start: longest block of the event loop', first.longestMs),
      block('later start: longest block of the event loop', again.longestMs),
      told('a change in that table: sent → at Slack, p50', inIt, 60),
      told('a change in a small table beside it, p50', beside, 16),
      {
        what: 'approve: resident memory, at its highest',
        unit: 'MB',
        measured: peakBytes / MB,
        target: { atMost: 250 },
        detail: `the whole command on the files, a sample every ${SAMPLE_MS} ms`,
      },
    ];
  },
};

/** Starts the daemon, and waits until it watches and has done what the start brings. */
async function start(scene: Scene, stage: Stage) {
  const file = join(scene.directory, 'notes');
  await writeFile(file, '');
  keepNotes(file);
  const daemon = await scene.startDaemon(stage, PROGRAM);
  await delay(AFTER_MS);
  const blocks = readNotes(file).flatMap((note) => (note.note === 'block' ? [note.longestMs] : []));
  return { daemon, longestMs: Math.max(...blocks) };
}

/** Times from an update sent to the message at Slack, in milliseconds. */
async function changes(scene: Scene, stage: Stage, sqlOf: (mark: string) => string): Promise<number[]> {
  const attacker = await scene.connect(stage.database.ownerUrl);
  const took: number[] = [];
  for (let i = 0; i < WARM_UP + UPDATES; i++) {
    const mark = `large${String(preciseNowMs()).replace('.', '')}x`;
    const sentMs = preciseNowMs();
    await attacker.query(sqlOf(mark));
    const message = await stage.slack.waitForMessage((one) => slackText(one).includes(mark), LIMIT_MS);
    if (i >= WARM_UP) took.push(message.receivedAtMs - sentMs);
    await delay(PAUSE_MS);
  }
  return took;
}

/** One person signs what differs: the most memory that takes, in bytes. */
async function approve(scene: Scene, stage: Stage): Promise<number> {
  const [{ name, privateKey }] = stage.site.approvers;
  const key = join(scene.directory, `${name}.key`);
  await writeFile(key, opensshPrivateKey(privateKey, name), { mode: 0o600 });
  await writeFile(`${key}.pub`, `${publicKeyOf(privateKey).line} ${name}\n`);
  const args = ['approve', DEMO_SITE, '--only', 'all', '--reason', 'measured', '--key', key];
  const env = { ...process.env, HOME: scene.directory, XDG_STATE_HOME: join(scene.directory, 'memory') };
  const child = spawn(process.execPath, [MAIN, ...args, '--config', stage.site.configFile], {
    env,
    stdio: 'ignore',
  });
  const { pid } = child;
  let highest = 0;
  const sampling = setInterval(() => {
    const bytes = pid === undefined ? 0 : residentBytes(pid);
    // Nobody's any more once it has ended.
    if (bytes > highest) highest = bytes;
  }, SAMPLE_MS);
  const [code] = await once(child, 'exit');
  clearInterval(sampling);
  if (code !== 0) throw new Error(`approve ended with exit code ${code}`);
  return highest;
}

function block(what: string, measured: number): Figure {
  return {
    what,
    unit: 'ms',
    measured,
    target: { atMost: 100 },
    detail: `1 start, until ${AFTER_MS / 1000} s after it watches`,
  };
}

function told(what: string, took: readonly number[], atMost: number): Figure {
  const p99 = percentile(took, 99).toFixed(0);
  return {
    what,
    unit: 'ms',
    measured: percentile(took, 50),
    target: { atMost },
    detail: `${took.length} updates, ${spread(took, 0)} ms, p99 ${p99} ms`,
  };
}
