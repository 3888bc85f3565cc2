import { type CollectionSnapshot, collectionSnapshot, parseRecordLine } from '../../../baselines/index.js';
import type { Change } from '../../drift/change.js';
import { changesBetween } from '../../drift/diff.js';
import type { CollectionDifference } from './differences.js';
import { commonColumns, project } from './projection.js';

/** The records that somebody signs with a definition and that nobody has signed like this before, and how many of them there are. */
export interface RecordsToSign {
  readonly changes: readonly Change[];
  readonly count: number;
}

/**
 * The records to look at before a definition is signed, at most so many: of one that reads more columns those that hold something in them, beside
 * those that changed in what both definitions read; of a collection that is new, or cannot be compared, each that it holds.
 */
export function recordsToSign(
  { site, before, after, changes }: CollectionDifference,
  most: number,
): RecordsToSign {
  if (after === null) return { changes: (changes ?? []).slice(0, most), count: changes?.length ?? 0 };
  if (before === null || changes === null) return everyRecord(site, after, most);
  const common = commonColumns(before.definition, after.definition);
  const more = after.definition.columns.filter((column) => !common.has(column));
  const changed = new Set(changes.map(({ key }) => key));
  const holding = more.length === 0 ? [] : after.records.filter(({ line }) => holdsAny(line, more));
  const added = holding.filter(({ key }) => !changed.has(key));
  const count = changes.length + added.length;
  if (holding.length === 0) return { changes: changes.slice(0, most), count };
  const first = [...changes.map(({ key }) => key), ...added.map(({ key }) => key)].slice(0, most);
  const chosen = new Set(first);
  const some = ({ definition, records }: CollectionSnapshot) =>
    collectionSnapshot(
      definition,
      records.filter(({ key }) => chosen.has(key)),
    );
  const all = new Set([...common, ...more]);
  const shown = changesBetween(site, project(some(before), common), project(some(after), all));
  const place = new Map(first.map((key, index) => [key, index]));
  return {
    changes: shown.sort((a, b) => (place.get(a.key) ?? 0) - (place.get(b.key) ?? 0)).slice(0, most),
    count,
  };
}

function everyRecord(site: string, { definition, records }: CollectionSnapshot, most: number): RecordsToSign {
  // A history that grows has not changed; each row of it is new here.
  const { history: _, ...plain } = definition;
  const some = collectionSnapshot(plain, records.slice(0, most));
  return { changes: changesBetween(site, collectionSnapshot(plain, []), some), count: records.length };
}

function holdsAny(line: string, columns: readonly string[]): boolean {
  const { fields } = parseRecordLine(line);
  return columns.some((column) => (fields.get(column) ?? null) !== null);
}
