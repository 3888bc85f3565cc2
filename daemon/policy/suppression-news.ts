import {
  type CollectionSnapshot,
  type ExpectedChange,
  expectedLine,
  type VerifiedExcuse,
} from '../../baselines/index.js';
import { linesWithKey } from '../drift/find.js';
import { holdsAlike } from './suppress.js';

/** An excuse as the store remembers it. */
export interface KnownExcuse {
  readonly digest: string;
  readonly site: string;
  readonly id: string;
  readonly signers: readonly string[];
  /** UTC milliseconds. */
  readonly untilMs: number;
  /**
   * in-force ─▶ settled (an expectation whose window is over and was looked at) ─▶ over; withdrawn from either, for ever: one that
   * was taken away and comes back does not count.
   */
  readonly state: 'in-force' | 'settled' | 'over' | 'withdrawn';
  /** Changes that it kept from waking people. */
  readonly covered: number;
}

/** Something about the excuses of a site that is recorded, and told where people must know of it. */
export type ExcuseNews =
  | { readonly what: 'in-force'; readonly excuse: VerifiedExcuse }
  | { readonly what: 'withdrawn'; readonly known: KnownExcuse }
  /** The window of an expectation is over; `missing` are the changes that are not as expected. */
  | {
      readonly what: 'settled';
      readonly known: KnownExcuse;
      readonly excuse: VerifiedExcuse;
      readonly missing: readonly ExpectedChange[];
    }
  | { readonly what: 'over'; readonly known: KnownExcuse };

/** Compares the excuses on disk with those the store knows of. */
export function excuseNews(input: {
  /** Those that count. */
  readonly excuses: readonly VerifiedExcuse[];
  /** Ids of all that lie on disk, whether they count or not; null when that could not be seen. */
  readonly present: ReadonlySet<string> | null;
  readonly known: readonly KnownExcuse[];
  /** What was last observed, by collection, of those that could be read. */
  readonly observed: ReadonlyMap<string, CollectionSnapshot>;
  readonly nowMs: number;
}): readonly ExcuseNews[] {
  const { excuses, present, observed, nowMs } = input;
  const known = new Set(input.known.map(({ digest }) => digest));
  const taken = excuses.filter(({ digest, untilMs }) => !known.has(digest) && nowMs < untilMs);
  return [
    ...taken.map((excuse) => ({ what: 'in-force' as const, excuse })),
    ...input.known.flatMap((one) => newsOf(one) ?? []),
  ];

  function newsOf(one: KnownExcuse): ExcuseNews | null {
    if (one.state === 'over' || one.state === 'withdrawn') return null;
    if (nowMs >= one.untilMs) return { what: 'over', known: one };
    if (present !== null && !present.has(one.id)) return { what: 'withdrawn', known: one };
    const excuse = excuses.find(({ digest }) => digest === one.digest);
    if (one.state === 'settled' || excuse?.type !== 'expectation') return null;
    const { changes, notAfter } = excuse.expectation;
    const seen = changes.every(({ collection }) => observed.has(collection));
    if (nowMs <= Date.parse(notAfter) || !seen) return null;
    const missing = changes.filter((change) => !isAsExpected(change, observed.get(change.collection)));
    return { what: 'settled', known: one, excuse, missing };
  }
}

function isAsExpected(change: ExpectedChange, observed: CollectionSnapshot | undefined): boolean {
  const { key, after } = change;
  if (observed === undefined) return false;
  if (key === null) return holdsAlike(observed, after);
  const line = expectedLine(change, after)?.line;
  const lines = linesWithKey(observed, JSON.stringify(key));
  return lines.length === (line === undefined ? 0 : 1) && lines[0] === line;
}
