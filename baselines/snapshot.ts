import { createHash } from 'node:crypto';
import type { Definition } from './definition.js';
import { compareRecords, type RecordLine } from './record.js';

/** All records of one collection at one instant. */
export interface CollectionSnapshot {
  readonly definition: Definition;
  /** Ordered by `compareRecords`. May hold duplicate keys: the diff calls them drift. */
  readonly records: readonly RecordLine[];
  /** Lower-case hex SHA-256 of all lines, each with its line feed: what `sha256sum` says of the records file. */
  readonly recordsDigest: string;
}

/** Orders and digests the records of a collection. Linear when they are ordered already. */
export function collectionSnapshot(
  definition: Definition,
  records: readonly RecordLine[],
): CollectionSnapshot {
  const sorted = isSorted(records) ? records : [...records].sort(compareRecords);
  const hash = createHash('sha256');
  for (const record of sorted) hash.update(`${record.line}\n`);
  return { definition, records: sorted, recordsDigest: hash.digest('hex') };
}

function isSorted(records: readonly RecordLine[]): boolean {
  let previous: RecordLine | undefined;
  for (const record of records) {
    if (previous && compareRecords(previous, record) > 0) return false;
    previous = record;
  }
  return true;
}
