import type { Kind, RecordLine } from '../../baselines/index.js';

/** `ambiguous`: several observed records share the key, or the key holds a null. Always drift (invariant 4). */
export type ChangeType = 'added' | 'removed' | 'modified' | 'ambiguous';

/** One record that differs from the baseline. */
export interface Change {
  /**
   * Identity of the change: hex SHA-256 over site, collection, key, baseline digest and observed digest. A changed
   * drift has another fingerprint.
   */
  readonly fingerprint: string;
  readonly site: string;
  readonly collection: string;
  readonly kind: Kind;
  readonly type: ChangeType;
  /** Canonical text of the key. */
  readonly key: string;
  readonly before: RecordLine | null;
  /** Empty when removed, one record usually, several when ambiguous. */
  readonly after: readonly RecordLine[];
}

/** One field that differs, for people. The proof is in the digests; this only explains. */
export interface FieldChange {
  readonly field: string;
  /** Which of several observed records with this key, from 1; absent when there is one. */
  readonly record?: number;
  /** JSON pointer (RFC 6901) inside a json column, chosen by the watched system; absent when the whole field is meant. */
  readonly path?: string;
  /** How often the member stands at `path` on one of the sides, when more than once: parsers disagree which one counts. */
  readonly times?: number;
  /** Differing places of the same value left out after this one. */
  readonly placesLeftOut?: number;
  /** Encoded values (`encodeValue`); undefined where the record or the path does not exist on that side. */
  readonly before: string | null | undefined;
  readonly after: string | null | undefined;
}
