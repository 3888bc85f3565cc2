import {
  type CollectionSnapshot,
  compareRecords,
  type Definition,
  type RecordLine,
} from '../../../baselines/index.js';
import type { Observation, RejectedChange } from '../../approvals/approval-backend.js';
import { type UnreadCollection, wholeReading } from '../../sources/source.js';

export type Collections = ReadonlyMap<string, CollectionSnapshot>;

/** A site as it is now, beside what people signed. */
export interface ObservedState {
  /** What was read. A collection that could not be read stands as it is signed: nothing about it can be approved. */
  readonly collections: Collections;
  /** Configured collections that could not be read. */
  readonly unread: readonly (readonly [name: string, reading: UnreadCollection])[];
  /** Names of configured collections that nobody has signed and that were not read: a baseline cannot hold them. */
  readonly missing: readonly string[];
  /** By collection, as signed, else as configured: for the names of columns. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** By fingerprint: who called it hostile first. */
  readonly hostile: ReadonlyMap<string, RejectedChange>;
}

/** The same records, those that are as signed being the signed ones: nobody needs a hundred thousand of them twice. */
function sharing(observed: CollectionSnapshot, signed: CollectionSnapshot | undefined): CollectionSnapshot {
  if (signed === undefined) return observed;
  let at = 0;
  const records = observed.records.map((record) => {
    // Both are in order, and most are shared already.
    while (isBefore(signed.records[at], record)) at++;
    const own = signed.records[at];
    return own?.digest === record.digest ? own : record;
  });
  return { ...observed, records };
}

function isBefore(signed: RecordLine | undefined, record: RecordLine): boolean {
  return signed !== undefined && signed !== record && compareRecords(signed, record) < 0;
}

export function observedState(
  { definitions: configured, readings, hostile: called }: Observation,
  signed: Collections,
): ObservedState {
  const collections = new Map<string, CollectionSnapshot>();
  const unread: ObservedState['unread'][number][] = [];
  const definitions = new Map<string, Definition>();
  for (const definition of configured) {
    const { name } = definition;
    const before = signed.get(name);
    const read = readings.get(name);
    const reading = read && wholeReading(read);
    definitions.set(name, before?.definition ?? definition);
    if (reading?.readable) collections.set(name, sharing(reading.snapshot, before));
    else {
      if (before !== undefined) collections.set(name, before);
      if (reading !== undefined) unread.push([name, reading]);
    }
  }
  for (const [name, { definition }] of signed) {
    if (!definitions.has(name)) definitions.set(name, definition);
  }
  const hostile = new Map([...called].reverse().map((one) => [one.fingerprint, one]));
  const missing = configured.flatMap(({ name }) => (collections.has(name) ? [] : [name]));
  return { collections, unread, missing, definitions, hostile };
}
