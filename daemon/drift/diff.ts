import {
  atOnce,
  type CollectionSnapshot,
  compareUtf8,
  type Definition,
  type RecordLine,
  type Steps,
} from '../../baselines/index.js';
import type { Change, ChangeType } from './change.js';
import { fingerprint } from './fingerprint.js';
import { sameRun } from './same-run.js';

/**
 * Every record that differs, in key order, decided by our own digests alone (invariant 3). Both sides are ordered by `compareRecords`,
 * so one walk finds all of them. A history that grows has not changed. A key that several records share, or that holds a null, is a change even when both sides agree on it.
 */
export function changesBetween(
  site: string,
  signed: CollectionSnapshot,
  observed: CollectionSnapshot,
): Change[] {
  const changes: Change[] = [];
  for (const difference of differingRecords(signed, observed)) {
    if (difference !== undefined) changes.push(changeOf(site, signed.definition, difference));
  }
  return changes;
}

/** The records of one key that differ. */
export interface DifferingRecords {
  readonly type: ChangeType;
  readonly key: string;
  readonly befores: readonly RecordLine[];
  readonly afters: readonly RecordLine[];
}

/** Records after which the walk can be left, differ or not. */
const RECORDS_AT_ONCE = 1_024;

/**
 * The same walk, one difference at a time: whoever asks decides how much is made of how many. Undefined now and then: nothing differs there, and
 * something else may be done.
 */
export function* differingRecords(
  signed: CollectionSnapshot,
  observed: CollectionSnapshot,
): Generator<DifferingRecords | undefined, void, undefined> {
  const { history } = signed.definition;
  // Then the very same records on both sides are the only ones of their keys, and the keys of all of them need no look at each walk.
  const areAlone = !(yield* ambiguityInSteps(signed.records));
  let s = 0;
  let o = 0;
  for (let walked = 1; ; walked++) {
    const same = areAlone ? sameRun(signed.records, s, observed.records, o) : 0;
    s += same;
    o += same;
    if (same > RECORDS_AT_ONCE || walked % RECORDS_AT_ONCE === 0) yield undefined;
    if (isSameThere(signed.records, s, observed.records, o)) {
      s += 1;
      o += 1;
      continue;
    }
    const key = smallerKey(signed.records[s], observed.records[o]);
    if (key === undefined) return;
    const sEnd = groupEnd(signed.records, s, key);
    const oEnd = groupEnd(observed.records, o, key);
    const befores = signed.records.slice(s, sEnd);
    const afters = observed.records.slice(o, oEnd);
    const type = typeOf(key, befores, afters);
    if (type !== null && !(history && type === 'added')) yield { type, key, befores, afters };
    s = sEnd;
    o = oEnd;
  }
}

/** Whether both sides go on with one record that is the same, the only one of its key: nearly all of them, so it is looked at first. */
function isSameThere(
  signed: readonly RecordLine[],
  s: number,
  observed: readonly RecordLine[],
  o: number,
): boolean {
  const before = signed[s];
  const after = observed[o];
  if (before === undefined || after === undefined) return false;
  const { key } = before;
  return (
    (before === after || (key === after.key && before.digest === after.digest)) &&
    signed[s + 1]?.key !== key &&
    observed[o + 1]?.key !== key &&
    !keyHoldsNull(key)
  );
}

/** By the record that is there, or was: of all that differs, most is as it was at the look before. */
const made = new WeakMap<RecordLine, Change>();

/** The very change of the look before, where the records are the very same: what follows from it alone need not be found again. */
export function changeOf(
  site: string,
  definition: Pick<Definition, 'name' | 'kind'>,
  records: DifferingRecords,
): Change {
  const { befores, afters } = records;
  const place = afters[0] ?? befores[0];
  if (place === undefined || befores.length > 1 || afters.length > 1)
    return newChange(site, definition, records);
  const known = made.get(place);
  if (
    known !== undefined &&
    known.before === (befores[0] ?? null) &&
    known.after[0] === afters[0] &&
    known.type === records.type &&
    known.site === site &&
    known.collection === definition.name &&
    known.kind === definition.kind
  ) {
    return known;
  }
  const change = newChange(site, definition, records);
  made.set(place, change);
  return change;
}

function newChange(
  site: string,
  { name, kind }: Pick<Definition, 'name' | 'kind'>,
  { type, key, befores, afters }: DifferingRecords,
): Change {
  return {
    fingerprint: fingerprint('change', site, name, key, befores.map(digestOf), afters.map(digestOf)),
    site,
    collection: name,
    kind,
    type,
    key,
    before: befores[0] ?? null,
    after: afters,
  };
}

function typeOf(
  key: string,
  befores: readonly RecordLine[],
  afters: readonly RecordLine[],
): ChangeType | null {
  const [before] = befores;
  const [after] = afters;
  if (after === undefined) return 'removed';
  if (afters.length > 1 || befores.length > 1 || keyHoldsNull(key)) return 'ambiguous';
  if (before === undefined) return 'added';
  return before.digest === after.digest ? null : 'modified';
}

function smallerKey(a: RecordLine | undefined, b: RecordLine | undefined): string | undefined {
  if (a === undefined || b === undefined) return (a ?? b)?.key;
  return compareUtf8(a.key, b.key) <= 0 ? a.key : b.key;
}

/** Index after the last record from `from` on that has this key. */
function groupEnd(records: readonly RecordLine[], from: number, key: string): number {
  let end = from;
  while (records[end]?.key === key) end += 1;
  return end;
}

/** Whether records, in order, have a key twice or one that holds a null. */
export function hasAmbiguousKey(records: readonly RecordLine[]): boolean {
  return atOnce(ambiguityInSteps(records));
}

/** What was found of lists that do not change: a signed one is walked over at every difference. */
const ambiguous = new WeakMap<readonly RecordLine[], boolean>();

function* ambiguityInSteps(records: readonly RecordLine[]): Steps<boolean> {
  const known = ambiguous.get(records);
  if (known !== undefined) return known;
  let previous: string | undefined;
  let found = false;
  for (let at = 0; at < records.length && !found; at++) {
    const key = records[at]?.key ?? '';
    found = key === previous || keyHoldsNull(key);
    previous = key;
    if (at % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) yield;
  }
  ambiguous.set(records, found);
  return found;
}

function keyHoldsNull(key: string): boolean {
  return key.includes('null') && (JSON.parse(key) as unknown[]).includes(null);
}

const digestOf = (record: RecordLine): string => record.digest;
