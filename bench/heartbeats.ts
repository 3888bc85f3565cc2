import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { definitionsOf } from '../daemon/config/config.js';
import { loadConfig } from '../daemon/config/load.js';
import { type Heartbeats, startHeartbeats } from '../daemon/demo/heartbeats.js';
import { installSql, uninstallSql } from '../daemon/sources/index.js';
import type { Benchmark, Figure } from './benchmark.js';
import type { Scene } from './scene.js';
import { median, percentile } from './statistics.js';

const CLIENTS = 16;
const CHANNEL = 'tillwarden';
const ROLE = 'tillwarden';
/** Short, so that what else the machine does weighs on neighbours alike. */
const SLICE_MS = 400;
/** After triggers came or went, each backend takes them in at its next heartbeat. */
const SETTLE_MS = 100;
/** Blocks of four slices: with, without, without, with. */
const BLOCKS = 40;

/** What our triggers cost terminals that report as fast as they can, and whether they ever notify. */
export const heartbeats: Benchmark = {
  name: 'heartbeats',
  title: `heartbeat updates on a watched table, ${CLIENTS} clients, with and without our triggers`,
  run: async (scene) => {
    const stage = await scene.setStage();
    await stage.heartbeats.stop();
    const superuser = await scene.connect(stage.postgres.superuserUrl('cas'));
    const owner = await scene.connect(stage.ownerUrl);
    const notified = await listen(owner);
    const definitions = loadConfig(stage.site.configFile).sites.flatMap(definitionsOf);
    const triggers = {
      install: installSql({ role: ROLE, channel: CHANNEL, definitions }),
      remove: uninstallSql({ role: ROLE }),
    };
    const durable = await compare(scene, superuser, triggers, stage.ownerUrl);
    const url = new URL(stage.ownerUrl);
    url.searchParams.set('options', '-c synchronous_commit=off');
    const lazy = await compare(scene, superuser, triggers, url.href);
    const notifications = notified();

    await superuser.query(triggers.install);
    await owner.query(`update terminal set name = name || '.' where id = 1`);
    if (notified() !== notifications + 1) throw new Error('the listener does not hear a watched change');
    const sent = durable.sent + lazy.sent;
    return [
      {
        what: 'notifications caused by heartbeats',
        unit: '',
        measured: notifications,
        target: { atMost: 0 },
        detail: `${sent} heartbeats under our triggers; the same listener heard the one watched change after them`,
      },
      rateFigure('rate with our triggers against without', durable, { atLeast: 0.97 }),
      rateFigure('the same when commits do not wait for the disk', lazy, null),
    ];
  },
};

interface Comparison {
  /** Rate with triggers over rate without, of each block. */
  readonly ratios: readonly number[];
  /** Heartbeats per second. */
  readonly withTriggers: readonly number[];
  readonly without: readonly number[];
  /** Heartbeats under our triggers, those between slices included. */
  readonly sent: number;
  /** Share of the processors' time in which nothing ran. */
  readonly idle: number;
}

/** The clients beat on while triggers come and go; each slice is measured between two such moments. */
async function compare(
  scene: Scene,
  superuser: pg.Client,
  triggers: { readonly install: string; readonly remove: string },
  url: string,
): Promise<Comparison> {
  const beats = await startHeartbeats({ url, perSecond: Number.POSITIVE_INFINITY, connections: CLIENTS });
  const ratios: number[] = [];
  const withTriggers: number[] = [];
  const without: number[] = [];
  let sent = 0;
  const idleBefore = processorTimes();
  try {
    for (let block = 0; block < BLOCKS; block++) {
      const rates: number[] = [];
      for (const installed of [true, false, false, true]) {
        await superuser.query(installed ? triggers.install : triggers.remove);
        const before = beats.sent();
        await delay(SETTLE_MS);
        rates.push(await rateOf(beats));
        if (installed) sent += beats.sent() - before;
      }
      const [a = Number.NaN, b = Number.NaN, c = Number.NaN, d = Number.NaN] = rates;
      withTriggers.push(a, d);
      without.push(b, c);
      ratios.push((a + d) / (b + c));
      if (block % 10 === 9)
        scene.say(`${block + 1} of ${BLOCKS} blocks, median ${median(ratios).toFixed(3)}`);
    }
  } finally {
    await beats.stop();
  }
  if (beats.errors() > 0) throw new Error('heartbeats failed', { cause: beats.lastError() });
  const idleAfter = processorTimes();
  const idle = (idleAfter.idle - idleBefore.idle) / (idleAfter.all - idleBefore.all);
  return { ratios, withTriggers, without, sent, idle };
}

async function rateOf(beats: Heartbeats): Promise<number> {
  const before = beats.sent();
  const from = performance.now();
  await delay(SLICE_MS);
  return ((beats.sent() - before) * 1000) / (performance.now() - from);
}

function rateFigure(what: string, comparison: Comparison, target: Figure['target']): Figure {
  const { ratios, withTriggers, without, idle } = comparison;
  const quartiles = [25, 75].map((percent) => percentile(ratios, percent).toFixed(3)).join(' to ');
  const rates = `medians ${median(withTriggers).toFixed(0)} and ${median(without).toFixed(0)} heartbeats/s`;
  return {
    what,
    unit: '×',
    measured: median(ratios),
    target,
    detail: `median of ${ratios.length} ABBA blocks of 4 × ${SLICE_MS} ms, half of them ${quartiles}; ${rates}; processors ${(idle * 100).toFixed(0)} % idle`,
  };
}

/** Counts what is said on our channel from now on. */
async function listen(client: pg.Client): Promise<() => number> {
  let count = 0;
  client.on('notification', () => {
    count += 1;
  });
  await client.query(`listen ${CHANNEL}`);
  return () => count;
}

function processorTimes(): { idle: number; all: number } {
  const times = cpus().map(({ times }) => times);
  const sum = (pick: (one: (typeof times)[number]) => number) =>
    times.reduce((total, one) => total + pick(one), 0);
  return { idle: sum(({ idle }) => idle), all: sum((one) => Object.values(one).reduce((a, b) => a + b, 0)) };
}
