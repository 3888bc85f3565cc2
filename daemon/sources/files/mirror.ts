import {
  type CollectionSnapshot,
  compareRecords,
  type Definition,
  type RecordLine,
} from '../../../baselines/index.js';
import { createYielder, mergeSlowly, snapshotSlowly, sortSlowly } from '../relational/assemble.js';

/** The records of one collection as a surveying thread tells of them. */
export class RecordMirror {
  readonly #definition: Definition;
  #snapshot: CollectionSnapshot | null = null;
  #upserts = new Map<string, RecordLine>();
  #removals = new Set<string>();

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

  /** All of them; the very snapshot of the last call when nothing became of them. Does not hold the event loop. */
  async snapshot(): Promise<CollectionSnapshot> {
    const before = this.#snapshot;
    const [upserts, removals] = [this.#upserts, this.#removals];
    if (before !== null && upserts.size === 0 && removals.size === 0) return before;
    this.#upserts = new Map();
    this.#removals = new Set();
    const yielder = createYielder();
    const kept: RecordLine[] = [];
    for (const record of before?.records ?? []) {
      if (!removals.has(record.key) && !upserts.has(record.key)) kept.push(record);
      if (yielder.due()) await yielder.take();
    }
    const fresh = await sortSlowly([...upserts.values()], compareRecords);
    const records = fresh.length === 0 ? kept : await mergeSlowly(kept, fresh, compareRecords);
    const snapshot = await snapshotSlowly(this.#definition, records);
    this.#snapshot = before?.recordsDigest === snapshot.recordsDigest ? before : snapshot;
    return this.#snapshot;
  }
}
