import { atOnce, type CollectionSnapshot, type Definition, type Steps } from '../../baselines/index.js';
import type { AddressBook } from '../destinations/book.js';
import { type CollectionOutcome, compareInSteps } from '../drift/compare.js';
import type { Condition } from '../finding.js';
import { Indicators } from '../indicators/matcher.js';
import type { CollectionReading } from '../sources/source.js';
import { annotator } from './annotations.js';
import { type ConditionOptions, conditionsInSteps, unreachableCondition } from './conditions.js';
import {
  IndicatedCollection,
  type IndicatedSides,
  indicatedConditions,
  NOTHING_INDICATED,
} from './evidence/indicated.js';
import { type LabelFinder, labelFinder } from './labels.js';
import { lookalikesInSteps } from './lookalike-records.js';

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
  readonly indicators: Indicators;
}

interface Remembered {
  readonly signed: CollectionSnapshot | null;
  readonly reading: CollectionReading | null;
  /** The book that was whole when it was asked. */
  readonly book: AddressBook | null;
  readonly indicators: Indicators;
  readonly outcome: CollectionOutcome;
  readonly conditions: readonly Condition[];
}

/** What a site's collections are compared by: what people signed, and what was read, by collection. */
type Signed = ReadonlyMap<string, CollectionSnapshot>;
type Readings = ReadonlyMap<string, CollectionReading>;

/**
 * Compares the last readings of a site with a baseline. Unchanged snapshots are the same objects, so a collection is compared again
 * only when its snapshot or its signed side is another one.
 */
export class Comparison {
  readonly #configured: ReadonlyMap<string, Definition>;
  readonly #remembered = new Map<string, Remembered>();
  /** Compared before it counts. */
  readonly #prepared = new Map<string, Remembered>();
  /** What was held against indicators already, by collection; forgotten with them. */
  readonly #indicated = new WeakMap<Indicators, Map<string, IndicatedCollection>>();
  #indicators: Indicators;

  constructor(
    private readonly site: string,
    private readonly definitions: readonly Definition[],
    private readonly options: ConditionOptions,
  ) {
    this.#configured = new Map(definitions.map((definition) => [definition.name, definition]));
    this.#indicators = options.indicators ?? new Indicators([]);
  }

  /**
   * Holds everything that is known against other indicators, with whatever else there is to do in between, and resolves with how many records have one that
   * had none. Nothing is in force before `indicate`. Rejects with what is a defect.
   */
  async weigh(
    next: Indicators,
    { signed, readings }: { readonly signed: Signed; readonly readings: Readings },
    run: <T>(steps: Steps<T>) => Promise<T>,
  ): Promise<number> {
    let more = 0;
    for (const name of new Set([...this.#configured.keys(), ...signed.keys()])) {
      const sides = this.#sidesOf(name, signed, readings);
      const before = await run(this.#holdAgainst(name, sides, this.#indicators));
      const after = await run(this.#holdAgainst(name, sides, next));
      const known = new Set([...before.signed.keys(), ...before.observed.keys()].map(({ key }) => key));
      const found = new Set([...after.signed.keys(), ...after.observed.keys()].map(({ key }) => key));
      more += [...found].filter((key) => !known.has(key)).length;
    }
    return more;
  }

  /** Puts other indicators in force, by the next comparison. */
  indicate(next: Indicators): void {
    this.#indicators = next;
  }

  /**
   * Compares what was read of some collections, so that `compare` has it when they count: what is large takes turns with everything else meanwhile.
   * Never rejects: what throws is compared again by `compare`, which tells of it.
   */
  async prepare(
    { signed, readings, names }: { signed: Signed; readings: Readings; names: Iterable<string> },
    /** Runs the steps, with whatever else there is to do in between. */
    run: <T>(steps: Steps<T>) => Promise<T>,
  ): Promise<void> {
    for (const name of names) {
      const sides = this.#sidesOf(name, signed, readings);
      if (isOf(this.#remembered.get(name), sides)) continue;
      try {
        this.#prepared.set(name, await run(this.#compareInSteps(name, sides)));
      } catch {
        this.#prepared.delete(name);
      }
    }
  }

  compare(signed: Signed, readings: Readings): SiteComparison {
    const outcomes = new Map<string, CollectionOutcome>();
    const conditions: Condition[] = [];
    const defects: { collection: string; error: unknown }[] = [];
    const unreachable = unreachableSources(this.definitions, readings);
    for (const name of new Set([...this.#configured.keys(), ...signed.keys()])) {
      const sides = this.#sidesOf(name, signed, readings);
      // A configured collection that was not read since the start is neither same nor unknown yet.
      if (sides.reading === null && this.#configured.has(name)) continue;
      const one = this.#compareGuarded(name, sides, (error) => defects.push({ collection: name, error }));
      outcomes.set(name, one.outcome);
      if (unreachable.has(this.#configured.get(name)?.source ?? '')) continue;
      for (const condition of one.conditions) conditions.push(condition);
    }
    for (const [source, detail] of unreachable) {
      conditions.push(unreachableCondition(this.site, source, detail, this.options.unknownGraceMs));
    }
    return { outcomes, conditions, defects };
  }

  #sidesOf(name: string, signed: Signed, readings: Readings): Sides {
    const labels = labelFinder(signed, readings);
    const book = this.options.book?.() ?? null;
    const reading = readings.get(name) ?? null;
    return { signed: signed.get(name) ?? null, reading, labels, book, indicators: this.#indicators };
  }

  #compareGuarded(name: string, sides: Sides, onDefect: (error: unknown) => void): Remembered {
    try {
      return this.#compareOnce(name, sides);
    } catch (error) {
      onDefect(error);
      return this.#compareOnce(name, { ...sides, reading: UNCOMPARABLE });
    }
  }

  #compareOnce(name: string, sides: Sides): Remembered {
    const known = this.#remembered.get(name);
    if (known !== undefined && isOf(known, sides)) return known;
    const prepared = this.#prepared.get(name);
    this.#prepared.delete(name);
    const isReady = prepared !== undefined && isOf(prepared, sides);
    const fresh = isReady ? prepared : atOnce(this.#compareInSteps(name, sides));
    this.#remembered.set(name, fresh);
    return fresh;
  }

  *#compareInSteps(name: string, sides: Sides): Steps<Remembered> {
    const { signed, reading, labels, book, indicators } = sides;
    const { site, options } = this;
    // It may become whole on the way.
    const asked = wholeBook(book);
    const configured = this.#configured.get(name) ?? null;
    const worst = { most: MOST_CHANGES, listed: listedBefore(this.#remembered.get(name)) };
    const outcome = yield* compareInSteps({ site, configured, signed, reading, worst });
    const definition = signed?.definition ?? configured ?? undefined;
    const kind = configured?.kind ?? signed?.definition.kind ?? 'config';
    const observed = reading?.readable === true ? reading.snapshot : null;
    const isNew = outcome.outcome === 'drifted' && outcome.changes.some(({ type }) => type === 'added');
    const lookalike = signed !== null && isNew ? yield* lookalikesInSteps(signed) : undefined;
    const annotate = annotator({
      ...{ definition, signed, observed, labels, book, lookalike, indicators },
      activity: observed === null ? undefined : options.activityAt?.(observed),
      loggedAt: options.loggedAt,
      customers: observed === null ? undefined : options.customersAt?.(observed),
      ...(options.clock === undefined ? {} : { nowMs: options.clock() }),
    });
    const about = { name, kind };
    const drift = yield* conditionsInSteps(site, about, outcome, options, signed, annotate);
    const held = yield* this.#holdAgainst(name, sides, indicators);
    const known = yield* indicatedConditions(site, about, { ...held, outcome, book });
    return { signed, reading, outcome, conditions: [...drift, ...known], book: asked, indicators };
  }

  /** Which records of a collection have one of some indicators: of what was looked at before, only what changed is looked at. */
  *#holdAgainst(name: string, { signed, reading }: Sides, indicators: Indicators): Steps<IndicatedSides> {
    const definition = signed?.definition ?? this.#configured.get(name);
    if (definition === undefined || indicators.all.length === 0) return NOTHING_INDICATED;
    const collections = this.#indicated.get(indicators) ?? new Map<string, IndicatedCollection>();
    this.#indicated.set(indicators, collections);
    const before = collections.get(name);
    const collection =
      before?.isOf(definition) === true ? before : new IndicatedCollection(definition, indicators);
    collections.set(name, collection);
    return yield* collection.inSteps(signed, reading?.readable === true ? reading.snapshot : null);
  }
}

/** The book, when what it says is all there will be to say. */
function wholeBook(book: AddressBook | null): AddressBook | null {
  return book?.isComplete() === true ? book : null;
}

function isOf(known: Remembered | undefined, { signed, reading, book, indicators }: Sides): boolean {
  return (
    known !== undefined &&
    known.signed === signed &&
    known.indicators === indicators &&
    known.book === wholeBook(book) &&
    sameReading(known.reading, reading)
  );
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
