import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sourceKinds } from '../daemon/sources/index.js';
import type { Source } from '../daemon/sources/source.js';
import type { Benchmark, Figure } from './benchmark.js';
import { createBlockMeter } from './event-loop.js';
import type { Scene } from './scene.js';
import { median, percentile } from './statistics.js';

const run = promisify(execFile);
const FILES = Number(process.env['BENCH_FILES'] ?? 100_000);
const IN_FOLDER = 200;
const LEAST_BYTES = 4_096;
const MEAN_BYTES = 20_480;
const ROUNDS = 3;
const WRITES = 60;
/** From one folder that is written into to the next: no divisor of their number, so that they lie all over the tree. */
const STEP = 173;

/** What it costs to look at a tree of files, against the programs that operators have. */
export const files: Benchmark = {
  name: 'files',
  title: `${FILES.toLocaleString('en-US')} files of 20 KB on average, against find, sha256sum and aide`,
  run: async (scene) => {
    const tree = join(scene.directory, 'tree');
    scene.onClose(async () => rmSync(tree, { recursive: true, force: true }));
    writeTree(tree);
    // The baselines run as programs of their own, so that what stands still is ours.
    const meter = createBlockMeter();
    scene.onClose(async () => meter.stop());
    const full = await fullChecks(scene, tree);
    const aide = await aideCheck(scene, tree);
    const source = await open(tree);
    await source.read();
    const again = await unchangedChecks(source, tree);
    const hint = await listen(source);
    const folders = Math.ceil(FILES / IN_FOLDER);
    const planted = (folder: number, name: string) => join(tree, String(folder), `planted-${name}`);
    const written = await writtenToRead(source, hint, (n) => planted((n * STEP) % folders, `${n}`));
    const first = await writtenToRead(source, hint, (n) => planted(0, `first-${n}`));
    await source.close();
    const blockMs = meter.take();
    return [
      ratio('full check against find and xargs -P2 sha256sum', full, { atMost: 1.3 }),
      ...(aide === null
        ? []
        : [
            {
              what: 'full check against aide --check with the same attributes',
              unit: '×' as const,
              measured: median(full.ours) / aide,
              target: { atMost: 1 },
              detail: `one run of aide: ${aide.toFixed(0)} ms`,
            },
          ]),
      ratio('unchanged re-check against find -printf', again, { atMost: 1.5 }),
      {
        what: 'file written → reading that holds it, p50',
        unit: 'ms',
        measured: median(written),
        target: { atMost: 50 },
        detail: `${WRITES} writes all over the tree, p99 ${percentile(written, 99).toFixed(1)} ms`,
      },
      {
        what: 'the same where its record comes before all others',
        unit: 'ms',
        measured: median(first),
        target: null,
        detail: `${WRITES} writes into the first folder, p99 ${percentile(first, 99).toFixed(1)} ms: all lines are hashed again`,
      },
      {
        what: 'longest block of the event loop',
        unit: 'ms',
        measured: blockMs,
        target: { atMost: 50 },
        detail: 'of the process that asks, over everything above',
      },
    ];
  },
};

function writeTree(tree: string): void {
  const content = Buffer.alloc(2 * MEAN_BYTES, 'tillwarden ');
  for (let n = 0; n < FILES; n++) {
    const folder = join(tree, String(Math.floor(n / IN_FOLDER)));
    if (n % IN_FOLDER === 0) mkdirSync(folder, { recursive: true });
    content.writeUInt32LE(n);
    const bytes = LEAST_BYTES + Math.floor(((n * 7919) % 1000) * (2 * (MEAN_BYTES - LEAST_BYTES) * 0.001));
    writeFileSync(join(folder, `file-${n}`), content.subarray(0, bytes));
  }
}

/** A source of its own over the tree. */
async function open(tree: string): Promise<Source> {
  const kind = sourceKinds.get('files');
  if (!kind?.collections) throw new Error('there is no source of files');
  const settings = kind.configSchema.parse({
    ...{ kind: 'files', name: 'host' },
    ...{ maxFiles: 1_000_000, hashMbPerSecond: 100_000, hashThreads: 2 },
  });
  const definition = kind.collections.definition(
    { name: 'tree', kind: 'file', paths: [tree] },
    'host',
    settings,
  );
  const context = {
    site: 'bench',
    name: 'host',
    collections: [definition],
    fingerprintKey: null,
    log: () => undefined,
  };
  const source = kind.create(context, settings);
  await source.open();
  return source;
}

interface Sides {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

async function fullChecks(scene: Scene, tree: string): Promise<Sides> {
  const ours: number[] = [];
  const theirs: number[] = [];
  // The first round warms the cache and counts for neither.
  for (let round = 0; round <= ROUNDS; round++) {
    const raw = await shell(`find '${tree}' -type f -print0 | xargs -0 -P2 -n 500 sha256sum > /dev/null`);
    const source = await open(tree);
    const own = await timed(() => source.read());
    await source.close();
    scene.say(`full check ${round}: ${own.toFixed(0)} ms, sha256sum ${raw.toFixed(0)} ms`);
    if (round === 0) continue;
    ours.push(own);
    theirs.push(raw);
  }
  return { ours, theirs };
}

async function unchangedChecks(source: Source, tree: string): Promise<Sides> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round++) {
    theirs.push(await shell(`find '${tree}' -printf '%p %y %s %m %U %G %n %i %D %T@ %C@ %l\\n' > /dev/null`));
    ours.push(await timed(() => source.read()));
  }
  return { ours, theirs };
}

/** Resolves to the next hint of a source, once it is listened to. */
async function listen(source: Source): Promise<() => Promise<void>> {
  let arrived: () => void = () => undefined;
  await new Promise<void>((resolve) => {
    source.watch(({ type }) => (type === 'listening' ? resolve() : arrived()));
  });
  return () =>
    new Promise((resolve) => {
      arrived = resolve;
    });
}

/** Milliseconds from each write until what was read holds it. */
async function writtenToRead(
  source: Source,
  hint: () => Promise<void>,
  fileOf: (n: number) => string,
): Promise<number[]> {
  const samples: number[] = [];
  for (let n = 0; n < WRITES; n++) {
    const began = performance.now();
    const hinted = hint();
    writeFileSync(fileOf(n), 'PK');
    await hinted;
    await source.read(['tree']);
    samples.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return samples;
}

/** Milliseconds of one check; null when aide is not installed. */
async function aideCheck(scene: Scene, tree: string): Promise<number | null> {
  if (spawnSync('aide', ['--version']).error) return null;
  const at = (name: string) => join(scene.directory, name);
  writeFileSync(
    at('aide.conf'),
    [
      `database_in=file:${at('aide.db')}`,
      `database_out=file:${at('aide.db')}`,
      'report_url=file:/dev/null',
      `${tree} R`.replace(' R', ' p+u+g+s+n+ftype+l+sha256'),
    ].join('\n'),
  );
  await run('aide', ['--init', '-c', at('aide.conf')]);
  const began = performance.now();
  // Rejects when it finds a difference.
  await run('aide', ['--check', '-c', at('aide.conf')]);
  return performance.now() - began;
}

function ratio(what: string, { ours, theirs }: Sides, target: Figure['target']): Figure {
  const detail = `median of ${ours.length}: ${median(ours).toFixed(0)} ms against ${median(theirs).toFixed(0)} ms`;
  return { what, unit: '×', measured: median(ours) / median(theirs), target, detail };
}

async function shell(command: string): Promise<number> {
  const began = performance.now();
  await run('/bin/sh', ['-c', command]);
  return performance.now() - began;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
