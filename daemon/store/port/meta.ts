import type { MetaKey, MetaValue } from '../meta.js';

/** Single values, by name. */
export interface MetaReader {
  /** Null while it was never set. Throws `STORE_CORRUPT` when what is there is no such value. */
  get<K extends MetaKey>(key: K): MetaValue<K> | null;
}

export interface MetaWriter extends MetaReader {
  set<K extends MetaKey>(key: K, value: MetaValue<K>): void;
}
