import type { CollectionSnapshot, Definition } from '../../baselines/index.js';
import type { AddressBook } from '../destinations/book.js';
import type { Change } from '../drift/change.js';
import { type ChangedLines, changedFields } from '../drift/fields.js';
import type { Logged, Subject } from '../finding.js';
import type { Indicators } from '../indicators/matcher.js';
import type { Activity } from '../sources/source.js';
import { destinationVerdicts } from './destination-verdicts.js';
import { matchesOf, matchesOfActivity } from './evidence/indicated.js';
import { type LabelFinder, NO_LABELS } from './labels.js';
import { linkEnded } from './link-ended.js';
import { type LookalikeFinder, lookalikeFinder } from './lookalike-records.js';

type ChangeOf = Extract<Subject, { what: 'change' }>;

/** What else is known of a changed record than what differs: names, and where money would go. */
export type Annotations = Pick<
  ChangeOf,
  | 'lookalikeOf'
  | 'labelFrom'
  | 'destinations'
  | 'namedDestination'
  | 'linkEnded'
  | 'activity'
  | 'indicators'
  | 'logged'
>;

export type Annotate = (change: Change) => Annotations;

/** What a collection is annotated by. */
export interface AnnotationSources {
  readonly definition: Definition | undefined;
  /** Its signed side; null where there is none. */
  readonly signed: CollectionSnapshot | null;
  /** Its observed side, for what else is paid to an address. */
  readonly observed: CollectionSnapshot | null;
  readonly labels: LabelFinder;
  /** The signed address book; null where nobody has signed one. */
  readonly book: AddressBook | null;
  /** Made before; made of the signed side when it is first needed where it is absent. */
  readonly lookalike?: LookalikeFinder | undefined;
  /** UTC milliseconds of the look, by which a link has run out; absent where nobody looks. */
  readonly nowMs?: number;
  /** What is known to be bad; absent where nobody asks. */
  readonly indicators?: Indicators | undefined;
  /** Addresses of the observed side that are customers'. */
  readonly customers?: ReadonlySet<string> | undefined;
  /** Who was active when the observed side was first read. */
  readonly activity?: Activity | undefined;
  /** What the change log says of a change. */
  readonly loggedAt?: ((change: Change) => Logged | undefined) | undefined;
}

/** Indicators that one change carries. */
const MOST_MATCHES = 8;

/** No annotations, where nothing else is at hand. */
export const NO_ANNOTATIONS: Annotate = () => ({});

type Hits = ReturnType<Indicators['ofRecord']>;

/** What a change put there that indicators know, by indicators, definition and change: it follows from these alone. */
const hits = new WeakMap<Indicators, WeakMap<Definition, WeakMap<Change, Hits>>>();

function hitsOf(change: Change, indicators: Indicators, definition: Definition): Hits {
  const ofIndicators = hits.get(indicators) ?? new WeakMap<Definition, WeakMap<Change, Hits>>();
  hits.set(indicators, ofIndicators);
  const ofDefinition = ofIndicators.get(definition) ?? new WeakMap<Change, Hits>();
  ofIndicators.set(definition, ofDefinition);
  const before = ofDefinition.get(change);
  if (before !== undefined) return before;
  const found = change.after.flatMap(({ line }) => indicators.ofRecord(line, definition));
  ofDefinition.set(change, found);
  return found;
}

/** Whether what differs is among the columns that a definition says money goes to. In a new record that is empty money goes nowhere. */
function changesNamed(lines: ChangedLines, definition: Definition | undefined): boolean {
  const named = definition?.destination ?? [];
  if (named.length === 0) return false;
  return changedFields(lines).some(
    ({ field, before, after }) => named.includes(field) && (before != null || after != null),
  );
}

/** Annotates the changes of one collection; what costs is done when it is first needed. */
export function annotator(sources: AnnotationSources): Annotate {
  const { definition, signed, observed, labels, book, nowMs, activity, indicators, loggedAt } = sources;
  const lookalike: LookalikeFinder =
    sources.lookalike ?? (signed === null ? () => undefined : lookalikeFinder(signed));
  const person = indicators === undefined ? [] : matchesOfActivity(indicators, activity);
  const known = (change: Change) => {
    if (indicators === undefined || definition === undefined) return [];
    const own = hitsOf(change, indicators, definition);
    return matchesOf([...own, ...person].slice(0, MOST_MATCHES), book);
  };
  const verdicts = destinationVerdicts({ definition, observed, book, customers: sources.customers });
  return (change) => {
    const lines = { before: change.before?.line ?? null, after: change.after.map(({ line }) => line) };
    const lookalikeOf = lookalike(change);
    const labelFrom = labels(definition, lines);
    const destinations = verdicts(change, lines);
    const matches = known(change);
    const logged = loggedAt?.(change);
    const ended = nowMs === undefined ? undefined : linkEnded(change, nowMs);
    return {
      ...(lookalikeOf === undefined ? {} : { lookalikeOf }),
      ...(labelFrom === undefined ? {} : { labelFrom }),
      ...(activity === undefined ? {} : { activity }),
      ...(matches.length === 0 ? {} : { indicators: matches }),
      ...(logged === undefined ? {} : { logged }),
      ...(ended === undefined ? {} : { linkEnded: ended }),
      ...(destinations.length === 0 ? {} : { destinations }),
      ...(changesNamed(lines, definition) ? { namedDestination: true as const } : {}),
    };
  };
}

/** Annotations by what people signed of the collection, where nothing else is at hand. */
export function bySignedSide(signed: CollectionSnapshot): Annotate {
  return annotator({ definition: signed.definition, signed, observed: null, labels: NO_LABELS, book: null });
}
