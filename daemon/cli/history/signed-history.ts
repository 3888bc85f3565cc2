import { join } from 'node:path';
import {
  type PastStep,
  type Problem,
  type RecordsReader,
  readSiteDirectory,
  type SignedDocument,
  type VerifiedTrust,
  verifyHistory,
} from '../../../baselines/index.js';
import { MIRROR_FOLDER } from '../../approvals/active/mirror.js';
import type { Checkpoints } from '../../approvals/chain-memory.js';
import type { Config } from '../../config/config.js';
import { allEntries } from '../../store/journal/chain.js';
import type { StoreReader } from '../../store/store.js';
import { inSlices } from '../../time/slices.js';
import { readTrust } from '../signing/verified-files.js';
import { entryBody } from '../text/journal-text.js';

/** Everything people ever signed for a site, from the baseline directory and from the daemon's own copy of what was in force. */
export interface SitePast {
  readonly trust: VerifiedTrust;
  /** Oldest first. */
  readonly steps: readonly PastStep[];
  readonly documents: readonly SignedDocument[];
  readonly records: RecordsReader;
  readonly problems: readonly Problem[];
}

/**
 * Verifies the whole chain of a site, or what `checkpoints` does not cover of it. Throws the `BaselineError` of a pinned trust root that cannot
 * be used.
 */
export async function readPast(
  config: Config,
  site: string,
  nowMs: number,
  checkpoints?: Checkpoints,
): Promise<SitePast> {
  const { trust } = await readTrust(config);
  const disk = await readSiteDirectory(config.baselines.directory, site);
  const there = new Set(disk.documents.map(({ file }) => file));
  const kept = await readSiteDirectory(join(config.stateDirectory, MIRROR_FOLDER, 'baselines'), site, there);
  const documents = [...disk.documents, ...kept.documents];
  const records: RecordsReader = (digest) => disk.records(digest) ?? kept.records(digest);
  const input = { trust, site, documents, records, nowMs };
  const known = checkpoints && (await inSlices(checkpoints.resume(input, documents)));
  const gone = known ? verifyHistory({ ...input, known }) : null;
  const isSound = gone?.problems.every(({ weight }) => weight !== 'refused');
  const { steps, problems } = gone !== null && isSound ? gone : verifyHistory(input);
  const ancestry = steps.filter(({ proof }) => proof === 'signatures');
  checkpoints?.keep({ site, trust: trust.digest, ancestry });
  return { trust, steps, documents, records, problems: [...disk.problems, ...problems] };
}

/** When each baseline of a site took effect, by its digest, in UTC milliseconds: what the journal says of the first time. */
export function timesActive(store: StoreReader | null, site: string): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  if (store === null) return times;
  for (const entry of allEntries(store, { type: 'baseline-in-force' })) {
    const body = entryBody(entry.body);
    const digest = body?.['digest'];
    if (body?.['site'] === site && typeof digest === 'string' && !times.has(digest)) {
      times.set(digest, entry.atMs);
    }
  }
  return times;
}

/** When a step took effect: by the journal, or else when it was made. */
export function effectiveMs(step: PastStep, times: ReadonlyMap<string, number>): number {
  return times.get(step.digest) ?? Date.parse(step.statement.created);
}

/** "alice, bob (by a key that counts no more)": who signed a step, those whose key was taken away since included. */
export function everySigner({ signers, former }: PastStep): string {
  const past = former.map((person) => `${person} (by a key that counts no more)`);
  return [...signers, ...past].join(', ') || 'nobody whose key still counts';
}
