import { parseRecordLine, type TillRecord } from './record.js';
import type { CollectionSnapshot } from './snapshot.js';
import type { TrustRoot } from './trust-root.js';
import { decodeValue } from './value.js';

/** Who wrote what differs in a collection, by the names that the watched system has for them. */
export type AuthorsOf = (collection: string) => ReadonlySet<string>;

/**
 * Entries of the author columns of every record that is new or holds something else than before. A record that is gone has
 * no author any more, and a collection that is new or gone has no state to differ from: nobody is named for them. Where the
 * definition changed too, records are compared in the columns that both have.
 */
export function authorsBetween(
  before: CollectionSnapshot | undefined,
  after: CollectionSnapshot | undefined,
): ReadonlySet<string> {
  const authors = new Set<string>();
  if (before === undefined || after === undefined) return authors;
  const columns = new Set([...(before.definition.author ?? []), ...(after.definition.author ?? [])]);
  if (columns.size === 0 || before.recordsDigest === after.recordsDigest) return authors;
  const shared = after.definition.columns.filter((name) => before.definition.columns.includes(name));
  const known = new Map(before.records.map(({ key, line }) => [key, line]));
  for (const { key, line } of after.records) {
    const old = known.get(key);
    if (old === line) continue;
    const record = parseRecordLine(line);
    if (old !== undefined && sameIn(shared, parseRecordLine(old), record)) continue;
    for (const column of columns) {
      const text = record.fields.get(column) ?? null;
      const value = text === null ? null : decodeValue(text);
      if (value?.form === 'text') authors.add(value.text);
    }
  }
  return authors;
}

/** Names of the people who have one of these accounts; upper and lower case alike. Ordered. */
export function peopleNamed({ people }: TrustRoot, authors: ReadonlySet<string>): readonly string[] {
  const names = new Set([...authors].map((author) => author.toLowerCase()));
  return people
    .filter(({ accounts = [] }) => accounts.some((account) => names.has(account.name.toLowerCase())))
    .map(({ name }) => name);
}

function sameIn(columns: readonly string[], a: TillRecord, b: TillRecord): boolean {
  return columns.every((name) => (a.fields.get(name) ?? null) === (b.fields.get(name) ?? null));
}
