import type { Kind } from '../../baselines/index.js';

/** A sentence of ours about a suggestion; names in it stand apart, for they are the watched system's. */
export interface Remark {
  /** Whether a person should decide it: little spoke for it. */
  readonly isDoubt: boolean;
  readonly text: string;
  /** Hostile text. */
  readonly names: readonly string[];
}

/** A collection as it could be configured. Names of table and columns are hostile text. */
export interface Suggestion {
  /** Of a-z, 0-9 and _, unique among the suggestions. */
  readonly name: string;
  readonly kind: Kind;
  readonly table: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly secret: readonly string[];
  readonly author: readonly string[];
  readonly label: readonly string[];
  readonly personal: readonly string[];
  /** The column of JSON whose members are the records; null for one record a row. */
  readonly json: string | null;
  /** Rows, as far as known. */
  readonly rows: number | null;
  readonly remarks: readonly Remark[];
}

/** A table that is not suggested. */
export interface LeftOut {
  /** Hostile text. */
  readonly table: string;
  readonly reason: string;
  /** What it could be watched as all the same; null where that is not known. */
  readonly instead: Suggestion | null;
}

/** What `suggest` makes of a survey. */
export interface Suggestions {
  /** What matters most first. */
  readonly suggested: readonly Suggestion[];
  readonly leftOut: readonly LeftOut[];
}

/** Kinds in the order in which they matter to a thief. */
export const KIND_ORDER = [
  'admin',
  'permission',
  'access-link',
  'wallet-route',
  'terminal',
  'contact',
  'config',
] as const satisfies readonly Kind[];
export type SuggestedKind = (typeof KIND_ORDER)[number];
