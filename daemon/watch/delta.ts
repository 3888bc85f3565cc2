import {
  atOnce,
  type CollectionSnapshot,
  compareUtf8,
  type RecordLine,
  type Steps,
} from '../../baselines/index.js';
import { sameRun } from '../drift/same-run.js';
import type { ObservedDelta } from '../store/store.js';

/**
 * What must be written so that the stored records of a collection become `next`. Null when nothing must. `previous` is what is
 * stored: a snapshot we still hold, a digest from an earlier run, or null when nothing is known.
 */
export function observedDelta(
  previous: Stored | null,
  next: CollectionSnapshot,
  observedAtMs: number,
): ObservedDelta | null {
  return atOnce(observedDeltaInSteps(previous, next, observedAtMs));
}

/** Records as the store holds them: a snapshot, or the digest of one of an earlier run. */
export type Stored = CollectionSnapshot | string;

/** True when something must be written. */
export function differsFromStored(previous: Stored | null, next: CollectionSnapshot): boolean {
  const digest = typeof previous === 'string' ? previous : previous?.recordsDigest;
  return previous !== next && digest !== next.recordsDigest;
}

/** The same as `observedDelta`, to be left between its steps. */
export function* observedDeltaInSteps(
  previous: Stored | null,
  next: CollectionSnapshot,
  observedAtMs: number,
): Steps<ObservedDelta | null> {
  if (!differsFromStored(previous, next)) return null;
  const common = {
    collection: next.definition.name,
    recordsDigest: next.recordsDigest,
    count: next.records.length,
    observedAtMs,
  };
  const known = previous === null || typeof previous === 'string' ? null : previous.records;
  return { ...common, replace: known === null, ...(yield* walk(known ?? [], next.records)) };
}

/** Differences that are found in one step. */
const RECORDS_AT_ONCE = 1_024;

/** Both sides are ordered by key, so one walk finds every difference. Records with one key are told apart by ordinal. */
function* walk(
  before: readonly RecordLine[],
  after: readonly RecordLine[],
): Steps<Pick<ObservedDelta, 'upserts' | 'removals'>> {
  const upserts: { key: string; ordinal: number; line: string }[] = [];
  const removals: { key: string; ordinal: number }[] = [];
  let b = 0;
  let a = 0;
  for (let walked = 1; ; walked++) {
    const same = sameRun(before, b, after, a);
    b += same;
    a += same;
    if (same > RECORDS_AT_ONCE || walked % RECORDS_AT_ONCE === 0) yield;
    const key = smaller(before[b]?.key, after[a]?.key);
    if (key === undefined) return { upserts, removals };
    for (let ordinal = 0; ; ordinal++) {
      const old = before[b]?.key === key ? before[b++] : undefined;
      const now = after[a]?.key === key ? after[a++] : undefined;
      if (!old && !now) break;
      if (!now) removals.push({ key, ordinal });
      else if (old?.digest !== now.digest) upserts.push({ key, ordinal, line: now.line });
    }
  }
}

function smaller(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareUtf8(a, b) <= 0 ? a : b;
}
