import {
  type CollectionSnapshot,
  compareRecords,
  type Definition,
  type RecordLine,
} from '../../../baselines/index.js';
import type { ReadCollection } from '../source.js';
import { byRecord, createYielder, insertSlowly, LinesDigest, sortSlowly, withoutSlowly } from './assemble.js';
import type { Decode } from './decode.js';
import type { ReadFailure } from './failure.js';
import { LentRecords } from './lent-records.js';
import { type MovedRow, placesGone, type Unmoved } from './moved-rows.js';

/** Of rows that moved, which nobody can make wait. More of them are rather read with all others, a part at a time. */
const MOST_MOVED_BYTES = 16_777_216;

/** Touched rows that are handed over; the rest is counted. */
const MOST_TOUCHED = 100;

export interface RowLimits {
  readonly maxRecords: number;
  readonly maxCollectionBytes: number;
}

/** One reading of a collection: rows go in, a snapshot or a failure comes out. */
export interface ReadPass {
  /** Takes one row: its bytes as the server sent them, without what ends it. `mark`: moves with every write of the row; 0: has none. Never throws. */
  row(buffer: Buffer, start: number, end: number, mark?: number): void;
  /** To be asked after some rows. A promise means: wait before the next. */
  pause(): Promise<void> | undefined;
  /** Ends the pass. The very snapshot of the last successful pass when every row is the same, whatever their order. */
  finish(): Promise<CollectionSnapshot | ReadFailure>;
  /** The same, with the rows whose mark moved since they were last read. Those of passes without an outcome are not lost. */
  finishTouched(): Promise<TouchedReading | ReadFailure>;
  /** Ends a pass whose rows did not all arrive. */
  abandon(): void;
}

/** One reading of those rows of a collection that moved since it was read whole. It leaves no trace unless it succeeds. */
export interface MovedPass {
  /** As of `ReadPass`. */
  row(buffer: Buffer, start: number, end: number, mark: number): void;
  /** The reading of the whole collection; null when it cannot be told by this, and must be read whole. */
  finish(unmoved: Unmoved & { readonly most: number }): Promise<TouchedReading | null>;
}

type TouchedReading = Pick<ReadCollection, 'snapshot' | 'touched'>;

interface Entry {
  /** The row's bytes, as in `#entries`. */
  readonly raw: string;
  record: RecordLine;
  /** How often the row stands in the last snapshot. */
  copies: number;
  /** How often it was seen in pass number `readPass`. */
  seen: number;
  readPass: number;
  mark: number;
}

const NOT_DECODED: RecordLine = { key: '', line: '', digest: '' };

/**
 * The rows of the last reading of one collection, so that a row whose bytes did not change needs no decoding, no canonical form
 * and no digest. What it remembers includes values of secret columns: it never leaves the reader.
 */
export class RowCache {
  readonly #definition: Definition;
  readonly #limits: RowLimits;
  /** By the bytes of the row, as a Latin-1 string: a byte a character, and no buffer is kept alive. */
  readonly #entries = new Map<string, Entry>();
  /** Everything that decoding depended on; remembered rows mean something else under another form. */
  #form = '';
  #sorted: Entry[] = [];
  /** Of `#sorted`, each as often as it was there. */
  #records: readonly RecordLine[] = [];
  #snapshot: CollectionSnapshot | null = null;
  readonly #digest = new LinesDigest();
  /** Those of the pass under way that were not remembered before. */
  #fresh: Entry[] = [];
  /** Of all rows of the last snapshot. */
  #bytes = 0;
  readonly #signed = new LentRecords();
  #hadTooMany = false;
  #passes = 0;
  /** Rows whose mark moved since the last pass with an outcome. */
  #touched: { count: number; readonly records: RecordLine[] } = { count: 0, records: [] };

  constructor(definition: Definition, limits: RowLimits) {
    this.#definition = definition;
    this.#limits = limits;
  }

  /** Has records handed out as these, where they are the same, from now on. */
  async lend(signed: CollectionSnapshot | undefined): Promise<void> {
    await this.#signed.lend(signed?.records ?? [], this.#snapshot === null);
  }

  /**
   * Begins a pass, one at a time. Rows that are not remembered under the same `form` are decoded by `decode`; `undecodable` says in our words
   * what is wrong when that throws.
   */
  begin(form: string, decode: Decode, undecodable: string): ReadPass {
    if (form !== this.#form) {
      this.#entries.clear();
      this.#form = form;
      this.#sorted = [];
      this.#records = [];
      this.#snapshot = null;
    }
    this.#forget();
    const readPass = ++this.#passes;
    const yielder = createYielder(1);
    let rows = 0;
    let bytes = 0;
    let same = true;
    let failure: ReadFailure | null = null;

    const row = (buffer: Buffer, start: number, end: number, mark = 0): void => {
      if (failure) return;
      rows++;
      // What ends a row travels as well.
      bytes += end - start + 1;
      failure = this.#overrun(rows, bytes);
      if (failure) {
        this.#forget();
        return;
      }
      const raw = buffer.toString('latin1', start, end);
      let entry = this.#entries.get(raw);
      if (!entry) {
        // Decoded at the end: of what turns out to be too large, or breaks off, nothing else is kept meanwhile.
        entry = { raw, record: NOT_DECODED, copies: 0, seen: 0, readPass, mark };
        this.#entries.set(raw, entry);
        this.#fresh.push(entry);
      }
      if (entry.readPass !== readPass) {
        entry.readPass = readPass;
        entry.seen = 0;
      }
      if (++entry.seen > entry.copies) same = false;
      if (mark !== entry.mark) this.#touch(entry, mark);
    };

    const finish = async (): Promise<CollectionSnapshot | ReadFailure> => {
      this.#hadTooMany = rows > this.#limits.maxRecords;
      if (failure) {
        this.#forget();
        return failure;
      }
      if (same && this.#snapshot && rows === this.#snapshot.records.length) return this.#snapshot;
      this.#bytes = bytes;
      if (await this.#renew(readPass, decode)) return this.#settle(await this.#recordsOfSorted());
      return { cause: 'failed', detail: undecodable };
    };
    return {
      row,
      pause: () => (yielder.due() ? yielder.take() : undefined),
      finish,
      finishTouched: async () => {
        const snapshot = await finish();
        return 'cause' in snapshot ? snapshot : this.#withTouched(snapshot);
      },
      abandon: () => this.#forget(),
    };
  }

  /**
   * Begins a pass over rows that moved since the last one that succeeded, as `begin` does. Null when there was none, or under another form.
   */
  beginMoved(form: string, decode: Decode): MovedPass | null {
    if (form !== this.#form || this.#snapshot === null) return null;
    this.#forget();
    const rows = new Map<string, MovedRow>();
    const mostBytes = Math.min(MOST_MOVED_BYTES, this.#limits.maxCollectionBytes);
    let taken = 0;
    let bytes = 0;
    let isReadable = true;
    const giveUp = (): void => {
      isReadable = false;
      rows.clear();
    };
    return {
      row: (buffer, start, end, mark) => {
        if (!isReadable) return;
        taken++;
        bytes += end - start + 1;
        if (bytes > mostBytes) {
          giveUp();
          return;
        }
        const raw = buffer.toString('latin1', start, end);
        try {
          const known = this.#entries.get(raw)?.record;
          const record = known ?? this.#signed.insteadOf(decode(buffer, start, end));
          rows.set(record.key, { raw, record, mark });
        } catch {
          // A whole reading says what is wrong with it.
          giveUp();
        }
      },
      finish: async (unmoved) => {
        if (!isReadable || taken > unmoved.most || rows.size !== taken) return null;
        const gone = placesGone(this.#sorted, rows, unmoved);
        return gone === null ? null : this.#takeMoved(gone, rows);
      },
    };
  }

  async #takeMoved(
    gone: readonly number[],
    rows: ReadonlyMap<string, MovedRow>,
  ): Promise<TouchedReading | null> {
    const stayed = new Set<Entry>();
    const written: Entry[] = [];
    let bytes = this.#bytes;
    for (const { raw, record, mark } of rows.values()) {
      const known = this.#entries.get(raw);
      if (known) stayed.add(known);
      else bytes += raw.length + 1;
      written.push(known ?? { raw, record, copies: 1, seen: 1, readPass: this.#passes, mark });
    }
    const lost = gone.flatMap((place) => this.#sorted[place] ?? []).filter((entry) => !stayed.has(entry));
    for (const { raw, copies } of lost) bytes -= copies * (raw.length + 1);
    if (this.#overrun(this.#sorted.length - gone.length + written.length, bytes)) return null;
    for (const { raw, mark } of rows.values()) {
      const known = this.#entries.get(raw);
      if (known && known.mark !== mark) this.#touch(known, mark);
    }
    const isSame = lost.length === 0 && stayed.size === written.length;
    if (isSame && this.#snapshot) return this.#withTouched(this.#snapshot);
    this.#bytes = bytes;
    for (const { raw } of lost) this.#entries.delete(raw);
    for (const entry of written) {
      entry.copies = 1;
      this.#entries.set(entry.raw, entry);
    }
    const added = await sortSlowly(written, byRecord);
    this.#sorted = await insertSlowly(await withoutSlowly(this.#sorted, gone), added, byRecord);
    const records = await insertSlowly(
      await withoutSlowly(this.#records, gone),
      added.map(({ record }) => record),
      compareRecords,
    );
    return this.#withTouched(await this.#settle(records));
  }

  #withTouched(snapshot: CollectionSnapshot): TouchedReading {
    const touched = this.#touched;
    if (touched.count === 0) return { snapshot };
    this.#touched = { count: 0, records: [] };
    return { snapshot, touched };
  }

  /** Rows that stand there several times are drift, and are not told apart. */
  #touch(entry: Entry, mark: number): void {
    if (entry.copies === 1 && entry.mark !== 0) {
      this.#touched.count++;
      if (this.#touched.records.length < MOST_TOUCHED) this.#touched.records.push(entry.record);
    }
    entry.mark = mark;
  }

  /** What is wrong with so many rows, where the last reading had too many: they need not travel again to be counted. */
  stillTooMany(rows: number): ReadFailure | null {
    return this.#overrun(rows, 0);
  }

  /** True when the last reading had more rows than there may be. */
  get hadTooMany(): boolean {
    return this.#hadTooMany;
  }

  #overrun(rows: number, bytes: number): ReadFailure | null {
    if (rows > this.#limits.maxRecords) {
      return {
        cause: 'too-large',
        detail: `it has more than ${this.#limits.maxRecords} records (maxRecords)`,
      };
    }
    if (bytes > this.#limits.maxCollectionBytes) {
      return {
        cause: 'too-large',
        detail: `its records take more than ${this.#limits.maxCollectionBytes} bytes (maxCollectionBytes)`,
      };
    }
    return null;
  }

  /** Keeps the rows seen in this pass: those that stayed are in order, the new ones are decoded and sorted in. False when one cannot be decoded: nothing is remembered then. */
  async #renew(readPass: number, decode: Decode): Promise<boolean> {
    const yielder = createYielder();
    const kept: Entry[] = [];
    for (const entry of this.#sorted) {
      if (entry.readPass !== readPass) this.#entries.delete(entry.raw);
      else {
        entry.copies = entry.seen;
        kept.push(entry);
      }
      if (yielder.due()) await yielder.take();
    }
    this.#sorted = kept;
    const fresh = this.#fresh;
    this.#fresh = [];
    const often = createYielder(1);
    try {
      for (const entry of fresh) {
        const bytes = Buffer.from(entry.raw, 'latin1');
        entry.record = this.#signed.insteadOf(decode(bytes, 0, bytes.length));
        entry.copies = entry.seen;
        if (often.due()) await often.take();
      }
    } catch {
      this.#entries.clear();
      this.#sorted = [];
      this.#records = [];
      return false;
    }
    await this.#sortIn(kept, fresh);
    return true;
  }

  async #sortIn(kept: readonly Entry[], others: readonly Entry[]): Promise<void> {
    this.#sorted = await insertSlowly(kept, await sortSlowly(others, byRecord), byRecord);
  }

  /** The records of the rows that are remembered. */
  async #recordsOfSorted(): Promise<RecordLine[]> {
    const yielder = createYielder();
    const records: RecordLine[] = [];
    for (const { record, copies } of this.#sorted) {
      for (let n = 0; n < copies; n++) records.push(record);
      if (yielder.due()) await yielder.take();
    }
    return records;
  }

  /** The snapshot of these, which are those of the rows that are remembered. */
  async #settle(records: readonly RecordLine[]): Promise<CollectionSnapshot> {
    this.#records = records;
    this.#signed.forgetPlaces();
    const recordsDigest = await this.#digest.of(records);
    // The same records can arrive as other text: json is normalised.
    if (this.#snapshot?.recordsDigest !== recordsDigest) {
      this.#snapshot = { definition: this.#definition, records, recordsDigest };
    }
    return this.#snapshot;
  }

  /** Drops what a pass without an outcome brought in; the last snapshot stays what the next pass is compared with. */
  #forget(): void {
    for (const { raw } of this.#fresh) this.#entries.delete(raw);
    this.#fresh = [];
  }
}
