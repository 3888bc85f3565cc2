import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installBaseline, sha256Hex } from '../baselines/index.js';
import type { Benchmark, Figure } from './benchmark.js';
import { MANY } from './many-terminals.js';
import {
  approve,
  createSigners,
  type SignedSite,
  type Signers,
  terminals,
  verified,
} from './signed-sites.js';
import { median, spread } from './statistics.js';

const SITES = 1_000;
const RECORDS = 250;
const STEPS = 1_000;
/** Of each figure; the first one of the process runs cold and counts as well. */
const ROUNDS = 5;
/** 10^6 bytes. */
const MB = 1_000_000;
const LARGE = fileURLToPath(new URL('./verify-large.js', import.meta.url));

interface Took {
  readonly wallMs: number;
  /** Processor time, user and system, all threads. */
  readonly cpuMs: number;
}

/** How fast signed files become a verified baseline: many small ones, one large one, a long chain. */
export const verify: Benchmark = {
  name: 'verify',
  title: `verifying ${SITES} baselines, one of ${MANY.toLocaleString('en')} records, and a chain of ${STEPS} steps`,
  run: async (scene) => {
    const signers = createSigners();
    const sites = manySites(signers);
    scene.say(`signed ${SITES} sites`);
    const small = rounds(() => {
      for (const site of sites) verified(signers.trust, site);
    });
    const chain = longChain(signers);
    scene.say(`signed a chain of ${STEPS} steps`);
    const long = rounds(() => verified(signers.trust, chain));
    const large = await largeSite(signers, scene.directory);
    const perSecond = ({ wallMs }: Took) => (SITES * 1000) / wallMs;
    return [
      {
        what: `baselines of ${RECORDS} records with 2 signatures each`,
        unit: '/s',
        measured: median(small.map(perSecond)),
        target: { atLeast: 400 },
        detail: `${ROUNDS} × ${SITES} sites, all different, ${spread(small.map(perSecond), 0)} /s; processor time ${perOne(small)} ms each`,
      },
      timeFigure(`one baseline of ${MANY.toLocaleString('en')} records, read from its files`, large, 1_500),
      {
        what: 'memory of the process that did it, at its highest',
        unit: 'MB',
        measured: Math.max(...large.map(({ peakBytes }) => peakBytes)) / MB,
        target: { atMost: 300 },
        detail: `${ROUNDS} processes, resident, with Node itself; ${spread(
          large.map(({ peakBytes }) => peakBytes / MB),
          0,
        )} MB`,
      },
      timeFigure(`a chain of ${STEPS} steps`, long, 1_000),
    ];
  },
};

function manySites(signers: Signers): SignedSite[] {
  return Array.from({ length: SITES }, (_, index) => {
    const site = { site: `site-${index}`, documents: [], records: new Map() };
    approve(signers, site, null, terminals(site.site, RECORDS));
    return site;
  });
}

/** Each step renames one terminal, and both people signed it. */
function longChain(signers: Signers): SignedSite {
  const site: SignedSite = { site: 'long', documents: [], records: new Map() };
  let head = null;
  for (let step = 1; step <= STEPS; step++) {
    approve(signers, site, head, terminals(site.site, RECORDS, `renamed ${step} times`));
    head = verified(signers.trust, site, head ?? undefined);
  }
  return site;
}

/** In a process of its own each time: memory and a cold start belong to the figure. */
async function largeSite(signers: Signers, directory: string) {
  const site: SignedSite = { site: 'large', documents: [], records: new Map() };
  approve(signers, site, null, terminals(site.site, MANY));
  const trust = join(directory, 'trust');
  const baselines = join(directory, 'baselines.d');
  await mkdir(trust);
  await writeFile(join(trust, signers.root.file), signers.root.bytes);
  for (const document of site.documents) await installBaseline(baselines, site.site, document, site.records);
  const took: (Took & { readonly peakBytes: number })[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const args = [LARGE, trust, baselines, sha256Hex(signers.root.bytes), site.site];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { count, wallMs, cpuMs, peakKiB } = JSON.parse(stdout) as {
      readonly count: number;
      readonly wallMs: number;
      readonly cpuMs: number;
      readonly peakKiB: number;
    };
    if (count !== MANY) throw new Error(`${count} records were verified`);
    took.push({ wallMs, cpuMs, peakBytes: peakKiB * 1024 });
  }
  return took;
}

function rounds(work: () => unknown): Took[] {
  return Array.from({ length: ROUNDS }, () => {
    const cpuBefore = process.cpuUsage();
    const from = performance.now();
    work();
    const wallMs = performance.now() - from;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { wallMs, cpuMs: (user + system) / 1000 };
  });
}

function timeFigure(what: string, took: readonly Took[], atMost: number): Figure {
  const wall = took.map(({ wallMs }) => wallMs);
  const cpu = took.map(({ cpuMs }) => cpuMs);
  return {
    what,
    unit: 'ms',
    measured: median(wall),
    target: { atMost },
    detail: `${took.length} times, ${spread(wall, 0)} ms; processor time ${median(cpu).toFixed(0)} ms, ${spread(cpu, 0)} ms`,
  };
}

function perOne(took: readonly Took[]): string {
  return median(took.map(({ cpuMs }) => cpuMs / SITES)).toFixed(2);
}
