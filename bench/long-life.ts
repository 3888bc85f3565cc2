import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { approveSite } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import type { Benchmark, Figure } from './benchmark.js';
import { keepNotes, readNotes } from './notes.js';
import { writeOldState } from './old-state.js';
import type { Scene } from './scene.js';
import { percentile } from './statistics.js';

const INCIDENTS = 50_000;
const ENTRIES_EACH = 20;
const UPDATES = 100;
const WARM_UP = 10;
const LIMIT_MS = 10_000;
/** The check beside the daemon, and whatever else a large state makes of the first minute. */
const BEGIN_MS = 15_000;
const EVERY_MS = 10;
const MB = 1_000_000;
const NOTING = fileURLToPath(new URL('./daemon-noting-blocks.js', import.meta.url));
const MAIN = fileURLToPath(new URL('../daemon/main.js', import.meta.url));

/** A state of years: the daemon on it, and the commands that look back. */
export const longLife: Benchmark = {
  name: 'long-life',
  title: `a state of ${INCIDENTS.toLocaleString('en')} incidents and ${(INCIDENTS * ENTRIES_EACH).toLocaleString('en')} journal entries`,
  run: async (scene) => {
    const stage = await scene.setStage();
    await approveSite(stage.site, stage.site.approvers, 'first');
    const empty = await watch(scene, stage, 'empty');
    scene.say('measured with an empty state');
    const directory = join(dirname(stage.site.configFile), 'state-of-years');
    const old = writeOldState(directory, INCIDENTS, ENTRIES_EACH);
    const bytes = statSync(join(directory, 'state.sqlite')).size;
    scene.say(`wrote a state of ${(bytes / MB).toFixed(0)} MB`);
    await useState(stage, directory);
    const large = await watch(scene, stage, 'old');
    scene.say('measured with the state of years; now the commands');
    const commands = [
      await command(scene, stage, ['show', old.incident], { ms: 1000, mb: 130 }),
      await command(scene, stage, ['journal', 'show', '--json'], null),
      await command(scene, stage, ['journal', 'verify'], null),
      await command(scene, stage, ['history', 'prague-1/wallet_routes', '--key', '7'], {
        ms: 2000,
        mb: null,
      }),
      await command(scene, stage, ['status'], null),
      await command(scene, stage, ['evidence', old.incident, '--out', join(scene.directory, 'e.tar.gz')], {
        ...{ ms: 5000, mb: 200 },
      }),
    ];
    return [...figuresOf(empty, large, bytes), ...commands.flat()];
  },
};

interface Watched {
  readonly startMs: number;
  readonly blockMs: number;
  readonly told: readonly number[];
}

/** Puts the state of years where the configuration says. */
async function useState({ site }: Stage, directory: string): Promise<void> {
  const { rename, rm } = await import('node:fs/promises');
  const state = join(dirname(site.configFile), 'state');
  await rm(state, { recursive: true, force: true });
  await rename(directory, state);
}

async function watch(scene: Scene, stage: Stage, name: string): Promise<Watched> {
  const notes = join(scene.directory, `notes-${name}`);
  keepNotes(notes);
  const fromMs = performance.now();
  const daemon = await scene.startDaemon(stage, NOTING);
  const startMs = performance.now() - fromMs;
  await delay(BEGIN_MS);
  const blocks = readNotes(notes).flatMap((one) => (one.note === 'block' ? [one.longestMs] : []));
  const told: number[] = [];
  const attacker = await scene.connect(stage.database.ownerUrl);
  for (let n = 0; n < WARM_UP + UPDATES; n++) {
    const address = `bench${name}${n}x`;
    const sentMs = preciseNowMs();
    await attacker.query(`update crypto_setting set sell_wallet_address = '${address}' where id = 1`);
    const message = await stage.slack.waitForMessage((one) => slackText(one).includes(address), LIMIT_MS);
    if (n >= WARM_UP) told.push(message.receivedAtMs - sentMs);
    await delay(50);
  }
  await daemon.stop();
  return { startMs, blockMs: Math.max(...blocks), told };
}

/** Runs a command of the program to its end, its output thrown away. */
async function command(
  scene: Scene,
  { site }: Stage,
  args: readonly string[],
  goal: { readonly ms: number; readonly mb: number | null } | null,
): Promise<Figure[]> {
  const fromMs = performance.now();
  const child = spawn(process.execPath, [MAIN, ...args, '--config', site.configFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: scene.directory,
  });
  let printed = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.length;
  });
  let highest = 0;
  const sampling = setInterval(() => {
    highest = Math.max(highest, highestBytes(child.pid ?? 0));
  }, EVERY_MS);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const ms = performance.now() - fromMs;
  clearInterval(sampling);
  const [name = ''] = [args.slice(0, args[0] === 'journal' ? 2 : 1).join(' ')];
  const detail = `exit code ${code}, ${(printed / MB).toFixed(1)} MB printed`;
  return [
    {
      ...{ what: `${name}: until it has ended`, unit: 'ms', measured: ms },
      ...{ target: goal === null ? null : { atMost: goal.ms }, detail },
    },
    {
      ...{ what: `${name}: resident memory at its highest`, unit: 'MB', measured: highest / MB },
      ...{ target: goal?.mb == null ? null : { atMost: goal.mb }, detail: `a sample every ${EVERY_MS} ms` },
    },
  ];
}

/** By the system's own count; 0 once the process has ended. */
function highestBytes(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function figuresOf(empty: Watched, large: Watched, bytes: number): Figure[] {
  const p = ({ told }: Watched, percent: number) => percentile(told, percent);
  const ms = (one: Watched) => `p50 ${p(one, 50).toFixed(1)}, p99 ${p(one, 99).toFixed(1)} ms`;
  return [
    {
      ...{ what: 'start until it watches', unit: 'ms', measured: large.startMs, target: { atMost: 3000 } },
      detail: `state.sqlite has ${(bytes / MB).toFixed(0)} MB; with an empty state ${empty.startMs.toFixed(0)} ms`,
    },
    {
      ...{
        what: 'longest block of the event loop',
        unit: 'ms',
        measured: large.blockMs,
        target: { atMost: 100 },
      },
      detail: `from the start until ${BEGIN_MS / 1000} s after it; with an empty state ${empty.blockMs.toFixed(0)} ms`,
    },
    {
      ...{ what: 'update sent → whole at Slack, p50 against an empty state', unit: '×' },
      ...{ measured: p(large, 50) / p(empty, 50), target: { atMost: 1.25 } },
      detail: `${UPDATES} updates each: ${ms(large)}; with an empty state ${ms(empty)}`,
    },
  ];
}
