import {
  type CollectionSnapshot,
  canonicalDefinition,
  type Definition,
  sameDefinition,
} from '../../../baselines/index.js';
import { SEVERITIES } from '../../../notifiers/index.js';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import type { AddressBook } from '../../destinations/book.js';
import { wholeBook } from '../../destinations/signed-book.js';
import type { Change } from '../../drift/change.js';
import { definitionDifferences } from '../../drift/definition-difference.js';
import { changesBetween } from '../../drift/diff.js';
import { divertsMoney } from '../../drift/diverts.js';
import { explain } from '../../drift/explain.js';
import { fingerprint } from '../../drift/fingerprint.js';
import type { SuppressedBy } from '../../finding.js';
import type { Indicators } from '../../indicators/matcher.js';
import { shippedIndicators } from '../../indicators/shipped.js';
import { type AnnotationSources, type Annotations, annotator } from '../../policy/annotations.js';
import { labelFinder } from '../../policy/labels.js';
import { placeChange } from '../../policy/sensor-reach.js';
import { type SeverityRule, severityOf } from '../../policy/severity.js';
import { ID_DIGITS } from '../text/change-text.js';
import { projectedPair } from './projection.js';

/** A whole collection that is new, gone, or read in another way. Accepted or left as one. */
export interface CollectionDifference {
  readonly what: 'collection';
  readonly site: string;
  /** Hex SHA-256 over both sides. */
  readonly fingerprint: string;
  readonly name: string;
  readonly before: CollectionSnapshot | null;
  readonly after: CollectionSnapshot | null;
  /** Aspects of the definition that differ: `table`, `columns`, … Empty when new or gone. */
  readonly aspects: readonly (keyof Definition)[];
  /**
   * Records that differ in what both definitions read, so that no change hides behind a new definition. Null when they
   * share too little to be compared.
   */
  readonly changes: readonly Change[] | null;
}

/** One record of a collection that both sides define alike. */
export interface RecordDifference {
  readonly what: 'record';
  readonly fingerprint: string;
  readonly change: Change;
  readonly annotations: Annotations;
  /** Columns that the definition says money goes to. */
  readonly destination?: readonly string[] | undefined;
  /** What people signed in advance that covers it. */
  readonly suppression?: SuppressedBy | undefined;
  /** Of a database that is another one: how many records differ only for that reason. */
  readonly leads?: number;
  /** Of such a record: the fingerprint of the one that leads. */
  readonly follows?: string;
}

export type Difference = CollectionDifference | RecordDifference;

type Collections = ReadonlyMap<string, CollectionSnapshot>;

/**
 * Everything that differs between two states of a site, by our own digests: definitions first, then records, those of the
 * most severe collections first.
 */
export function differencesBetween(
  site: string,
  before: Collections,
  after: Collections,
  rules: readonly SeverityRule[],
  /** The address book that people signed; null where there is none. */
  book: AddressBook | null = null,
  /** What this machine knows from incidents elsewhere. */
  indicators: Indicators = shippedIndicators,
): Difference[] {
  const rank = (name: string): number => {
    const kind = (after.get(name) ?? before.get(name))?.definition.kind ?? 'config';
    return SEVERITIES.indexOf(severityOf(rules, { kind, collection: name, fields: [null] }).severity);
  };
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(
    (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
  );
  const readings = new Map(
    [...after].map(([name, snapshot]) => [name, { readable: true as const, snapshot }] as const),
  );
  const labels = labelFinder(before, readings);
  const differences = names.flatMap((name) =>
    ofCollection({ site, name, labels, book, indicators }, before.get(name) ?? null, after.get(name) ?? null),
  );
  return [
    ...differences.filter(({ what }) => what === 'collection'),
    ...differences.filter(({ what }) => what === 'record'),
  ];
}

/** The same with what the signed address book says, which is derived only where something differs. */
export async function differencesToReview(
  site: string,
  before: Collections,
  after: Collections,
  { rules, indicators }: Pick<ApprovalBackend, 'rules' | 'indicators'>,
): Promise<Difference[]> {
  const differs = [...after].some(
    ([name, { recordsDigest }]) => before.get(name)?.recordsDigest !== recordsDigest,
  );
  const book = differs ? await wholeBook(before) : null;
  return differencesBetween(site, before, after, rules, book, indicators());
}

function ofCollection(
  {
    site,
    name,
    labels,
    book,
    indicators,
  }: { readonly site: string; readonly name: string } & Pick<
    AnnotationSources,
    'labels' | 'book' | 'indicators'
  >,
  before: CollectionSnapshot | null,
  after: CollectionSnapshot | null,
): Difference[] {
  if (before !== null && after !== null && sameDefinition(before.definition, after.definition)) {
    const { definition } = before;
    const annotate = annotator({
      definition,
      signed: before,
      observed: after,
      labels,
      book,
      indicators,
    });
    const records = changesBetween(site, before, after).map(
      (change): RecordDifference => ({
        what: 'record',
        fingerprint: change.fingerprint,
        change,
        annotations: annotate(change),
        destination: definition.destination,
      }),
    );
    return definition.kind === 'sensor' ? withMoves(records) : records;
  }
  if (before === null && after === null) return [];
  const id = fingerprint('definition', site, name, identityOf(before), identityOf(after));
  const pair = before !== null && after !== null ? projectedPair(before, after) : null;
  return [
    {
      what: 'collection',
      site,
      fingerprint: id,
      name,
      before,
      after,
      aspects: before && after ? definitionDifferences(before.definition, after.definition) : [],
      changes: pair === null ? null : changesBetween(site, pair.before, pair.after),
    },
  ];
}

/** Where a sensor says that its database is another one: that first, what differs only for that reason last. */
function withMoves(records: readonly RecordDifference[]): RecordDifference[] {
  const placed = records.map((record) => ({ record, place: placeOf(record.change) }));
  const lead = placed.find(({ place }) => place === 'another')?.record;
  if (lead === undefined) return [...records];
  const followers = placed.filter(({ place }) => place === 'follows').map(({ record }) => record);
  return [
    { ...lead, leads: followers.length },
    ...records.filter((record) => record !== lead && !followers.includes(record)),
    ...followers.map((record) => ({ ...record, follows: lead.fingerprint })),
  ];
}

function placeOf({ type, before, after }: Change) {
  return placeChange(type, { before: before?.line ?? null, after: after.map(({ line }) => line) });
}

/** The same for a definition however the configuration orders its columns. */
function identityOf(snapshot: CollectionSnapshot | null): string | null {
  if (snapshot === null) return null;
  return JSON.stringify([canonicalDefinition(snapshot.definition), snapshot.recordsDigest]);
}

/** Whether a person can sign it as it is: a key that is there twice, or that holds a null, is no state to approve. */
export function isAcceptable(difference: Difference): boolean {
  return difference.what === 'collection' || difference.change.type !== 'ambiguous';
}

/** The same, each change that people signed in advance with who did. */
export function withSuppressions(
  differences: readonly Difference[],
  suppressed: (changes: readonly Change[]) => ReadonlyMap<string, SuppressedBy>,
): Difference[] {
  const marks = suppressed(differences.flatMap((one) => (one.what === 'record' ? [one.change] : [])));
  return differences.map((one) =>
    one.what === 'record' ? { ...one, suppression: marks.get(one.fingerprint) } : one,
  );
}

/** The same, those that can send money elsewhere first, then definitions, then the rest as it was. */
export function moneyFirst(differences: readonly Difference[]): Difference[] {
  const rank = (one: Difference) => (movesMoney(one) ? 0 : one.what === 'collection' ? 1 : 2);
  return [0, 1, 2].flatMap((wanted) => differences.filter((one) => rank(one) === wanted));
}

/** Whether a change is of a wallet route and touches where its money goes, or the whole route. */
export function movesMoney(difference: Difference): boolean {
  if (difference.what === 'collection') return false;
  const { kind, type } = difference.change;
  if (kind !== 'wallet-route') return false;
  const { before, after } = difference.change;
  const lines = { before: before?.line ?? null, after: after.map(({ line }) => line) };
  const names = explain(lines).flatMap(({ field, path }) => (path === undefined ? [field] : [field, path]));
  return type !== 'modified' || divertsMoney(kind, names, difference.destination);
}

/** Digits of a fingerprint that tell these differences apart; `ID_DIGITS` at least. */
export function idLength(differences: readonly Difference[]): number {
  for (let digits = ID_DIGITS; digits < 64; digits++) {
    const ids = new Set(differences.map(({ fingerprint }) => fingerprint.slice(0, digits)));
    if (ids.size === differences.length) return digits;
  }
  return 64;
}
