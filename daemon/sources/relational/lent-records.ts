import { compareUtf8, type RecordLine } from '../../../baselines/index.js';
import { createYielder } from './assemble.js';

/** Records that were verified elsewhere, handed out in place of equal ones. */
export class LentRecords {
  #records: readonly RecordLine[] = [];
  /** By key, while very many are asked for. */
  #places: Map<string, RecordLine> | null = null;

  /** `records`: in order. `isForMany`: nearly all of them will be asked for, in any order. */
  async lend(records: readonly RecordLine[], isForMany: boolean): Promise<void> {
    if (records === this.#records) return;
    this.#records = records;
    this.#places = null;
    if (!isForMany) return;
    const yielder = createYielder();
    const places = new Map<string, RecordLine>();
    for (const record of records) {
      places.set(record.key, record);
      if (yielder.due()) await yielder.take();
    }
    this.#places = places;
  }

  /** The lent record with the digest of this one, or this one. */
  insteadOf(record: RecordLine): RecordLine {
    const lent = this.#places === null ? this.#find(record.key) : this.#places.get(record.key);
    return lent?.digest === record.digest ? lent : record;
  }

  /** Few are asked for from now on. */
  forgetPlaces(): void {
    this.#places = null;
  }

  #find(key: string): RecordLine | undefined {
    let [low, high] = [0, this.#records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareUtf8(this.#records[middle]?.key ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return this.#records[low];
  }
}
