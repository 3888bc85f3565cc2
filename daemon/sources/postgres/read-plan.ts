import type { CollectionSnapshot, Definition } from '../../../baselines/index.js';
import type { WatchedCollection } from '../relational/reader.js';
import type { MovedPass, ReadPass } from '../relational/row-cache.js';
import { isWitness } from '../relational/witness.js';
import type { OnBegin } from '../source.js';
import type { Horizon } from './again/horizon.js';
import type { LightRows } from './again/light-rows.js';
import type { PostgresConfig } from './config.js';
import { createDecode } from './decode.js';
import type { Column, Identity } from './identify.js';
import type { StandbyWatch } from './standby.js';

/** Everything that reading some collections of one source needs. */
export interface ReadPlan {
  readonly config: PostgresConfig;
  readonly watched: readonly WatchedCollection[];
  /** Definitions of all the source's tables, of which the sensor tells. */
  readonly tables: readonly Definition[];
  /** See `createDecode`. */
  readonly unreadKey: string;
  readonly standby: StandbyWatch;
  readonly onBegin: OnBegin;
  /** Told of each table that was read whole and did not move meanwhile. */
  readonly onRead: (one: WatchedCollection, as: ReadTable) => void;
  /** Told of the sensor that was read. */
  readonly onSensor: (one: WatchedCollection, as: ReadSensor) => void;
}

/** The sensor as it was read, with what its statement was made from. */
export interface ReadSensor {
  readonly snapshot: CollectionSnapshot;
  /** See `sensorStatement`. */
  readonly knowsCluster: boolean;
  readonly occupied: readonly (string | null)[];
}

/** A table as it was read. */
export interface ReadTable {
  readonly identity: Identity;
  readonly columns: readonly Column[];
  readonly snapshot: CollectionSnapshot;
  /** Of the transaction that it was read in. */
  readonly horizon: Horizon | null;
  /** Of a table out of which records are derived: what of its rows is held; null where nothing is. */
  readonly light: LightRows | null;
}

/** Room for an answer to travel after the server's own limit, in milliseconds. */
export const TRAVEL_MS = 2000;

const UNDECODABLE = 'one of its records is not what COPY writes';

/** Begins to take the rows of a table's `copyStatement`. */
export function beginCopyPass(
  one: WatchedCollection,
  columns: readonly Column[],
  { unreadKey }: Pick<ReadPlan, 'unreadKey'>,
): ReadPass {
  const decode = createDecode(one.definition, columns, one.fingerprint, unreadKey);
  return one.rows.begin(formOf(columns), decode, UNDECODABLE);
}

/** Begins to take those of its rows that moved. Null where what was read before is not remembered. */
export function beginMovedPass(
  one: WatchedCollection,
  columns: readonly Column[],
  { unreadKey }: Pick<ReadPlan, 'unreadKey'>,
): MovedPass | null {
  const decode = createDecode(one.definition, columns, one.fingerprint, unreadKey);
  return one.rows.beginMoved?.(formOf(columns), decode) ?? null;
}

/** Everything that decoding depends on. */
function formOf(columns: readonly Column[]): string {
  return columns.map((column) => (column.json ? 'j' : 't')).join('');
}

/** Collections with more records, or more characters in them, are read in parts that let everything else go on. */
export const MOST_SMALL_RECORDS = 2_000;
const MOST_SMALL_CHARACTERS = 2_000_000;

/** Whether all of these together are small. */
export function areSmall(snapshots: readonly CollectionSnapshot[]): boolean {
  const records = snapshots.reduce((sum, one) => sum + one.records.length, 0);
  if (records > MOST_SMALL_RECORDS) return false;
  const characters = (one: CollectionSnapshot) => one.records.reduce((sum, { line }) => sum + line.length, 0);
  return snapshots.reduce((sum, one) => sum + characters(one), 0) <= MOST_SMALL_CHARACTERS;
}

export const isSensor = ({ definition }: WatchedCollection): boolean => definition.kind === 'sensor';

/** The sensor first: nobody waits for its catalogs, while a table is locked from its COPY to the end; and code of a table's owner runs only from then on. */
export function sensorFirst(watched: readonly WatchedCollection[]): WatchedCollection[] {
  return [...watched].sort((a, b) => Number(isSensor(b)) - Number(isSensor(a)));
}

/** Whether each line ends in the mark of its row. */
export function isMarked({ definition, derived }: WatchedCollection, identity: Identity): boolean {
  return identity.marksRows && derived === null && !isWitness(definition);
}

/** True for one table without children whose rows say by which transaction they were written. */
export function isAloneAndMarked({ family, marksRows }: Identity): boolean {
  return marksRows && family.length === 1;
}
