import {
  type CollectionSnapshot,
  type Definition,
  type ExpectedChange,
  encodeValue,
  type Fields,
  parseRecordLine,
  type RecordLine,
  type VerifiedBaseline,
} from '../../../baselines/index.js';
import { linesWithKey } from '../../drift/find.js';
import type { Sensor } from '../../sources/sensor.js';
import { shownName } from '../text/change-text.js';
import { type Entry, refusal } from './expectation-file.js';
import { createNeverMatches } from './never-matches.js';

/** In place of a secret's value: there will be one, and nobody can say which. */
const SET = 'set';

/**
 * The exact changes that entries speak of, from what the baseline in force holds. Throws `CLI_EXPECTATION` for what cannot be said
 * exactly, and for what can never be: columns left out, secrets (nobody can predict their fingerprint), records that are not, or are already, in the baseline.
 */
export function expectedChanges(
  entries: readonly Entry[],
  baseline: VerifiedBaseline,
  /** Of every kind of source. */
  sensors: readonly Sensor[],
): readonly ExpectedChange[] {
  if (entries.length === 0) throw refusal('the file', 'it holds nothing that is expected');
  const neverMatches = new Map(
    [...baseline.collections].map(([name, snapshot]) => [name, createNeverMatches(snapshot, sensors)]),
  );
  return entries.map((entry) => {
    const change = expectedChange(entry, baseline);
    const { collection, key, after: fields } = change;
    const appears = entry.verb === 'appears';
    const never = neverMatches.get(collection)?.({ key, fields, appears }) ?? null;
    if (never !== null) throw refusal(entry.place, `nothing will ever be as it says: ${never}`);
    return change;
  });
}

function expectedChange(entry: Entry, baseline: VerifiedBaseline): ExpectedChange {
  const { place, collection, verb } = entry;
  const snapshot = baseline.collections.get(collection);
  if (snapshot === undefined) {
    throw refusal(
      place,
      `baseline ${baseline.version} has no such collection; there is ${[...baseline.collections.keys()].join(', ')}`,
    );
  }
  const { definition } = snapshot;
  refuseUnknownColumns(entry, definition);
  const key = keyOf(entry, definition);
  const lines = key === null ? [] : linesWithKey(snapshot, JSON.stringify(key));
  const before = lines[0] === undefined ? null : parseRecordLine(lines[0]).fields;
  if (verb === 'appears') {
    if (before !== null) throw refusal(place, 'the baseline holds this record already; say "changes"');
    return { collection, key, before, after: newFields(entry, snapshot) };
  }
  if (before === null) throw refusal(place, 'the baseline holds no record with this key');
  if (verb === 'vanishes') return { collection, key, before, after: null };
  const after = new Map(
    [...before].map(([column, value]) => [column, changed(entry, definition, column, value)]),
  );
  if ([...after].every(([column, value]) => before.get(column) === value)) {
    throw refusal(place, 'it changes nothing of what the baseline holds');
  }
  return { collection, key, before, after };
}

function refuseUnknownColumns({ place, verb, values }: Entry, { key, columns, name }: Definition): void {
  const known = verb === 'vanishes' ? key : [...key, ...columns];
  const unknown = [...values.keys()].find((column) => !known.includes(column));
  if (unknown === undefined) return;
  const what = verb === 'vanishes' ? 'key columns' : 'columns';
  throw refusal(
    place,
    `${shownName(unknown)} is not among the ${what} of ${name}: ${known.map(shownName).join(', ')}`,
  );
}

/** Null for a new record of which no key column is given: the database chooses it. */
function keyOf({ place, verb, values }: Entry, { key, secret }: Definition): string[] | null {
  const hidden = key.find((column) => secret.includes(column));
  if (hidden !== undefined)
    throw refusal(place, `${shownName(hidden)} is a secret key, which nobody can predict`);
  if (verb === 'appears' && key.every((column) => !values.has(column))) return null;
  return key.map((column) => {
    const value = values.get(column);
    if (value === undefined || value === null) {
      throw refusal(place, `needed is ${key.map(shownName).join(', ')}, the key of the record`);
    }
    return encodeValue({ form: 'text', text: value });
  });
}

function newFields(entry: Entry, { definition, records }: CollectionSnapshot): Fields {
  const { columns, secret } = definition;
  const lacking = columns.filter((column) => !secret.includes(column) && !entry.values.has(column));
  if (lacking.length > 0) {
    throw refusal(
      entry.place,
      `a new record is expected whole; also needed: ${lacking.map(shownName).join(', ')}`,
    );
  }
  return new Map(
    columns.map((column) => {
      const value = entry.values.get(column) ?? null;
      if (!secret.includes(column)) return [column, encoded(value)];
      if (value === SET) return [column, encodeValue({ form: 'set' })];
      if (value !== null) throw secretRefusal(entry, column);
      refuseImpossible(entry, column, records);
      return [column, null];
    }),
  );
}

/** A record without a secret that each signed one has will not come: what was announced would then wake people although it was meant. */
function refuseImpossible({ place }: Entry, column: string, records: readonly RecordLine[]): void {
  if (records.length === 0) return;
  if (records.some(({ line }) => (parseRecordLine(line).fields.get(column) ?? null) === null)) return;
  throw refusal(
    place,
    `${shownName(column)} is secret and none, and every signed record has it; say "${SET}": any value of it is then expected`,
  );
}

function changed(entry: Entry, { secret }: Definition, column: string, before: string | null): string | null {
  const value = entry.values.get(column);
  if (value === undefined) return before;
  if (value !== null && secret.includes(column)) throw secretRefusal(entry, column);
  return encoded(value);
}

function secretRefusal({ place }: Entry, column: string): Error {
  return refusal(
    place,
    `${shownName(column)} is secret: only its fingerprint is compared, and nobody can predict that. Of a new record say "${SET}" for any value, or nothing for none; another value of a signed one is approved when it is there`,
  );
}

function encoded(text: string | null): string | null {
  return text === null ? null : encodeValue({ form: 'text', text });
}
