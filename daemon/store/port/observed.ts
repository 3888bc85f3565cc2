/** A collection as it was last observed. */
export interface ObservedCollection {
  readonly collection: string;
  /** Hex SHA-256. */
  readonly recordsDigest: string;
  readonly count: number;
  readonly observedAtMs: number;
}

/** The records of a collection as last observed, written as the difference from the one before. */
export interface ObservedDelta extends ObservedCollection {
  /** True when `upserts` is the whole collection and everything else must go. */
  readonly replace: boolean;
  /** `ordinal` tells records with one key apart: 0 unless the key is duplicate. */
  readonly upserts: readonly { readonly key: string; readonly ordinal: number; readonly line: string }[];
  readonly removals: readonly { readonly key: string; readonly ordinal: number }[];
}

/** What was last observed of each collection. */
export interface ObservedReader {
  collections(site: string): ObservedCollection[];
  /** Canonical lines of a collection, ordered by the bytes of their keys; null when it never was observed. */
  lines(site: string, collection: string): string[] | null;
}

/** Some of the rows of a delta that is too large to be written at once. */
export type ObservedRows = Pick<ObservedDelta, 'collection' | 'replace' | 'upserts' | 'removals'>;

export interface ObservedWriter extends ObservedReader {
  save(site: string, delta: ObservedDelta): void;
  /** Writes rows of a collection, which counts as never observed until `save` completes it: half of it is no state of anything. */
  saveRows(site: string, rows: ObservedRows): void;
}
