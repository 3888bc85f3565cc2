import { type CollectionSnapshot, decodeValue, type Kind, parseRecordLine } from '../../baselines/index.js';
import type { Untrusted } from '../../notifiers/index.js';
import { untrustedValue } from '../alerts/quoting.js';
import { namingColumns } from '../policy/lookalike.js';

/** Something that looks wrong in a state nobody has signed yet. It is a question to a person, never a verdict. */
export interface Suspicion {
  readonly collection: string;
  /** Column names from the configuration, values of the watched system: which record it is, and what looks wrong in it. */
  readonly record: readonly { readonly name: string; readonly value: Untrusted }[];
}

/** The answer of one rule. */
export type Answer =
  | {
      /** Records the rule looked at. */
      readonly looked: number;
      readonly suspicions: readonly Suspicion[];
    }
  /** Nothing watched lets the rule look: why, in our words. */
  | { readonly notLooked: string };

/** A question asked of a site before its first baseline is signed. */
export interface ReviewRule {
  readonly name: string;
  /** Words for so many findings: "2 administrators without a second factor". */
  readonly found: (count: number) => string;
  /** Advice: what a person should know or do about it, in one sentence. */
  readonly advice: string;
  readonly ask: (site: ReviewedSite) => Answer;
}

/** A record as rules read it. */
export interface ReviewedRecord {
  readonly collection: ReviewedCollection;
  /** The parts of its key that are plain text. */
  readonly key: readonly (string | null)[];
  /** The encoded value of a key or field column; undefined where the collection has no such column. */
  encoded(column: string): string | null | undefined;
  /** The plain text of a column; null for no value and for one that is not carried as itself. */
  text(column: string): string | null;
}

export interface ReviewedCollection {
  readonly name: string;
  readonly kind: Kind;
  readonly table: string;
  /** Name of the preset it was taken from, without the version; null for none. */
  readonly preset: string | null;
  /** Key columns first. */
  readonly columns: readonly string[];
  /** Columns whose values name a record, each group by itself. */
  readonly naming: readonly (readonly string[])[];
  /** Columns of which the definition says that they hold addresses money goes to. */
  readonly destination: readonly string[];
  readonly records: readonly ReviewedRecord[];
}

/** A site as rules read it: all its collections, each record taken apart once. */
export interface ReviewedSite {
  of(kind: Kind): readonly ReviewedCollection[];
  all(): readonly ReviewedCollection[];
}

export function reviewedSite(collections: Iterable<CollectionSnapshot>): ReviewedSite {
  const all = [...collections].map(reviewed);
  return { of: (kind) => all.filter((collection) => collection.kind === kind), all: () => all };
}

function reviewed({ definition, records }: CollectionSnapshot): ReviewedCollection {
  const { name, kind, table, key: keyColumns, columns } = definition;
  const preset = definition.preset?.split('@')[0] ?? null;
  const all: ReviewedRecord[] = [];
  const collection = {
    name,
    kind,
    table,
    preset,
    columns: [...keyColumns, ...columns],
    naming: namingColumns(definition),
    destination: definition.destination ?? [],
    records: all,
  };
  for (const { line } of records) {
    const { key, fields } = parseRecordLine(line);
    const parts = new Map(keyColumns.map((column, index) => [column, key[index] ?? null]));
    const encoded = (column: string) => (parts.has(column) ? parts.get(column) : fields.get(column));
    all.push({ collection, key: key.map(textOf), encoded, text: (column) => textOf(encoded(column)) });
  }
  return collection;
}

/** The plain text of an encoded value; null for no value and for one that is not carried as itself. */
export function textOf(encoded: string | null | undefined): string | null {
  if (encoded === null || encoded === undefined) return null;
  const value = decodeValue(encoded);
  return value.form === 'text' || value.form === 'raw-json' ? value.text : null;
}

/** Columns of the collection that bear such a name. */
export function columnsLike(collection: ReviewedCollection, pattern: RegExp): readonly string[] {
  return collection.columns.filter((column) => pattern.test(column));
}

/** No value, an empty one, or one of the spellings of "no" that databases use. A fingerprint of a secret is a value. */
export function isNo(encoded: string | null | undefined): boolean {
  if (encoded === null || encoded === undefined) return true;
  return /^(?:|f|false|n|no|off|0|none|null)$/i.test(encoded.trim());
}

/** Columns by which people know a record. */
const NAMING = /^(?:login|user_?name|name|serial(?:_?number)?|e-?mail|crypto_?currency|coin|identity)$/i;

/** Shows a record: its key, what people call it, and the columns in question. */
export function suspicion(record: ReviewedRecord, columns: readonly string[]): Suspicion {
  const { collection } = record;
  const shown = new Set([
    ...collection.columns.slice(0, record.key.length),
    ...columnsLike(collection, NAMING),
    ...columns,
  ]);
  return {
    collection: collection.name,
    record: [...shown].map((name) => ({ name, value: untrustedValue(record.encoded(name) ?? null) })),
  };
}
