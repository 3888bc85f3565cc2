/** What a collection means. Decides wording, default severity and how many people must approve. */
export const KINDS = [
  'admin',
  'permission',
  'contact',
  'wallet-route',
  'terminal',
  'config',
  'file',
  'sensor',
] as const;
export type Kind = (typeof KINDS)[number];

/** What a collection is. Part of what people sign: reading differently needs new signatures. */
export interface Definition {
  /** Unique within the site, `[a-z][a-z0-9_]{0,62}`. */
  readonly name: string;
  readonly kind: Kind;
  /** Name of the source within the site. */
  readonly source: string;
  /** `schema.table` as the source names it; `pg_catalog` for a PostgreSQL source's sensor. */
  readonly table: string;
  /** Columns that identify a record, in the order in which they appear in a record's key. At least one. */
  readonly key: readonly string[];
  /** Columns that become fields. Disjoint from `key`. */
  readonly columns: readonly string[];
  /** Subset of `key` and `columns` whose values only ever leave the reader as HMAC fingerprints. */
  readonly secret: readonly string[];
}
