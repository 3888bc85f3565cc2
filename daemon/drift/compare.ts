import {
  atOnce,
  type CollectionSnapshot,
  type Definition,
  type Steps,
  sameDefinition,
} from '../../baselines/index.js';
import type { CollectionReading, UnreadableCause, UnreadRecords } from '../sources/source.js';
import type { Change } from './change.js';
import { definitionDifferencesInWords, shortDefinitionDigest } from './definition-difference.js';
import { changesBetween, hasAmbiguousKey } from './diff.js';
import { type MassChange, type WorstOptions, worstChangesInSteps } from './worst.js';

/** The outcome of comparing one collection: three outcomes, never two (invariant 4). */
export type CollectionOutcome =
  | { readonly outcome: 'same' }
  | {
      readonly outcome: 'drifted';
      /** In key order: all of them, or the worst when there is a `mass`. */
      readonly changes: readonly Change[];
      /** Absent when `changes` is all there is. */
      readonly mass?: MassChange;
      /** Records that could not be read: no change of them is known. Absent when all were. */
      readonly unread?: UnreadRecords;
    }
  | {
      readonly outcome: 'unknown';
      readonly cause: UnknownCause;
      /** Our words, configured names and codes only. */
      readonly detail: string;
      /** As of the reading. */
      readonly unreadForMs?: number;
    };

/** The sides from which one collection is compared. */
export interface CollectionComparison {
  readonly site: string;
  /** As the configuration defines it; null when it does not name it. */
  readonly configured: Definition | null;
  /** As the active baseline holds it; null when it does not. */
  readonly signed: CollectionSnapshot | null;
  /** The last read; null when it was not read. */
  readonly reading: CollectionReading | null;
  /** Bounds what is made of the changes; all are listed without it. */
  readonly worst?: WorstOptions;
}

/**
 * Compares one collection with what people signed. What stands in the way of comparing is named in this order: it is not read as
 * signed, it could not be read, nobody has signed it.
 */
export function compareCollection(sides: CollectionComparison): CollectionOutcome {
  return atOnce(compareInSteps(sides));
}

/** The same, to be left between its steps. */
export function* compareInSteps({
  site,
  configured,
  signed,
  reading,
  worst,
}: CollectionComparison): Steps<CollectionOutcome> {
  if (configured === null) {
    return unknown('not-configured', 'it is signed, but the configuration does not name it');
  }
  const read = reading?.readable === true ? reading.snapshot.definition : configured;
  for (const definition of [configured, read]) {
    if (signed !== null && !sameDefinition(signed.definition, definition)) {
      return unknown('definition-differs', describeDifference(signed.definition, definition));
    }
  }
  if (reading === null) return unknown('failed', 'it has not been read');
  if (!reading.readable) {
    const { cause, detail, unreadForMs } = reading;
    return { ...unknown(cause, detail), ...(unreadForMs === undefined ? {} : { unreadForMs }) };
  }
  if (signed === null) return unknown('unapproved', 'nobody has signed it yet');
  const { snapshot, unread: left } = reading;
  if (left === undefined) return yield* diffInSteps(site, signed, snapshot, worst);
  return yield* diffReadable({ site, signed, snapshot, left, worst });
}

/** Compares what could be read; what could not is unknown, and hides no change of the rest. */
function* diffReadable({
  site,
  signed,
  snapshot,
  left,
  worst,
}: {
  readonly site: string;
  readonly worst: WorstOptions | undefined;
  readonly signed: CollectionSnapshot;
  readonly snapshot: CollectionSnapshot;
  readonly left: UnreadRecords;
}): Steps<CollectionOutcome> {
  const records = signed.records.filter(({ key }) => !left.covers(key));
  // Of a part there is no signed digest; its records are compared one by one.
  const outcome = yield* diffInSteps(site, { ...signed, records, recordsDigest: '' }, snapshot, worst);
  return outcome.outcome === 'drifted' ? { ...outcome, unread: left } : unknown(left.cause, left.detail);
}

/** Compares the records of one collection; the definitions are known to be the same. */
export function diffCollection(...sides: Parameters<typeof diffInSteps>): CollectionOutcome {
  return atOnce(diffInSteps(...sides));
}

function* diffInSteps(
  site: string,
  signed: CollectionSnapshot,
  observed: CollectionSnapshot,
  worst?: WorstOptions,
): Steps<CollectionOutcome> {
  const agree = signed.recordsDigest === observed.recordsDigest;
  if (agree && !hasAmbiguousKey(observed.records)) return { outcome: 'same' };
  const { changes, mass } =
    worst === undefined
      ? { changes: changesBetween(site, signed, observed), mass: null }
      : yield* worstChangesInSteps(site, signed, observed, worst);
  if (changes.length > 0) return { outcome: 'drifted', changes, ...(mass === null ? {} : { mass }) };
  // What a history has more is no change: the walk has met every signed record as it was signed.
  if (signed.definition.history && observed.records.length > signed.records.length) {
    return { outcome: 'same' };
  }
  return unknown('failed', 'the records are equal one by one, but the digests of all of them are not');
}

function describeDifference(signed: Definition, configured: Definition): string {
  const aspects = definitionDifferencesInWords(signed, configured);
  const [was, is] = [signed, configured].map(shortDefinitionDigest);
  return `${aspects} not as people signed: signed ${was}, configured ${is}`;
}

function unknown(cause: UnknownCause, detail: string): CollectionOutcome {
  return { outcome: 'unknown', cause, detail };
}

/** Why a collection could not be compared with what people signed. */
export type UnknownCause =
  | UnreadableCause
  /** The configured definition is not the signed one. */
  | 'definition-differs'
  /** People signed this collection and the configuration no longer names it. */
  | 'not-configured'
  /** Nobody has signed this collection yet. */
  | 'unapproved';
