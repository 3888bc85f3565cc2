import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { type DaemonProcess, startDaemonProcess } from '../daemon/demo/daemon-process.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import { isWatching, statusOf } from '../daemon/demo/watching.js';
import type { Benchmark, Figure } from './benchmark.js';
import { keepNotes, readNotes } from './notes.js';
import { residentBytes } from './resident.js';
import type { Scene } from './scene.js';
import { type Fleet, openFleet, siteName } from './site-fleet.js';
import { percentile } from './statistics.js';

const COUNTS = [1, 50, 200, 500] as const;
const MOST = 500;
const SETTLE_MS = 5_000;
const IDLE_MS = 20_000;
const BLOCKS_MS = 20_000;
const UPDATES = 100;
const LIMIT_MS = 120_000;
const TOLD_LIMIT_MS = 10_000;
const MB = 1_000_000;
const PROGRAM = fileURLToPath(new URL('./daemon-noting-blocks-later.js', import.meta.url));

interface Measured {
  readonly startMs: number;
  readonly residentMb: number;
  /** Of one core, in per cent, while nothing changes. */
  readonly idlePercent: number;
  readonly blockMs: number;
  readonly told: readonly number[];
}

/** Many sites in one daemon: what each further one costs, and what a silent one costs the others. */
export const manySites: Benchmark = {
  name: 'many-sites',
  title: `1 to ${MOST} sites of one cluster in one daemon, and 10 of 20 whose server says nothing`,
  run: async (scene) => {
    const fleet = await openFleet(scene, MOST);
    const measured = new Map<number, Measured>();
    for (const count of COUNTS) {
      measured.set(count, await measure(scene, fleet, count));
      scene.say(`measured with ${count} sites`);
    }
    const silentMs = await besideSilent(scene, fleet);
    return figuresOf(measured, silentMs);
  },
};

async function measure(scene: Scene, fleet: Fleet, count: number): Promise<Measured> {
  const file = await fleet.configure(count);
  const notes = join(scene.directory, `notes-${count}`);
  keepNotes(notes);
  const fromMs = performance.now();
  const daemon = await startDaemonProcess(file, join(scene.directory, 'daemon.log'), PROGRAM, LIMIT_MS);
  try {
    await isWatching(daemon.url, LIMIT_MS);
    const startMs = performance.now() - fromMs;
    await delay(SETTLE_MS);
    const before = cpuMs(daemon.pid);
    const idleFromMs = performance.now();
    await delay(IDLE_MS);
    const idlePercent = ((cpuMs(daemon.pid) - before) / (performance.now() - idleFromMs)) * 100;
    const residentMb = residentBytes(daemon.pid) / MB;
    process.kill(daemon.pid, 'SIGUSR2');
    await delay(BLOCKS_MS);
    const blocks = readNotes(notes).flatMap((one) => (one.note === 'block' ? [one.longestMs] : []));
    const told = await updates(scene, fleet, count);
    return { startMs, residentMb, idlePercent, blockMs: Math.max(...blocks), told };
  } finally {
    await daemon.stop();
  }
}

async function updates(scene: Scene, fleet: Fleet, count: number): Promise<number[]> {
  // A site in the middle, and no database that two of them share.
  const site = Math.floor(Math.min(count, 150) / 2);
  const client = await scene.connect(fleet.databaseUrl(site));
  const times: number[] = [];
  for (let n = 0; n < UPDATES; n++) {
    times.push(await update(client, fleet, `bench${count}n${n}x`));
    await delay(30);
  }
  await client.query("update crypto_setting set sell_wallet_address = 'bc1qoperator1' where id = 1");
  return times;
}

async function update(client: pg.Client, { slack }: Fleet, address: string): Promise<number> {
  const sentMs = preciseNowMs();
  await client.query(`update crypto_setting set sell_wallet_address = '${address}' where id = 1`);
  const message = await slack.waitForMessage((one) => slackText(one).includes(address), TOLD_LIMIT_MS);
  return message.receivedAtMs - sentMs;
}

/** From the start until the ten sites that answer are watched, ten others being silent. */
async function besideSilent(scene: Scene, fleet: Fleet): Promise<number> {
  const file = await fleet.configure(10, 10);
  const fromMs = performance.now();
  const daemon: DaemonProcess = await startDaemonProcess(file, join(scene.directory, 'daemon.log'));
  try {
    const answering = new Set(Array.from({ length: 10 }, (_, n) => siteName(n)));
    for (;;) {
      const { sites } = await statusOf(daemon.url);
      const watched = sites.filter(
        ({ site, sources }) =>
          answering.has(site) &&
          sources.every(({ hearing, lastFullReadMs }) => hearing === 'listening' && lastFullReadMs !== null),
      );
      if (watched.length === answering.size) return performance.now() - fromMs;
      if (performance.now() - fromMs > LIMIT_MS) throw new Error('the answering sites were never watched');
      await delay(20);
    }
  } finally {
    await daemon.stop();
  }
}

/** What a process has used of the processors so far, by Linux's own count in ticks of 10 ms. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function figuresOf(measured: ReadonlyMap<number, Measured>, silentMs: number): Figure[] {
  const one = measured.get(1);
  const figures = [...measured].flatMap(
    ([count, { startMs, residentMb, idlePercent, blockMs, told }]): Figure[] => {
      const goal = count === 200;
      const sites = count === 1 ? '1 site' : `${count} sites`;
      const p99 = percentile(told, 99);
      const times = `p50 ${percentile(told, 50).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${told.length} updates of one site`;
      return [
        {
          ...{ what: `${sites}: start until all are watched`, unit: 's', measured: startMs / 1000 },
          ...{
            target: goal ? { atMost: 10 } : null,
            detail: 'from the start of the process; each has a baseline',
          },
        },
        {
          ...{ what: `${sites}: resident memory`, unit: 'MB', measured: residentMb },
          ...{ target: goal ? { atMost: 300 } : null, detail: 'idle, 25 s after the start' },
        },
        {
          ...{ what: `${sites}: idle, per cent of one core`, unit: '', measured: idlePercent },
          ...{
            target: goal ? { atMost: 5 } : null,
            detail: `${IDLE_MS / 1000} s; longest block of the event loop ${blockMs.toFixed(0)} ms in the ${BLOCKS_MS / 1000} s after`,
          },
        },
        {
          ...{ what: `${sites}: update sent → whole at Slack, p99 against one site`, unit: '×' },
          ...{
            measured: p99 / percentile(one?.told ?? [p99], 99),
            target: goal ? { atMost: 3 } : null,
            detail: times,
          },
        },
      ];
    },
  );
  const silent: Figure = {
    ...{
      what: '20 sites, 10 silent: start until the other 10 are watched',
      unit: 's',
      measured: silentMs / 1000,
    },
    ...{ target: { atMost: 3 }, detail: '1 start' },
  };
  return [...figures, silent];
}
