import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../daemon/store/sqlite/open.js';
import { realTimers } from '../daemon/time/timers.js';
import { type HttpStandIn, startHttpStandIn } from '../test/support/http-stand-in.js';
import { diverted, openChannel, openOutbox, recordNews } from '../test/support/outbox-scene.js';
import type { Benchmark, Figure } from './benchmark.js';
import type { Scene } from './scene.js';
import { percentile } from './statistics.js';

const INCIDENTS = 1_000;
/** A site of its own each, so many a second: far below what the channels can take. */
const PER_SECOND = 20;
/** All healthy, black-holed, black-holed, all healthy. */
const RUNS = [false, true, true, false] as const;
/** The one that may be black-holed gives up an attempt after this. */
const TIMEOUT_MS = 2_000;
const SETTLE_LIMIT_MS = 30_000;
const HOLE = 'hole';
const OTHERS = ['phone', 'receiver', 'second-receiver'] as const;
type Other = (typeof OTHERS)[number];

/** Milliseconds from before the recording until the whole request was there, by channel. */
type HandOver = Readonly<Record<Other, number[]>>;

/** Whether a channel that accepts everything and never answers is felt by the others. */
export const blackHole: Benchmark = {
  name: 'black-hole',
  title: `${INCIDENTS} incidents on four channels, one of which never answers`,
  run: async (scene) => {
    const healthy: HandOver[] = [];
    const holed: HandOver[] = [];
    for (const [index, isHoled] of RUNS.entries()) {
      (isHoled ? holed : healthy).push(await run(scene, isHoled));
      scene.say(`run ${index + 1} of ${RUNS.length}${isHoled ? ', one channel black-holed' : ''}`);
    }
    return OTHERS.flatMap((name) => figuresOf(name, healthy, holed));
  },
};

function figuresOf(name: Other, healthy: readonly HandOver[], holed: readonly HandOver[]): Figure[] {
  const all = (runs: readonly HandOver[]) => runs.flatMap((run) => run[name]);
  const each = (runs: readonly HandOver[]) =>
    runs.map((run) => percentile(run[name], 99).toFixed(1)).join(', ');
  const p = (runs: readonly HandOver[], percent: number) => percentile(all(runs), percent);
  return [
    {
      what: `p99 of ${name}, black-holed against healthy`,
      unit: '×',
      measured: p(holed, 99) / p(healthy, 99),
      target: { atMost: 1.1 },
      detail: `${RUNS.length / 2} runs of ${INCIDENTS} each; p99 of the black-holed runs ${each(holed)} ms, of the healthy ones ${each(healthy)} ms`,
    },
    {
      what: `p50 of ${name}, black-holed against healthy`,
      unit: '×',
      measured: p(holed, 50) / p(healthy, 50),
      target: null,
      detail: `the same; ${p(holed, 50).toFixed(2)} ms and ${p(healthy, 50).toFixed(2)} ms`,
    },
  ];
}

/** One run on a new store. Throws when a channel that works did not get every incident once. */
async function run(scene: Scene, isHoled: boolean): Promise<HandOver> {
  const store = openStore(await mkdtemp(join(scene.directory, 'state-')));
  const standIns: HttpStandIn[] = [];
  const begun = new Map<string, number>();
  const took: HandOver = { phone: [], receiver: [], 'second-receiver': [] };
  const standIn = async (name: string) => {
    const server = await startHttpStandIn(({ body }) => {
      const atMs = performance.now();
      const address = /bc1qdiverted\d+x/.exec(body)?.[0];
      const site = /site-\d+/.exec(body)?.[0] ?? address ?? '';
      const from = begun.get(site);
      if (from !== undefined && name !== HOLE) took[name as Other].push(atMs - from);
      return { status: 200, body: JSON.stringify({ id: randomBytes(6).toString('hex') }) };
    });
    standIns.push(server);
    return server;
  };
  const webhook = async (name: string, timeoutMs: number) => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    return openChannel({ kind: 'webhook', name, url: `${(await standIn(name)).url}/`, secret, timeoutMs });
  };
  const hole = await webhook(HOLE, TIMEOUT_MS);
  if (isHoled) standIns[0]?.always({ type: 'silence' });
  const channels = [
    hole,
    await webhook('receiver', 15_000),
    await webhook('second-receiver', 15_000),
    await openChannel({
      kind: 'ntfy',
      name: 'phone',
      baseUrl: (await standIn('phone')).url,
      topic: 'alerts',
    }),
  ];
  const outbox = openOutbox({ store, channels, clock: Date.now, timers: realTimers, paceMs: 0 });
  try {
    outbox.start();
    const from = performance.now();
    for (let index = 0; index < INCIDENTS; index++) {
      await delay(Math.max(0, from + (index * 1000) / PER_SECOND - performance.now()));
      const site = `site-${index}`;
      const condition = diverted(site, 1, `bc1qdiverted${index}x`, 'critical');
      begun.set(site, performance.now());
      recordNews(store, channels, site, condition, Date.now());
      outbox.wake();
    }
    const limit = performance.now() + SETTLE_LIMIT_MS;
    while (OTHERS.some((name) => took[name].length < INCIDENTS) && performance.now() < limit) await delay(20);
    if (OTHERS.some((name) => took[name].length !== INCIDENTS)) {
      throw new Error(
        `of ${INCIDENTS} incidents arrived ${OTHERS.map((name) => took[name].length).join(', ')}`,
      );
    }
    return took;
  } finally {
    await outbox.stop(0);
    for (const channel of channels) await channel.close();
    for (const server of standIns) await server.close();
    store.close();
  }
}
