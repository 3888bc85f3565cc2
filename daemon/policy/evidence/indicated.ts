import type { CollectionSnapshot, Definition, RecordLine, Steps } from '../../../baselines/index.js';
import { SEVERITIES, type Severity } from '../../../notifiers/index.js';
import { recogniseAddress } from '../../destinations/address.js';
import type { AddressBook } from '../../destinations/book.js';
import type { CollectionOutcome } from '../../drift/compare.js';
import { fingerprint } from '../../drift/fingerprint.js';
import { sameRun } from '../../drift/same-run.js';
import type { Condition } from '../../finding.js';
import type { IndicatorMatch } from '../../indicators/indicator.js';
import type { Hit, Indicators } from '../../indicators/matcher.js';
import type { Activity } from '../../sources/source.js';
import type { Ranking } from '../severity.js';

/** Records of a snapshot that have an indicator; the very records of the snapshot. */
export type IndicatedRecords = ReadonlyMap<RecordLine, readonly Hit[]>;

/** The same of what people signed and of what was read. */
export interface IndicatedSides {
  readonly signed: IndicatedRecords;
  readonly observed: IndicatedRecords;
}

export const NOTHING_INDICATED: IndicatedSides = { signed: new Map(), observed: new Map() };

/** Records that are looked at in one step. */
const RECORDS_AT_ONCE = 256;
/** Records of one collection that are told one by one; the rest is counted. */
export const MOST_INDICATED = 100;

/** What a match comes to by itself, before its feed says how severe it is. */
const KNOWN: Ranking = { severity: 'low', reason: 'default for a known indicator' };
/** A feed that names a wallet of one's own is wrong, or somebody wrote it who wants real alarms to be distrusted. */
const POISONED: Ranking = { severity: 'high', reason: 'default for a feed that names an own address' };

interface Looked {
  readonly snapshot: CollectionSnapshot;
  readonly found: IndicatedRecords;
}

/** Which records of a collection have an indicator. A record that was looked at before, on either side, is not looked at again. */
export class IndicatedCollection {
  readonly #definition: Definition;
  readonly #indicators: Indicators;
  #signed: Looked | null = null;
  #observed: Looked | null = null;

  constructor(definition: Definition, indicators: Indicators) {
    this.#definition = definition;
    this.#indicators = indicators;
  }

  /** True for what this was made of. */
  isOf(definition: Definition): boolean {
    return this.#definition === definition;
  }

  *inSteps(signed: CollectionSnapshot | null, observed: CollectionSnapshot | null): Steps<IndicatedSides> {
    if (signed !== null) this.#signed = yield* this.#look(signed, this.#signed ?? this.#observed);
    if (observed !== null) this.#observed = yield* this.#look(observed, this.#observed ?? this.#signed);
    return {
      signed: (signed === null ? null : this.#signed?.found) ?? NOTHING_INDICATED.signed,
      observed: (observed === null ? null : this.#observed?.found) ?? NOTHING_INDICATED.observed,
    };
  }

  /** Both sides are ordered by key, so one walk finds every record that is new. */
  *#look(snapshot: CollectionSnapshot, before: Looked | null): Steps<Looked> {
    if (before?.snapshot === snapshot) return before;
    const known = before?.snapshot.records ?? [];
    const found = new Map<RecordLine, readonly Hit[]>();
    let at = 0;
    for (let index = 0; index < snapshot.records.length; index++) {
      if (before?.found.size === 0) {
        // Of the same ones nothing was found.
        const run = sameRun(known, at, snapshot.records, index);
        at += run;
        index += run;
        if (run > RECORDS_AT_ONCE) yield;
      }
      const record = snapshot.records[index];
      if (record === undefined) break;
      if (index % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) yield;
      while (at < known.length && isBefore(known[at], record)) at += 1;
      const same = isSame(known[at], record) ? known[at] : undefined;
      if (same !== undefined) at += 1;
      const hits =
        same === undefined
          ? this.#indicators.ofRecord(record.line, this.#definition)
          : before?.found.get(same);
      if (hits !== undefined && hits.length > 0) found.set(record, hits);
    }
    return { snapshot, found };
  }
}

/** In the order of records, which is that of bytes; JavaScript's own differs for few keys, which are then looked at again. */
function isBefore(known: RecordLine | undefined, record: RecordLine): boolean {
  return known !== undefined && !isSame(known, record) && known.key < record.key;
}

function isSame(known: RecordLine | undefined, record: RecordLine): boolean {
  return known === record || known?.digest === record.digest;
}

/** What hits say with a finding. A wallet that people signed as their own is told as that. */
export function matchesOf(hits: readonly Hit[], book: AddressBook | null): readonly IndicatorMatch[] {
  return hits.map(({ indicator, field }) => {
    const { kind, value, feed, incident, severity, falsePositives } = indicator;
    const own = kind === 'wallet-address' ? ownLabel(value, book) : undefined;
    return {
      ...{ kind, value, feed, incident, severity, field },
      ...(falsePositives === null ? {} : { falsePositives }),
      ...(own === undefined ? {} : { own }),
    };
  });
}

/** What is known of whoever was active. */
export function matchesOfActivity(indicators: Indicators, activity: Activity | undefined): readonly Hit[] {
  return (activity?.users ?? []).flatMap(({ user, address }) => indicators.ofPerson(user, address, 'who'));
}

function ownLabel(value: string, book: AddressBook | null): string | undefined {
  const address = book === null ? null : recogniseAddress(value.trim());
  const answer = address?.valid === true ? book?.ask(address.canonical) : undefined;
  return answer?.found === 'known' ? answer.label : undefined;
}

/** A ranking raised to that of its matches. One's own wallet raises nothing: whoever writes feeds must not choose what is an alarm. */
export function raised(ranking: Ranking, matches: readonly IndicatorMatch[] | undefined): Ranking {
  const place = (severity: Severity) => SEVERITIES.indexOf(severity);
  return (matches ?? []).reduce(
    (worst, { severity, incident, own }) =>
      own === undefined && place(severity) < place(worst.severity)
        ? { severity, reason: `known from ${incident}` }
        : worst,
    ranking,
  );
}

/**
 * Conditions for records that have an indicator and are told by no change of their own: those that people signed, those of a collection that nobody has
 * signed yet, and those of which there are too many. They are so for as long as the record is there or is signed.
 */
export function* indicatedConditions(
  site: string,
  { name: collection, kind }: Pick<Definition, 'name' | 'kind'>,
  sides: IndicatedSides & {
    readonly outcome: CollectionOutcome;
    readonly book: AddressBook | null;
  },
): Steps<readonly Condition[]> {
  const { signed, observed, outcome, book } = sides;
  const changed = new Set(outcome.outcome === 'drifted' ? outcome.changes.map(({ key }) => key) : []);
  const isSigned = new Set([...signed.keys()].map(({ digest }) => digest));
  const found = [...observed].filter(([{ key }]) => !changed.has(key));
  const told = new Set([...found.map(([{ key }]) => key), ...[...observed.keys()].map(({ key }) => key)]);
  const all = [...found, ...[...signed].filter(([{ key }]) => !told.has(key))];
  const listed: Condition[] = [];
  for (const [{ key, digest }, hits] of all.slice(0, MOST_INDICATED)) {
    if (listed.length % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) yield;
    const matches = matchesOf(hits, book);
    const identity = matches.map(({ kind: of, value, incident, own = null }) => [of, value, incident, own]);
    listed.push({
      fingerprint: fingerprint('indicator', site, collection, key, ...identity),
      ...raised(matches.some(({ own }) => own !== undefined) ? POISONED : KNOWN, matches),
      graceMs: 0,
      subject: {
        what: 'indicator',
        collection,
        kind,
        key,
        signed: isSigned.has(digest),
        matches,
        records: 1,
      },
    });
  }
  if (all.length <= MOST_INDICATED) return listed;
  return [...listed, manyIndicated(site, { name: collection, kind }, all.length)];
}

function manyIndicated(
  site: string,
  { name: collection, kind }: Pick<Definition, 'name' | 'kind'>,
  records: number,
) {
  return {
    fingerprint: fingerprint('indicators', site, collection, String(records)),
    severity: 'high' as const,
    reason: 'default for more known indicators than are told one by one',
    graceMs: 0,
    subject: { what: 'indicator' as const, collection, kind, key: null, signed: false, matches: [], records },
  };
}
