import type { Definition } from '../../../../baselines/index.js';
import { backtickTable, parseTableName, qualifiedName } from '../quote.js';
import type { ReplicationThread } from '../replica.js';
import type { ResultRows } from '../session.js';
import { FIXED_COLUMNS } from './objects.js';

/** Object, identity, definition as JSON, owner: the columns of the sensor collection. */
export type SensorRow = [object: string, identity: string, definition: string, owner: string | null];

const WIDTH = FIXED_COLUMNS.length;

/**
 * The rows that our procedures returned, as rows of the sensor collection. Columns and dictionary entries are kept of watched tables only, and
 * besides of any column that is computed: an upgrade of the application may add columns wherever it likes.
 */
export function sensorRows(told: ResultRows, tables: readonly Definition[]): SensorRow[] {
  const watched = new Set(tables.flatMap(({ table }) => watchedName(table) ?? []));
  const files = new Set(tables.flatMap(({ table }) => dictionaryName(table) ?? []));
  const rows: SensorRow[] = [];
  for (const row of told) {
    const [object, , first, second, third, owner] = row;
    if (object == null || first == null)
      throw new Error('the sensor gave a row without an object or identity');
    const parts = [first, second, third].filter((part): part is string => part != null);
    if (object === REPLICATION) continue;
    const definition = definitionOf(row);
    if (object === 'column') {
      const isWatched = watched.has(backtickTable({ schema: first, name: second ?? '' }));
      if (!isWatched && definition.get('generated') === null) continue;
    }
    if (object === 'innodb-table' && !files.has(first.replace(/#.*$/s, ''))) continue;
    rows.push([object, qualifiedName(parts), jsonOf(definition), owner ?? null]);
  }
  return rows;
}

/** The threads that replicate, of which no record is made. */
export function replicationThreads(told: ResultRows): ReplicationThread[] {
  return told
    .filter((row) => row[0] === REPLICATION)
    .map(definitionOf)
    .map((found) => ({ command: found.get('command') ?? '', state: found.get('state') ?? '' }));
}

/** The sort of object of which no record is made. */
export const REPLICATION = 'replication-thread';

/** Sorts of objects that our procedures do not tell of: what we ask for ourselves. */
export const OWN_OBJECTS = { procedure: 'procedure-of-ours', variable: 'variable' } as const;

function definitionOf(row: ResultRows[number]): ReadonlyMap<string, string | null> {
  const names = (row[1] ?? '').split(' ').filter((name) => name !== '');
  return new Map(names.map((name, i) => [name, row[WIDTH + i] ?? null]));
}

function jsonOf(definition: ReadonlyMap<string, string | null>): string {
  const members = [...definition].filter(([, value]) => value !== null);
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

function watchedName(table: string): string | null {
  const relation = parseTableName(table);
  return relation === null ? null : backtickTable(relation);
}

/** The name of a table in the dictionary of InnoDB, which is that of its file: `cas/crypto@002dsetting` (MySQL, "Mapping of Identifiers to File Names"). */
export function dictionaryName(table: string): string | null {
  const relation = parseTableName(table);
  if (relation === null) return null;
  const encode = (name: string) =>
    name.replace(/[^A-Za-z0-9_]/g, (letter) => `@${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `${encode(relation.schema)}/${encode(relation.name)}`;
}
