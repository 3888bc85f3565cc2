import {
  type CollectionSnapshot,
  type ExpectedChange,
  isExpectedRecord,
  parseRecordLine,
  type VerifiedSuppression,
} from '../../baselines/index.js';
import { linesWithKey } from '../drift/find.js';
import { recordsAlikeIn } from './suppress.js';

/** A suppression as the store remembers it. */
export interface KnownSuppression {
  readonly digest: string;
  readonly site: string;
  readonly id: string;
  readonly type: VerifiedSuppression['type'];
  readonly signers: readonly string[];
  /** UTC milliseconds. */
  readonly untilMs: number;
  /**
   * in-force ─▶ settled (an expectation whose window is over and was looked at) ─▶ over; withdrawn from either, for ever: one that
   * was taken away and comes back does not count.
   */
  readonly state: 'in-force' | 'settled' | 'over' | 'withdrawn';
  /** Changes that woke nobody because of it. */
  readonly covered: number;
}

/** Something about the suppressions of a site that is recorded, and of which people are notified where they must know of it. */
export type SuppressionNews =
  | { readonly what: 'in-force'; readonly suppression: VerifiedSuppression }
  | { readonly what: 'withdrawn'; readonly known: KnownSuppression }
  /** The window of an expectation is over; `missing` are the changes that are not as expected. Of objects that it names by their sort nothing is missing. */
  | {
      readonly what: 'settled';
      readonly known: KnownSuppression;
      readonly suppression: VerifiedSuppression;
      readonly missing: readonly ExpectedChange[];
    }
  | { readonly what: 'over'; readonly known: KnownSuppression };

/** The differences between the suppressions on disk and those the store knows of. */
export function suppressionNews(input: {
  /** Those that count. */
  readonly suppressions: readonly VerifiedSuppression[];
  /** Ids of all that lie on disk, whether they count or not; null when that could not be seen. */
  readonly present: ReadonlySet<string> | null;
  readonly known: readonly KnownSuppression[];
  /** The snapshot last observed, by collection, of those that could be read. */
  readonly observed: ReadonlyMap<string, CollectionSnapshot>;
  readonly nowMs: number;
}): readonly SuppressionNews[] {
  const { suppressions, present, observed, nowMs } = input;
  const known = new Set(input.known.map(({ digest }) => digest));
  const taken = suppressions.filter(({ digest, untilMs }) => !known.has(digest) && nowMs < untilMs);
  return [
    ...taken.map((suppression) => ({ what: 'in-force' as const, suppression })),
    ...input.known.flatMap((one) => newsOf(one) ?? []),
  ];

  function newsOf(one: KnownSuppression): SuppressionNews | null {
    if (one.state === 'over' || one.state === 'withdrawn') return null;
    if (nowMs >= one.untilMs) return { what: 'over', known: one };
    if (present !== null && !present.has(one.id)) return { what: 'withdrawn', known: one };
    const suppression = suppressions.find(({ digest }) => digest === one.digest);
    if (one.state === 'settled' || suppression?.type !== 'expectation') return null;
    const { changes, notAfter } = suppression.expectation;
    const seen = changes.every(({ collection }) => observed.has(collection));
    if (nowMs <= Date.parse(notAfter) || !seen) return null;
    const missing = missingOf(changes, observed);
    return { what: 'settled', known: one, suppression, missing };
  }
}

function missingOf(
  changes: readonly ExpectedChange[],
  observed: ReadonlyMap<string, CollectionSnapshot>,
): readonly ExpectedChange[] {
  const isThere = recordsAlikeIn(observed);
  return changes.filter(({ collection, key, after }) => {
    if (key === null) return !isThere(collection, after);
    const snapshot = observed.get(collection);
    return snapshot === undefined || !isAsExpected(linesWithKey(snapshot, JSON.stringify(key)), after);
  });
}

function isAsExpected([line, ...others]: readonly string[], after: ExpectedChange['after']): boolean {
  if (line === undefined || after === null) return line === undefined && after === null;
  return others.length === 0 && isExpectedRecord(after, parseRecordLine(line).fields);
}
