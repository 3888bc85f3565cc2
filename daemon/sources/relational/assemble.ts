import { createHash, type Hash } from 'node:crypto';
import {
  type CollectionSnapshot,
  compareRecords,
  compareUtf8,
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

/** The same as `mergeSlowly(many, few, compare)`. Where `few` are few, hardly any of the many is compared. */
export async function insertSlowly<T>(
  many: readonly T[],
  few: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<T[]> {
  if (few.length <= FEW) {
    const all = many.slice();
    for (const item of few) all.splice(placeAfter(all, item, compare, 0), 0, item);
    return all;
  }
  if (few.length * MANY_FOR_ONE > many.length) return mergeSlowly(many, few, compare);
  const yielder = createYielder();
  const merged: T[] = [];
  let from = 0;
  for (const item of few) {
    const to = placeAfter(many, item, compare, from);
    for (; from < to; from++) merged.push(many[from] as T);
    merged.push(item);
    if (yielder.due()) await yielder.take();
  }
  for (; from < many.length; from++) merged.push(many[from] as T);
  return merged;
}

/** Finding a place takes some comparisons, whatever there is to be put there. */
const MANY_FOR_ONE = 32;

/** The items but for those at these places, which rise. */
export async function withoutSlowly<T>(items: readonly T[], places: readonly number[]): Promise<T[]> {
  if (places.length <= FEW) {
    const left = items.slice();
    for (const place of places.toReversed()) left.splice(place, 1);
    return left;
  }
  const yielder = createYielder();
  const left: T[] = [];
  let from = 0;
  for (const place of [...places, items.length]) {
    for (; from < place; from++) left.push(items[from] as T);
    from++;
    if (yielder.due()) await yielder.take();
  }
  return left;
}

/** So few that moving all that comes after each, as one piece of memory, takes less than walking over all of them once. */
const FEW = 16;

/** Index of the first of the sorted items, from `from` on, that comes after `item`. */
function placeAfter<T>(items: readonly T[], item: T, compare: (a: T, b: T) => number, from: number): number {
  let [low, high] = [from, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(items[middle] as T, item) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first of the items, which are in the order of their keys, whose key is not before `key`. */
export function placeOfKey<T>(items: readonly T[], key: string, keyOf: (item: T) => string): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(keyOf(items[middle] as T), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same as `collectionSnapshot`, made of records that are in order already and without holding the event loop. */
export async function snapshotSlowly(
  definition: Definition,
  records: readonly RecordLine[],
): Promise<CollectionSnapshot> {
  return { definition, records, recordsDigest: await new LinesDigest().of(records) };
}

/** Records after which the state of a digest is kept. */
const RECORDS_BETWEEN = 32 * RUN;

/** The digest of all lines of a collection. What stands before the first record that is another one than the last time is not hashed again. */
export class LinesDigest {
  #records: readonly RecordLine[] = [];
  /** States of the digest: of nothing, of the first `RECORDS_BETWEEN` records, of twice as many, and so on. */
  #states: Hash[] = [];

  /** Hex SHA-256. One at a time. */
  async of(records: readonly RecordLine[]): Promise<string> {
    const yielder = createYielder();
    const same = Math.floor(sameAtFirst(this.#records, records) / RECORDS_BETWEEN);
    const states = this.#states.slice(0, same + 1);
    // Whatever becomes of this, nothing that was kept of other records may be gone on from.
    this.#states = [];
    const hash = states.at(-1)?.copy() ?? createHash('sha256');
    if (states.length === 0) states.push(hash.copy());
    for (let at = (states.length - 1) * RECORDS_BETWEEN; at < records.length; at += RUN) {
      hashLines(hash, records.slice(at, at + RUN));
      const isWhole = at + RUN <= records.length;
      if (isWhole && (at + RUN) % RECORDS_BETWEEN === 0) states.push(hash.copy());
      if (yielder.due()) await yielder.take();
    }
    this.#records = records;
    this.#states = states;
    return hash.digest('hex');
  }
}

/** Characters that are hashed in one piece. */
const PIECE = 65_536;

/**
 * Lines are put together before they are hashed: so the processor fetches many of them from all over the memory at once. One by one they take a third
 * longer where they were not made in their order.
 */
function hashLines(hash: Hash, records: readonly RecordLine[]): void {
  let text = '';
  for (const { line } of records) {
    text += `${line}\n`;
    if (text.length < PIECE) continue;
    hash.update(text);
    text = '';
  }
  hash.update(text);
}

/** How many of the first records are the very same objects. */
function sameAtFirst(a: readonly RecordLine[], b: readonly RecordLine[]): number {
  const most = Math.min(a.length, b.length);
  let same = 0;
  while (same < most && a[same] === b[same]) same++;
  return same;
}

/** Orders entries as their records are ordered. */
export function byRecord(a: { readonly record: RecordLine }, b: { readonly record: RecordLine }): number {
  return compareRecords(a.record, b.record);
}
