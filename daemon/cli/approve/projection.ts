import {
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  parseRecordLine,
  recordLine,
} from '../../../baselines/index.js';

/**
 * Two snapshots under different definitions, each reduced to the fields that both read alike. Null when they identify records
 * differently, or read another source or table: then no record of one is a record of the other.
 */
export function projectedPair(
  before: CollectionSnapshot,
  after: CollectionSnapshot,
): { readonly before: CollectionSnapshot; readonly after: CollectionSnapshot } | null {
  const [a, b] = [before.definition, after.definition];
  if (a.source !== b.source || a.table !== b.table) return null;
  if (a.key.join('\n') !== b.key.join('\n') || !a.key.every(readAlike(a, b))) return null;
  const shared = commonColumns(a, b);
  return { before: project(before, shared), after: project(after, shared) };
}

/** Columns that two definitions read alike: sealed in both, or in neither. */
export function commonColumns(a: Definition, b: Definition): ReadonlySet<string> {
  const alike = readAlike(a, b);
  return new Set(a.columns.filter((column) => b.columns.includes(column) && alike(column)));
}

function readAlike(a: Definition, b: Definition): (column: string) => boolean {
  const [before, after] = [new Set(a.secret), new Set(b.secret)];
  return (column) => before.has(column) === after.has(column);
}

/** The same records in these columns alone. */
export function project(snapshot: CollectionSnapshot, columns: ReadonlySet<string>): CollectionSnapshot {
  const definition = { ...snapshot.definition, columns: [...columns].sort(), secret: [] };
  const records = snapshot.records.map(({ line }) => {
    const { key, fields } = parseRecordLine(line);
    return recordLine({ key, fields: new Map([...fields].filter(([name]) => columns.has(name))) });
  });
  return collectionSnapshot(definition, records);
}
