import type { Definition } from '../../../baselines/index.js';
import { sensorName } from '../sensor.js';
import { copyStatement } from './copy-statement.js';
import type { Column } from './identify.js';
import { parseRelation, quoteLiteral, type Relation } from './quote.js';
import { cataloguedObjects } from './sensor-catalog.js';
import type { SensorPart } from './sensor-sql.js';
import { watchedObjects } from './sensor-watched.js';

/** The columns of the sensor collection. `definition` is JSON, written by PostgreSQL's own functions out of the catalog. */
const COLUMNS: readonly Column[] = [
  { name: 'object', measure: 'text', json: false },
  { name: 'identity', measure: 'text', json: false },
  { name: 'definition', measure: 'text', json: true },
  { name: 'owner', measure: 'text', json: false },
];

export const SENSOR_TABLE = 'pg_catalog';

/** Every sort of object that some version of PostgreSQL is asked for. */
export const SENSOR_OBJECTS: readonly string[] = [
  ...['bound-setting', 'cast', 'constraint', 'constraint-trigger', 'conversion', 'database', 'default'],
  ...[
    'default-privileges',
    'domain',
    'enum',
    'event-trigger',
    'extension',
    'foreign-server',
    'foreign-table',
  ],
  ...[
    'function',
    'inheritance',
    'language',
    'membership',
    'namesake',
    'operator',
    'parameter-grant',
    'policy',
  ],
  ...['publication', 'role', 'row-security', 'rule', 'schema', 'setting', 'subscription'],
  ...['temporary-namesake', 'trigger', 'unmarked-table', 'watched-table'],
];

/** The collection that comes with every PostgreSQL source: what the watching itself, and the meaning of the watched rows, depend on. */
export function sensorDefinition(sourceName: string): Definition {
  return {
    name: sensorName(sourceName),
    kind: 'sensor',
    source: sourceName,
    table: SENSOR_TABLE,
    key: ['object', 'identity'],
    columns: ['definition', 'owner'],
    secret: [],
  };
}

export const sensorColumns = COLUMNS;

/** The statement that reads the sensor. `definitions` are the source's other collections. */
export function sensorStatement(options: {
  readonly definitions: readonly Definition[];
  readonly serverVersion: number;
  readonly maxRecords: number;
  readonly maxValueBytes: number;
  /** Whether our role may call `pg_control_system`, which is for everybody unless somebody revoked it. */
  readonly knowsCluster: boolean;
  /** The row that `occupiedQuery` answered in the same snapshot. */
  readonly occupied: readonly (string | null)[];
}): string {
  const relations = new Map<string, Relation>();
  for (const { table } of options.definitions) {
    const relation = parseRelation(table);
    if (relation) relations.set(JSON.stringify([relation.schema, relation.name]), relation);
  }
  return copyStatement({
    columns: COLUMNS,
    from: `(${sensorQuery([...relations.values()], options)}) AS sensor`,
    maxRecords: options.maxRecords,
    maxValueBytes: options.maxValueBytes,
  });
}

/**
 * One row per object. Names resolve in pg_catalog alone, since the transaction pins `search_path`. Functions that would wait for a lock
 * on the relation they describe (`pg_get_viewdef`, `pg_get_expr` with columns, …) are avoided: whoever locks a table must not blind the sensor.
 * Expressions over columns and views therefore stand as the SHA-256 of their stored form and what they read.
 */
function sensorQuery(relations: readonly Relation[], own: SensorForm): string {
  const watched = relations.map(
    ({ schema, name }) => `(${quoteLiteral(schema)}::name, ${quoteLiteral(name)}::name)`,
  );
  return `WITH RECURSIVE configured (schema, name) AS (
    VALUES ${watched.length > 0 ? watched.join(', ') : '(NULL::name, NULL::name)'}
  ), spaces AS (
    SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_(toast|temp_|toast_temp_)'
  ), relations AS (
    SELECT c.*, n.nspname, format('%I.%I', n.nspname, c.relname) AS title
    FROM pg_catalog.pg_class c JOIN spaces n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
  ), family (oid) AS (
    SELECT r.oid FROM relations r JOIN configured w ON r.nspname = w.schema AND r.relname = w.name
    UNION SELECT h.inhrelid FROM family f JOIN pg_catalog.pg_inherits h ON h.inhparent = f.oid
  )
  ${allObjects(own)}`;
}

/** What the part that is the same for every site depends on. */
interface SensorForm {
  readonly serverVersion: number;
  readonly knowsCluster: boolean;
  readonly occupied: readonly (string | null)[];
}

/**
 * One statement, of one row: of each catalog that is often empty whether anything is in it that the sensor asks for. Planning what finds nothing was a third
 * of what the sensor costs the server. It is asked in the snapshot that the sensor is read in, and so changes nothing of what is found.
 */
export function occupiedQuery(serverVersion: number): string {
  return kept(`occupied ${serverVersion}`, () => {
    const asked = amongOf(allParts(serverVersion, true)).map((among) => `EXISTS (SELECT FROM ${among})`);
    return `SELECT ${asked.join(', ')}`;
  });
}

function allObjects({ serverVersion, knowsCluster, occupied }: SensorForm): string {
  return kept(`objects ${[serverVersion, knowsCluster, ...occupied].join(' ')}`, () => {
    const parts = allParts(serverVersion, knowsCluster);
    // What is not said to be empty is asked for.
    const empty = new Set<string | null>(amongOf(parts).filter((_, i) => occupied[i] === 'f'));
    const asked = parts.filter(({ among }) => !empty.has(among));
    return asked.map(({ sql }) => sql).join('\n  UNION ALL ');
  });
}

function allParts(serverVersion: number, knowsCluster: boolean): SensorPart[] {
  return [...watchedObjects(serverVersion), ...cataloguedObjects(serverVersion, knowsCluster)];
}

function amongOf(parts: readonly SensorPart[]): string[] {
  return [...new Set(parts.flatMap(({ among }) => among ?? []))];
}

/** Up to 30,000 characters: put together anew for each read they cost as much as comparing what they find. */
const KEPT = new Map<string, string>();
/** A server may say any version of itself, and whoever owns a database may fill and empty its catalogs. */
const MOST_KEPT = 16;

function kept(form: string, make: () => string): string {
  const known = KEPT.get(form);
  if (known !== undefined) return known;
  if (KEPT.size >= MOST_KEPT) KEPT.clear();
  const text = make();
  KEPT.set(form, text);
  return text;
}
