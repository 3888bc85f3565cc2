import type { RecordLine } from '../../../baselines/index.js';
import { placeOfKey } from './assemble.js';

/** A row that was written since its collection was read the last time, or perhaps so. */
export interface MovedRow {
  /** Its bytes, as a Latin-1 string. */
  readonly raw: string;
  readonly record: RecordLine;
  readonly mark: number;
}

/** What a server says of the rows that it did not send, beside all those that moved. */
export interface Unmoved {
  /** How many rows there are, with those that it sent. */
  readonly all: number;
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

/**
 * Which of the rows that were read before (in order) are left beside those that moved (by key), in a table where no two rows have one key: the places of the others,
 * some of which may have been written anew as they were, in their order.
 *
 * Rows that were not sent are some of those that were read and whose marks say that they would not have been. A moved row has the key of none of these, for
 * it took its place. So when the server counts as many as there are without those whose place was taken and with those that it sent, they are exactly these. Null when
 * it counts others: then some are gone of which nobody can say which. Null, too, when rows were there several times: the table was another one then.
 */
export function placesGone(
  rows: readonly KnownRow[],
  moved: ReadonlyMap<string, MovedRow>,
  { all, isStanding }: Unmoved,
): readonly number[] | null {
  const gone: number[] = [];
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as KnownRow;
    // Of several that are alike one mark is known.
    if (row.copies !== 1) return null;
    if (!isStanding(row.mark)) gone.push(at);
  }
  for (const key of moved.keys()) {
    for (let at = placeOfKey(rows, key, ({ record }) => record.key); rows[at]?.record.key === key; at++)
      if (isStanding(rows[at]?.mark ?? 0)) gone.push(at);
  }
  return rows.length - gone.length + moved.size === all ? gone.sort((a, b) => a - b) : null;
}
