import { canonicalJson } from './canonical.js';

/** The meaning of a collection. Decides wording, default severity and how many people must approve. */
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

/** The definition of a collection. Part of what people sign: reading differently needs new signatures. */
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
  /** Columns that become fields. Disjoint from `key`. A set: its order means nothing. */
  readonly columns: readonly string[];
  /** Subset of `key` and `columns` whose values only ever leave the reader as HMAC fingerprints. A set. */
  readonly secret: readonly string[];
  /**
   * Subset of `columns`, none of them secret, in which the watched system itself writes who changed a record last. A set. By it a
   * rule can leave out a change's own author. As true as whoever writes the column.
   */
  readonly author?: readonly string[];
}

/** The definition as it is signed: what is a set is sorted, so that re-ordering a configuration changes nothing. */
export function canonicalDefinition(definition: Definition): Definition {
  const { name, kind, source, table, key, author = [] } = definition;
  return {
    name,
    kind,
    source,
    table,
    key,
    columns: [...definition.columns].sort(),
    secret: [...definition.secret].sort(),
    // Left out where it says nothing, so that each definition has one spelling.
    ...(author.length === 0 ? {} : { author: [...author].sort() }),
  };
}

/** True when two definitions read the same records and mean the same by them. */
export function sameDefinition(a: Definition, b: Definition): boolean {
  return a === b || definitionText(a) === definitionText(b);
}

function definitionText(definition: Definition): string {
  return canonicalJson({ ...canonicalDefinition(definition) });
}
