import {
  type CollectionSnapshot,
  compareRecords,
  type Definition,
  type RecordLine,
} from '../../../baselines/index.js';
import { createYielder, insertSlowly, LinesDigest, placeOfKey, sortSlowly } from '../relational/assemble.js';

/** The records of one collection as a surveying thread tells of them. */
export class RecordMirror {
  readonly #definition: Definition;
  readonly #digest = new LinesDigest();
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
    const kept = await without(before?.records ?? [], [...removals, ...upserts.keys()]);
    const fresh = await sortSlowly([...upserts.values()], compareRecords);
    const records = await insertSlowly(kept, fresh, compareRecords);
    const recordsDigest = await this.#digest.of(records);
    const snapshot = { definition: this.#definition, records, recordsDigest };
    this.#snapshot = before?.recordsDigest === snapshot.recordsDigest ? before : snapshot;
    return this.#snapshot;
  }
}

/** The records, in their order, but for those of these keys. No two records have one key. */
async function without(
  records: readonly RecordLine[],
  keys: readonly string[],
): Promise<readonly RecordLine[]> {
  const yielder = createYielder();
  const gone: number[] = [];
  for (const key of keys) {
    const place = placeOfKey(records, key, (record) => record.key);
    if (records[place]?.key === key) gone.push(place);
    if (yielder.due()) await yielder.take();
  }
  const kept: RecordLine[] = [];
  let from = 0;
  for (const place of [...gone.sort((a, b) => a - b), records.length]) {
    for (; from < place; from++) kept.push(records[from] as RecordLine);
    from++;
    if (yielder.due()) await yielder.take();
  }
  return kept;
}
