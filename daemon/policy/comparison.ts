import type { CollectionSnapshot, Definition } from '../../baselines/index.js';
import type { AddressBook } from '../destinations/book.js';
import { type CollectionOutcome, compareCollection } from '../drift/compare.js';
import type { Condition } from '../finding.js';
import type { CollectionReading } from '../sources/source.js';
import { annotator } from './annotations.js';
import { type ConditionOptions, conditionsOfCollection, unreachableCondition } from './conditions.js';
import { type LabelFinder, labelFinder } from './labels.js';

/** The collections of a site as last seen, compared with what people signed. */
export interface SiteComparison {
  /** By collection, for every one that was read, and for those that people signed and nobody reads. */
  readonly outcomes: ReadonlyMap<string, CollectionOutcome>;
  readonly conditions: readonly Condition[];
  /** What comparing a collection threw: it is unknown then, and hides no other. */
  readonly defects: readonly { readonly collection: string; readonly error: unknown }[];
}

/** What a collection counts as that a defect of ours keeps from being compared. */
const UNCOMPARABLE: CollectionReading = {
  readable: false,
  cause: 'failed',
  detail: 'an internal error while it was compared, see the log',
};

/** Changes of one collection that are told one by one. More are counted, and the worst of them listed. */
export const MOST_CHANGES = 1_000;

/** What a collection is compared by. */
interface Sides {
  readonly signed: CollectionSnapshot | null;
  readonly reading: CollectionReading | null;
  readonly labels: LabelFinder;
  readonly book: AddressBook | null;
}

interface Remembered {
  readonly signed: CollectionSnapshot | null;
  readonly reading: CollectionReading | null;
  /** The book that was whole when it was asked. */
  readonly book: AddressBook | null;
  readonly outcome: CollectionOutcome;
  readonly conditions: readonly Condition[];
}

/**
 * Returns a function that compares the last readings of a site with a baseline. Unchanged snapshots are the same objects, so a
 * collection is compared again only when its snapshot or its signed side is another one.
 */
export function createComparison(
  site: string,
  definitions: readonly Definition[],
  options: ConditionOptions,
) {
  const configured = new Map(definitions.map((definition) => [definition.name, definition]));
  const remembered = new Map<string, Remembered>();

  return function compare(
    signed: ReadonlyMap<string, CollectionSnapshot>,
    readings: ReadonlyMap<string, CollectionReading>,
  ): SiteComparison {
    const outcomes = new Map<string, CollectionOutcome>();
    const conditions: Condition[] = [];
    const defects: { collection: string; error: unknown }[] = [];
    const labels = labelFinder(signed, readings);
    const book = options.book?.() ?? null;
    const unreachable = unreachableSources(definitions, readings);
    for (const name of new Set([...configured.keys(), ...signed.keys()])) {
      const reading = readings.get(name) ?? null;
      // A configured collection that was not read since the start is neither same nor unknown yet.
      if (reading === null && configured.has(name)) continue;
      const sides = { signed: signed.get(name) ?? null, reading, labels, book };
      const one = compareGuarded(name, sides, (error) => defects.push({ collection: name, error }));
      outcomes.set(name, one.outcome);
      if (unreachable.has(configured.get(name)?.source ?? '')) continue;
      for (const condition of one.conditions) conditions.push(condition);
    }
    for (const [source, detail] of unreachable) {
      conditions.push(unreachableCondition(site, source, detail, options.unknownGraceMs));
    }
    return { outcomes, conditions, defects };
  };

  function compareGuarded(name: string, sides: Sides, onDefect: (error: unknown) => void): Remembered {
    try {
      return compareOnce(name, sides);
    } catch (error) {
      onDefect(error);
      return compareOnce(name, { ...sides, reading: UNCOMPARABLE });
    }
  }

  function compareOnce(name: string, { signed, reading, labels, book }: Sides): Remembered {
    const known = remembered.get(name);
    const asked = book?.isComplete() === true ? book : null;
    if (known && known.signed === signed && known.book === asked && sameReading(known.reading, reading)) {
      return known;
    }
    const worst = { most: MOST_CHANGES, listed: listedBefore(known) };
    const outcome = compareCollection({
      ...{ site, configured: configured.get(name) ?? null, signed, reading, worst },
    });
    const definition = signed?.definition ?? configured.get(name);
    const kind = configured.get(name)?.kind ?? signed?.definition.kind ?? 'config';
    const observed = reading?.readable === true ? reading.snapshot : null;
    const annotate = annotator({ definition, signed, observed, labels, book });
    const conditions = conditionsOfCollection(site, { name, kind }, outcome, options, signed, annotate);
    const fresh = { signed, reading, outcome, conditions, book: asked };
    remembered.set(name, fresh);
    return fresh;
  }
}

/** Sources none of whose collections could be reached, with the reason: one condition instead of many. */
function unreachableSources(
  definitions: readonly Definition[],
  readings: ReadonlyMap<string, CollectionReading>,
): Map<string, string> {
  const sources = new Map<string, string>();
  for (const source of new Set(definitions.map((definition) => definition.source))) {
    const own = definitions.filter((definition) => definition.source === source);
    const seen = own.map((definition) => readings.get(definition.name));
    const [first] = seen;
    const all = seen.every((one) => one && !one.readable && one.cause === 'unreachable');
    if (all && first && !first.readable) sources.set(source, first.detail);
  }
  return sources;
}

function listedBefore(known: Remembered | undefined): ReadonlySet<string> {
  return new Set(known?.outcome.outcome === 'drifted' ? known.outcome.changes.map(({ key }) => key) : []);
}

function sameReading(a: CollectionReading | null, b: CollectionReading | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (a.readable && b.readable) return a.snapshot === b.snapshot && a.unread === b.unread;
  return !a.readable && !b.readable && a.cause === b.cause && a.detail === b.detail;
}
