import type { RecordLine } from '../../../baselines/index.js';
import { placeOfKey } from './assemble.js';

/** A row that was written since its collection was read the last time, or perhaps so. */
export interface MovedRow {
  /** Its bytes, as a Latin-1 string. */
  readonly raw: string;
  readonly record: RecordLine;
  readonly mark: number;
}

/** What a server says of the rows that it did not send. */
export interface Unmoved {
  /** How many there are. */
  readonly standing: number;
  /** True for the mark of a row that would not have been sent: if it is there, it stands as it was read. */
  readonly isStanding: (mark: number) => boolean;
}

/** A row as it was read the last time. */
export interface KnownRow {
  readonly record: RecordLine;
  /** How often it was there. */
  readonly copies: number;
  readonly mark: number;
}

export interface RowsLeft<Row> {
  /** Those that stand as they were read, in their order. */
  readonly kept: readonly Row[];
  /** The others, some of which may have been written anew as they were. */
  readonly gone: readonly Row[];
}

/**
 * Which of the rows that were read before (in order) are left beside those that moved (by key), in a table where no two rows have one key.
 *
 * Rows that were not sent are some of those that were read and whose marks say that they would not have been. A moved row has the key of none of these, for
 * it took its place. So when the server counts as many as there are without those whose place was taken, they are exactly these. Null when
 * it counts others: then some are gone of which nobody can say which. Null, too, when rows were there several times: the table was another one then.
 */
export function rowsLeft<Row extends KnownRow>(
  rows: readonly Row[],
  moved: ReadonlyMap<string, MovedRow>,
  { standing, isStanding }: Unmoved,
): RowsLeft<Row> | null {
  const replaced = new Set<number>();
  for (const key of moved.keys()) {
    for (let at = placeOfKey(rows, key, ({ record }) => record.key); rows[at]?.record.key === key; at++)
      replaced.add(at);
  }
  const kept: Row[] = [];
  const gone: Row[] = [];
  let left = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as Row;
    // Of several that are alike one mark is known.
    if (row.copies !== 1) return null;
    if (isStanding(row.mark) && !replaced.has(at)) {
      kept.push(row);
      left++;
    } else gone.push(row);
  }
  return left === standing ? { kept, gone } : null;
}
