import {
  type CollectionSnapshot,
  collectionSnapshot,
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
  const secretBefore = new Set(a.secret);
  const secretAfter = new Set(b.secret);
  const alike = (column: string) => secretBefore.has(column) === secretAfter.has(column);
  if (a.source !== b.source || a.table !== b.table) return null;
  if (a.key.join('\n') !== b.key.join('\n') || !a.key.every(alike)) return null;
  const shared = new Set(a.columns.filter((column) => b.columns.includes(column) && alike(column)));
  return { before: project(before, shared), after: project(after, shared) };
}

function project(snapshot: CollectionSnapshot, columns: ReadonlySet<string>): CollectionSnapshot {
  const definition = { ...snapshot.definition, columns: [...columns].sort(), secret: [] };
  const records = snapshot.records.map(({ line }) => {
    const { key, fields } = parseRecordLine(line);
    return recordLine({ key, fields: new Map([...fields].filter(([name]) => columns.has(name))) });
  });
  return collectionSnapshot(definition, records);
}
