import { randomInt } from 'node:crypto';
import { cpus } from 'node:os';
import type pg from 'pg';
import { referenceSchema } from '../daemon/demo/reference/schema.js';
import { referenceSeed } from '../daemon/demo/reference/seed.js';
import type { Stage } from '../daemon/demo/stage.js';
import { heartbeat } from '../daemon/demo/stand-ins/heartbeats.js';
import type { Benchmark, Figure } from './benchmark.js';
import type { Scene } from './scene.js';
import { median, percentile } from './statistics.js';

const CLIENTS = 16;
const TERMINALS = 250;
const CHANNEL = 'tillwarden';
/** Short, so that what else the machine does weighs on neighbours alike. */
const SLICE_MS = 250;
/** Caches of processors and server are warm again after this. */
const SETTLE_MS = 50;
/** Blocks of four slices: with, without, without, with. */
const BLOCKS = 80;

/** What our triggers cost terminals that report as fast as they can, and whether they ever notify. */
export const heartbeats: Benchmark = {
  name: 'heartbeats',
  title: `heartbeat updates on a watched table, ${CLIENTS} clients, with and without our triggers`,
  run: async (scene) => {
    const stage = await scene.setStage();
    await stage.heartbeats.stop();
    // Two databases that differ in our triggers alone. Installing and removing them in one would empty every backend's caches.
    const bare = await bareTables(scene, stage);
    const owner = await scene.connect(stage.database.ownerUrl);
    const notified = await listen(owner);
    const durable = await compare(scene, stage.database.ownerUrl, bare);
    const lazy = await compare(scene, stage.database.ownerUrl, bare, '-c synchronous_commit=off');
    const notifications = notified();

    await owner.query(`update terminal set name = name || '.' where id = 1`);
    if (notified() !== notifications + 1) throw new Error('the listener does not hear a watched change');
    return [
      {
        what: 'notifications caused by heartbeats',
        unit: '',
        measured: notifications,
        target: { atMost: 0 },
        detail: `${durable.sent + lazy.sent} heartbeats under our triggers; the same listener heard the one watched change after them`,
      },
      rateFigure('rate with our triggers against without', durable, { atLeast: 0.97 }),
      rateFigure('the same when commits do not wait for the disk', lazy, null),
    ];
  },
};

/** The demo's tables once more, in a database of their own and without our triggers. Returns its owner's connection string. */
export async function bareTables(scene: Scene, stage: Stage, name = 'bare'): Promise<string> {
  const server = await scene.connect(stage.database.adminUrl);
  await server.query(`create database ${name} owner cas`);
  const url = new URL(stage.database.ownerUrl);
  url.pathname = `/${name}`;
  const owner = await scene.connect(url.href);
  await owner.query(`${referenceSchema()} ${referenceSeed()}`);
  return url.href;
}

export interface Comparison {
  /** Rate with triggers over rate without, of each block. */
  readonly ratios: readonly number[];
  /** Heartbeats per second. */
  readonly withTriggers: readonly number[];
  readonly without: readonly number[];
  /** Heartbeats under our triggers. */
  readonly sent: number;
  /** Share of the processors' time in which nothing ran. */
  readonly idle: number;
}

async function compare(
  scene: Scene,
  watchedUrl: string,
  bareUrl: string,
  settings = '',
): Promise<Comparison> {
  const watched: Side = { clients: await connectAll(scene, watchedUrl, settings), begin: () => undefined };
  const bare: Side = { clients: await connectAll(scene, bareUrl, settings), begin: () => undefined };
  return compareSides(scene, watched, bare, BLOCKS);
}

/** The rate of heartbeats in one database while something else is so, against while it is not. */
export async function rateWhile(
  scene: Scene,
  url: string,
  begin: (isSo: boolean) => void,
): Promise<Pick<Figure, 'unit' | 'measured' | 'detail'>> {
  const clients = await connectAll(scene, url, '');
  const so: Side = { clients, begin: () => begin(true) };
  const not: Side = { clients, begin: () => begin(false) };
  const { unit, measured, detail } = rateFigure('', await compareSides(scene, so, not, BLOCKS / 2), null);
  return { unit, measured, detail };
}

/** One of two states that are compared. */
export interface Side {
  readonly clients: readonly pg.Client[];
  /** Brings it about. */
  readonly begin: () => void;
}

/** The rates of two sides at what is sent to them, heartbeats where nothing else is said, in blocks of four slices. */
export async function compareSides(
  scene: Scene,
  watched: Side,
  bare: Side,
  blocks: number,
  statement: (terminal: string) => pg.QueryConfig = heartbeat,
): Promise<Comparison> {
  const ratios: number[] = [];
  const withTriggers: number[] = [];
  const without: number[] = [];
  let sent = 0;
  const before = processorTimes();
  for (let block = 0; block < blocks; block++) {
    const rates: number[] = [];
    for (const side of [watched, bare, bare, watched]) {
      const { clients } = side;
      side.begin();
      const settling = await beat(clients, SETTLE_MS, statement);
      const slice = await beat(clients, SLICE_MS, statement);
      rates.push((slice.sent * 1000) / slice.ms);
      if (side === watched) sent += settling.sent + slice.sent;
    }
    const [a = Number.NaN, b = Number.NaN, c = Number.NaN, d = Number.NaN] = rates;
    withTriggers.push(a, d);
    without.push(b, c);
    ratios.push((a + d) / (b + c));
    if (block % 20 === 19) scene.say(`${block + 1} of ${blocks} blocks, median ${median(ratios).toFixed(3)}`);
  }
  const after = processorTimes();
  const idle = (after.idle - before.idle) / (after.all - before.all);
  return { ratios, withTriggers, without, sent, idle };
}

export function connectAll(scene: Scene, url: string, settings: string): Promise<pg.Client[]> {
  const address = new URL(url);
  if (settings !== '') address.searchParams.set('options', settings);
  return Promise.all(Array.from({ length: CLIENTS }, () => scene.connect(address.href)));
}

/** All clients report without a pause, each for itself, until the time is over. */
async function beat(
  clients: readonly pg.Client[],
  forMs: number,
  statement: (terminal: string) => pg.QueryConfig,
): Promise<{ sent: number; ms: number }> {
  const from = performance.now();
  let sent = 0;
  const run = async (client: pg.Client) => {
    while (performance.now() - from < forMs) {
      await client.query(statement(String(1 + randomInt(TERMINALS))));
      sent += 1;
    }
  };
  await Promise.all(clients.map(run));
  return { sent, ms: performance.now() - from };
}

export function rateFigure(what: string, comparison: Comparison, target: Figure['target']): Figure {
  const { ratios, withTriggers, without, idle } = comparison;
  const quartiles = [25, 75].map((percent) => percentile(ratios, percent).toFixed(3)).join(' to ');
  const rates = `medians ${median(withTriggers).toFixed(0)} and ${median(without).toFixed(0)} a second`;
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
