import { createHash } from 'node:crypto';
import {
  type CollectionSnapshot,
  compareRecords,
  type Definition,
  type RecordLine,
} from '../../../baselines/index.js';

/** Shares the event loop while much is done. */
export interface Yielder {
  /** True when the work since the last turn of the loop has taken its share. Cheap enough to ask for each record. */
  due(): boolean;
  /** Resolves after a turn of the loop. */
  take(): Promise<void>;
}

/** `stride`: the clock is looked at on every `stride`-th question only. */
export function createYielder(stride = 16, sliceMs = 10): Yielder {
  let since = performance.now();
  let asked = 0;
  return {
    due: () => ++asked % stride === 0 && performance.now() - since >= sliceMs,
    take: () =>
      new Promise((resolve) =>
        setImmediate(() => {
          since = performance.now();
          resolve();
        }),
      ),
  };
}

const RUN = 64;

/** Sorts like `Array.prototype.sort`, stable, without holding the event loop. Returns a new array. */
export async function sortSlowly<T>(items: readonly T[], compare: (a: T, b: T) => number): Promise<T[]> {
  const yielder = createYielder();
  let runs: T[][] = [];
  for (let i = 0; i < items.length; i += RUN) {
    runs.push(items.slice(i, i + RUN).sort(compare));
    if (yielder.due()) await yielder.take();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      merged.push(await mergeSlowly(runs[i] ?? [], runs[i + 1] ?? [], compare, yielder));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

/** Merges two sorted arrays without holding the event loop. */
export async function mergeSlowly<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
  yielder: Yielder = createYielder(),
): Promise<T[]> {
  const merged: T[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const x = a[i];
    const y = b[j];
    if (x !== undefined && (y === undefined || compare(x, y) <= 0)) {
      merged.push(x);
      i++;
    } else if (y !== undefined) {
      merged.push(y);
      j++;
    }
    if (yielder.due()) await yielder.take();
  }
  return merged;
}

/** The same as `collectionSnapshot`, made of records that are in order already and without holding the event loop. */
export async function snapshotSlowly(
  definition: Definition,
  records: readonly RecordLine[],
): Promise<CollectionSnapshot> {
  const yielder = createYielder();
  const hash = createHash('sha256');
  for (let i = 0; i < records.length; i += RUN) {
    // Joined in one piece: text that grows line by line is put together again when it is hashed.
    const lines = records.slice(i, i + RUN).map(({ line }) => line);
    hash.update(`${lines.join('\n')}\n`);
    if (yielder.due()) await yielder.take();
  }
  return { definition, records, recordsDigest: hash.digest('hex') };
}

/** Orders entries as their records are ordered. */
export function byRecord(a: { readonly record: RecordLine }, b: { readonly record: RecordLine }): number {
  return compareRecords(a.record, b.record);
}
