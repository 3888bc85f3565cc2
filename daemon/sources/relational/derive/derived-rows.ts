import { createHash } from 'node:crypto';
import {
  type CollectionSnapshot,
  compareRecords,
  type Definition,
  type Derivation,
  type RecordLine,
  tableColumns,
} from '../../../../baselines/index.js';
import type { UnmatchedRules } from '../../source.js';
import { snapshotSlowly, sortSlowly } from '../assemble.js';
import { createRecordMaker } from '../decode.js';
import type { ReadFailure } from '../failure.js';
import type { Fingerprint } from '../fingerprint.js';
import type { RowLimits } from '../row-cache.js';
import { type Cell, cellJson, cellText, createCellEncoder, markOf, type TableRow } from './cell.js';
import { hasFixedValues } from './choose-rows.js';
import type { JsonPart } from './json-document.js';
import { createJsonRecords, type JsonInterpreter } from './json-records.js';

/** The rows of a collection whose records are derived, in one read pass. */
export interface DerivedPass {
  /** Takes a row that may count: the fixed values are looked at here. Its other columns than the collection's are left alone. Never throws. */
  row(row: TableRow): void;
  /** The rows that count cannot be told: whatever was chosen says nothing. */
  refuse(failure: ReadFailure): void;
  /** No row that counts was written, added or removed since the last pass. False where that came to nothing: its rows are to be taken then. */
  stands(): boolean;
  /** The very snapshot of the last pass when the same rows counted. */
  finish(): Promise<CollectionSnapshot | ReadFailure>;
}

/** Characters of a document that is held until the next one. */
const MOST_HELD = 262_144;

/**
 * Derives a collection's records. Between passes it remembers a digest of the rows and the snapshot made of them; and, where one document counts, that one, so that the next
 * one is gone through where it differs (ADR 138). It never leaves the reader.
 */
export class DerivedRows {
  readonly #definition: Definition;
  readonly #limits: RowLimits & { readonly maxValueBytes: number };
  readonly #fingerprint: Fingerprint | null;
  readonly #columns: readonly string[];
  /** Made at the first row: a table may never have one, and patterns take longer to read than most texts to match. */
  #interpreter: JsonInterpreter | null = null;
  #digest = '';
  #snapshot: CollectionSnapshot | null = null;
  /** The only one that `#snapshot` was made of; null where it was made of several, or of a long one. */
  #document: JsonPart | null = null;
  #unmatched: UnmatchedRules | null = null;
  /** Whether the last pass came to `#snapshot`. */
  #isRead = false;
  /** Rows of the table that were gone through for it the last time; null before that. */
  rowsLookedAt: number | null = null;

  constructor(
    definition: Definition,
    limits: RowLimits & { readonly maxValueBytes: number },
    fingerprint: Fingerprint | null,
  ) {
    this.#definition = definition;
    this.#limits = limits;
    this.#fingerprint = fingerprint;
    this.#columns = tableColumns(definition);
  }

  /** What of the rules found nothing in the pass that was finished last; null when everything did, or nobody knows. */
  get unmatched(): UnmatchedRules | null {
    return this.#unmatched;
  }

  begin(): DerivedPass {
    const derive = this.#definition.derive ?? {};
    const digest = createHash('sha256');
    const rows: ReadonlyMap<string, Cell>[] = [];
    let bytes = 0;
    let overrun: ReadFailure | null = null;
    const before = this.#isRead ? this.#snapshot : null;
    let isStanding = false;
    this.#isRead = false;
    return {
      row: (row) => {
        if (overrun !== null || !hasFixedValues(derive, { get: (name) => cellText(row.get(name)) })) return;
        const cells = new Map(this.#columns.map((name) => [name, row.get(name) ?? null]));
        for (const cell of cells.values()) bytes += cellText(cell)?.length ?? 0;
        if (bytes > this.#limits.maxCollectionBytes) overrun = this.#tooLarge('maxCollectionBytes');
        else if (rows.length === this.#limits.maxRecords) overrun = this.#tooLarge('maxRecords');
        if (overrun !== null) return;
        digest.update(`${JSON.stringify([...cells.values()].map(markOf))}\n`);
        rows.push(cells);
      },
      refuse: (failure) => {
        overrun = failure;
      },
      stands: () => {
        isStanding = before !== null;
        return isStanding;
      },
      finish: async () => {
        const outcome =
          overrun ?? (isStanding ? before : null) ?? (await this.#made(rows, digest.digest('hex')));
        this.#isRead = !('cause' in outcome);
        return outcome;
      },
    };
  }

  /** The snapshot of these rows, with their digest: the very one of the last pass where they make the same records. */
  async #made(
    rows: readonly ReadonlyMap<string, Cell>[],
    own: string,
  ): Promise<CollectionSnapshot | ReadFailure> {
    if (this.#snapshot && own === this.#digest) return this.#snapshot;
    const document = this.#onlyDocument(rows);
    if (this.#snapshot && this.#isAsBefore(document)) {
      this.#digest = own;
      this.#document = document;
      return this.#snapshot;
    }
    const matched = new Set<string>();
    const records = this.#records(rows, matched);
    if (records === null) return this.#tooLarge('maxRecords');
    const snapshot = await snapshotSlowly(
      this.#definition,
      this.#onceEach(await sortSlowly(records, compareRecords)),
    );
    this.#unmatched = unmatchedRules(this.#definition.derive ?? {}, rows.length, matched);
    this.#digest = own;
    this.#document = document;
    if (this.#snapshot?.recordsDigest !== snapshot.recordsDigest) this.#snapshot = snapshot;
    return this.#snapshot ?? snapshot;
  }

  #tooLarge(limit: 'maxRecords' | 'maxCollectionBytes'): ReadFailure {
    return { cause: 'too-large', detail: `its records are more than ${this.#limits[limit]} (${limit})` };
  }

  /** Null, too, for one that is too long to be held. */
  #onlyDocument(rows: readonly ReadonlyMap<string, Cell>[]): JsonPart | null {
    const json = this.#definition.derive?.json;
    const [row, ...others] = rows;
    if (json === undefined || row === undefined || others.length > 0) return null;
    const document = cellJson(row.get(json.column));
    return document !== null && document.text.length <= MOST_HELD ? document : null;
  }

  #isAsBefore(document: JsonPart | null): boolean {
    if (document === null || this.#document === null) return false;
    return this.#interpreter?.areAlike(this.#document, document) ?? false;
  }

  #records(rows: readonly ReadonlyMap<string, Cell>[], matched: Set<string>): RecordLine[] | null {
    const { key, columns, derive } = this.#definition;
    const recordOf = createRecordMaker(this.#definition, this.#fingerprint);
    const records: RecordLine[] = [];
    const json = derive?.json;
    if (json !== undefined) this.#interpreter ??= createJsonRecords(json, key, this.#limits);
    const derived = this.#interpreter;
    const encoded = createCellEncoder(derive?.drop ?? [], matched);
    for (const cells of rows) {
      if (json === undefined || derived === null) {
        records.push(recordOf([...key, ...columns].map((name) => encoded(name, cells.get(name)))));
      } else {
        const found = derived.recordsOf(cellJson(cells.get(json.column)), matched);
        if (found === null) return null;
        for (const one of found) {
          records.push(recordOf([...one.key, ...columns.map((name) => one.fields.get(name) ?? null)]));
        }
      }
      if (records.length > this.#limits.maxRecords) return null;
    }
    return records;
  }

  /** `distinct`: rows that make the same record are one. */
  #onceEach(sorted: readonly RecordLine[]): readonly RecordLine[] {
    if (this.#definition.derive?.distinct === undefined) return sorted;
    return sorted.filter(({ line }, i) => line !== sorted[i - 1]?.line);
  }
}

/** Of rows that cannot be interpreted nothing is known to match, which is told by their records. */
function unmatchedRules(
  { where, latest, json, drop = [] }: Derivation,
  rows: number,
  matched: ReadonlySet<string>,
): UnmatchedRules | null {
  if (rows === 0) return where === undefined && latest === undefined ? null : { noRow: true, paths: [] };
  const paths = [...(json?.members ?? []), ...drop].map(({ path }) => path);
  const idle = paths.filter((path) => !matched.has(path));
  return idle.length === 0 ? null : { noRow: false, paths: idle };
}
