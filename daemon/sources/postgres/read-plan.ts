import type { CollectionSnapshot, Definition } from '../../../baselines/index.js';
import type { WatchedCollection } from '../relational/reader.js';
import type { ReadPass } from '../relational/row-cache.js';
import { isWitness } from '../relational/witness.js';
import type { OnBegin } from '../source.js';
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
}

/** A table as it was read. */
export interface ReadTable {
  readonly identity: Identity;
  readonly columns: readonly Column[];
  readonly snapshot: CollectionSnapshot;
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
  const form = columns.map((column) => (column.json ? 'j' : 't')).join('');
  return one.rows.begin(form, createDecode(one.definition, columns, one.fingerprint, unreadKey), UNDECODABLE);
}

/** Whether each line ends in the mark of its row. */
export function isMarked({ definition, derived }: WatchedCollection, identity: Identity): boolean {
  return identity.marksRows && derived === null && !isWitness(definition);
}
