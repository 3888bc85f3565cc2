import {
  type CollectionSnapshot,
  compareRecords,
  type Definition,
  type RecordLine,
} from '../../../baselines/index.js';
import { createExclusive } from '../../time/exclusive.js';
import {
  createYielder,
  insertSlowly,
  LinesDigest,
  placeOfKey,
  sortSlowly,
  withoutSlowly,
} from '../relational/assemble.js';

/** The records of one collection as a surveying thread tells of them. */
export class RecordMirror {
  readonly #definition: Definition;
  readonly #digest = new LinesDigest();
  #snapshot: CollectionSnapshot | null = null;
  #upserts = new Map<string, RecordLine>();
  #removals = new Set<string>();
  /** Each begins with what the one before it came to. */
  readonly #inTurn = createExclusive();

  constructor(definition: Definition) {
    this.#definition = definition;
  }

  put(records: readonly RecordLine[]): void {
    for (const record of records) {
      this.#removals.delete(record.key);
      this.#upserts.set(record.key, record);
    }
  }

  remove(keys: readonly string[]): void {
    for (const key of keys) {
      this.#upserts.delete(key);
      this.#removals.add(key);
    }
  }

  /** All of them; the very snapshot of the last call when nothing became of them. Does not hold the event loop; one that is asked for meanwhile comes after it. */
  snapshot(): Promise<CollectionSnapshot> {
    return this.#inTurn(() => this.#next());
  }

  async #next(): Promise<CollectionSnapshot> {
    const before = this.#snapshot;
    const [upserts, removals] = [this.#upserts, this.#removals];
    if (before !== null && upserts.size === 0 && removals.size === 0) return before;
    this.#upserts = new Map();
    this.#removals = new Set();
    const records = await changed(before?.records ?? [], upserts, removals);
    const recordsDigest = await this.#digest.of(records);
    const snapshot = { definition: this.#definition, records, recordsDigest };
    this.#snapshot = before?.recordsDigest === snapshot.recordsDigest ? before : snapshot;
    return this.#snapshot;
  }
}

/** The records, in their order, with these changes. No two records have one key. */
async function changed(
  before: readonly RecordLine[],
  upserts: ReadonlyMap<string, RecordLine>,
  removals: ReadonlySet<string>,
): Promise<readonly RecordLine[]> {
  const yielder = createYielder();
  const records = before.slice();
  const fresh: RecordLine[] = [];
  const gone: number[] = [];
  const placeOf = (key: string): number | null => {
    const place = placeOfKey(records, key, (record) => record.key);
    return records[place]?.key === key ? place : null;
  };
  for (const record of upserts.values()) {
    const place = placeOf(record.key);
    if (place === null) fresh.push(record);
    else records[place] = record;
    if (yielder.due()) await yielder.take();
  }
  for (const key of removals) {
    const place = placeOf(key);
    if (place !== null) gone.push(place);
    if (yielder.due()) await yielder.take();
  }
  const left =
    gone.length === 0
      ? records
      : await withoutSlowly(
          records,
          gone.sort((a, b) => a - b),
        );
  return fresh.length === 0
    ? left
    : insertSlowly(left, await sortSlowly(fresh, compareRecords), compareRecords);
}
