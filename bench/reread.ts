import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { approveSite, openSite } from '../daemon/demo/site.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import type { Benchmark } from './benchmark.js';
import { createBlockMeter } from './event-loop.js';
import { fillTerminals, MANY } from './many-terminals.js';
import { keepNotes, readNotes } from './notes.js';
import { median, spread } from './statistics.js';

const ROUNDS = 20;
/** Before the rounds count: both sides run warm in a daemon that is up for more than a minute. */
const WARM_UP = 3;
/** Several timed reads of everything. */
const WATCH_MS = 20_000;
const COLUMNS = 'id, serial_number, name, type, active, locked, deleted, location_id, organisation_id';
const PROGRAM = fileURLToPath(new URL('./daemon-noting-blocks.js', import.meta.url));

/** Reading 100,000 records that did not change, against the same columns through COPY into a hash and nothing else. */
export const reread: Benchmark = {
  name: 'reread',
  title: `re-reading ${MANY.toLocaleString('en')} unchanged records, and how long the event loop stands still`,
  run: async (scene) => {
    const stage = await scene.setStage();
    await fillTerminals(stage);
    const copier = await scene.connect(stage.database.ownerUrl);
    const source = await openSite(stage.site);
    scene.onClose(() => source.close());

    const read = async () => {
      const { collections } = await source.read(['terminals']);
      const terminals = collections.get('terminals');
      if (!terminals?.readable || terminals.snapshot.records.length !== MANY) {
        throw new Error('the terminals were not read whole');
      }
    };
    const firstMs = await timed(read);
    const meter = createBlockMeter();
    const ours: number[] = [];
    const raw: number[] = [];
    let longestMs = 0;
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const measureOurs = async () => {
        meter.take();
        const ms = await timed(read);
        // The loop must turn once more before a block at the very end is seen.
        await delay(5);
        const block = meter.take();
        if (round < WARM_UP) return;
        ours.push(ms);
        longestMs = Math.max(longestMs, block);
      };
      const measureRaw = async () => {
        const ms = await timed(() => copyIntoHash(copier));
        if (round >= WARM_UP) raw.push(ms);
      };
      for (const one of round % 2 === 0 ? [measureOurs, measureRaw] : [measureRaw, measureOurs]) await one();
    }
    meter.stop();
    await source.close();
    scene.say('read in this process; now the daemon');

    const blocks = await blocksOfDaemon();
    const count = `${ROUNDS} rounds in turn`;
    return [
      {
        what: 're-read against COPY into SHA-256',
        unit: '×',
        measured: median(ours) / median(raw),
        target: { atMost: 3 },
        detail: `${count}, each ${spread(
          ours.map((ms, i) => ms / (raw[i] ?? Number.NaN)),
          2,
        )}×`,
      },
      {
        what: 're-read, median',
        unit: 'ms',
        measured: median(ours),
        target: null,
        detail: `${count}, ${spread(ours, 0)} ms; COPY into SHA-256 ${median(raw).toFixed(0)} ms, ${spread(raw, 0)} ms`,
      },
      {
        what: 'longest block of the event loop during the re-reads',
        unit: 'ms',
        measured: longestMs,
        target: { atMost: 50 },
        detail: count,
      },
      {
        what: 'longest block of the daemon while it watches',
        unit: 'ms',
        measured: blocks.watchingMs,
        target: { atMost: 50 },
        detail: `${WATCH_MS / 1000} s, ${blocks.reads} reads of everything`,
      },
      {
        what: 'first read',
        unit: 'ms',
        measured: firstMs,
        target: null,
        detail: '1 read in a cold process: decoding, canonical form, digests',
      },
      {
        what: 'longest block of the daemon while it starts',
        unit: 'ms',
        measured: blocks.startingMs,
        target: null,
        detail: `1 start, ${(blocks.startMs / 1000).toFixed(1)} s until it watches: checks the signed records, reads, compares, stores them`,
      },
    ];

    async function blocksOfDaemon() {
      await approveSite(stage.site, stage.site.approvers, 'first');
      const file = join(scene.directory, 'notes');
      keepNotes(file);
      const beganMs = preciseNowMs();
      const { url } = await scene.startDaemon(stage, PROGRAM);
      const watchingFromMs = preciseNowMs();
      // What the start leaves behind belongs to the start.
      await delay(1_000);
      const before = await fullReads(url);
      await delay(WATCH_MS);
      const reads = (await fullReads(url)) - before;
      const notes = readNotes(file).flatMap((note) => (note.note === 'block' ? [note] : []));
      const longest = (from: number, to: number) =>
        Math.max(
          ...notes.filter(({ toMs }) => toMs > from && toMs <= to).map(({ longestMs: longest }) => longest),
        );
      return {
        reads,
        startMs: watchingFromMs - beganMs,
        startingMs: longest(0, watchingFromMs + 1_000),
        watchingMs: longest(watchingFromMs + 1_000, Number.POSITIVE_INFINITY),
      };
    }
  },
};

async function copyIntoHash(client: pg.Client): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of client.query(copyTo(`copy public.terminal (${COLUMNS}) to stdout`)))
    hash.update(chunk);
  return hash.digest('hex');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** How many reads of everything the daemon has done, by its own metrics. */
async function fullReads(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^tillwarden_reads_total\{[^}]*cause="full"[^}]*\} (\d+)/m.exec(metrics)?.[1] ?? 0);
}
