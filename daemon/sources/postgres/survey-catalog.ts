import { type CatalogColumn, type CatalogTable, MAX_TABLES } from '../relational/survey/survey.js';
import type { ColumnType, SurveyProblem } from '../survey.js';
import { isIdentifier, relationText } from './quote.js';
import type { Rows } from './session.js';

/** Built-in types have oids below this one (PostgreSQL, transam.h). */
const FIRST_USER_OID = 16384;
const MAX_COLUMNS = 200_000;

/** One statement, of one value: whether the role could do more than read, in a way that code run by it would inherit. */
export function dangerQuery(): string {
  return `SELECT pg_catalog.bool_or(r.rolsuper OR r.rolname IN ('pg_execute_server_program', 'pg_write_server_files', 'pg_write_all_data'))
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user OR pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER')`;
}

/**
 * One statement: a row for each column of each table of people's own, with what we need to know of the table in each. Without partitions, which
 * are read through their parent, temporary tables, and tables of extensions.
 */
export function catalogQuery(): string {
  return `SELECT n.nspname, c.relname, c.relkind, c.reltuples::int8,
      row_security_active(c.oid), has_table_privilege(c.oid, 'SELECT'),
      (SELECT string_agg(k.key, ';' ORDER BY k.rank) FROM (
        SELECT (SELECT string_agg(u.attnum::text, ',' ORDER BY u.at) FROM unnest(i.indkey) WITH ORDINALITY u (attnum, at) WHERE u.at <= i.indnkeyatts) AS key,
          CASE WHEN i.indisprimary THEN 0 ELSE i.indnkeyatts + 1 END AS rank
        FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL) k),
      a.attnum, a.attname, a.attnotnull, a.atttypid, t.typname, concat_ws(' ', t.typnamespace, t.typtype, (SELECT e.typtype FROM pg_type e WHERE e.oid = t.typelem)),
      (SELECT count(*) FROM pg_class x JOIN pg_namespace y ON y.oid = x.relnamespace
        WHERE x.relkind IN ('r', 'p') AND NOT x.relispartition AND x.relpersistence <> 't' AND y.nspname !~ '^(pg_|information_schema$)')
    FROM (SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND n.nspname !~ '^(pg_|information_schema$)'
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY n.nspname, c.relname LIMIT ${MAX_TABLES}) c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
    ORDER BY n.nspname, c.relname, a.attnum LIMIT ${MAX_COLUMNS}`;
}

/** Tables out of the rows of `catalogQuery`. */
export function catalogTables(rows: Rows): {
  readonly tables: readonly CatalogTable[];
  readonly beyond: number;
} {
  const groups = new Map<string, Rows[number][]>();
  for (const row of rows) {
    const id = JSON.stringify([row[0], row[1]]);
    const group = groups.get(id);
    if (group) group.push(row);
    else groups.set(id, [row]);
  }
  const tables = [...groups.values()].map(tableOf);
  const all = Number(rows[0]?.[13] ?? 0);
  return { tables, beyond: Math.max(0, all - tables.length) };
}

function tableOf(rows: readonly Rows[number][]): CatalogTable {
  const [schema, name, , rowsText, secured, readable, keysText] = rows[0] ?? [];
  const relation = { schema: schema ?? '', name: name ?? '' };
  const columns = rows.map(columnOf);
  const notNull = new Set(rows.filter((row) => row[9] === 't').map((row) => row[7]));
  const names = new Map(rows.map((row) => [row[7], row[8] ?? '']));
  const keys = (keysText ?? '')
    .split(';')
    .map((key) => key.split(','))
    .filter((key) => key.every((number) => notNull.has(number)))
    .map((key) => key.map((number) => names.get(number) ?? ''));
  const estimate = Number(rowsText ?? -1);
  return {
    table: relationText(relation),
    name: relation.name,
    columns,
    keys,
    rows: estimate < 0 ? null : estimate,
    problem: problemOf(secured === 't', readable === 't', columns),
  };
}

function problemOf(
  isSecured: boolean,
  isReadable: boolean,
  columns: readonly CatalogColumn[],
): SurveyProblem | null {
  if (!isReadable) return 'denied';
  if (isSecured) return 'row-security';
  return columns.every(({ name }) => isIdentifier(name)) ? null : 'not-a-table';
}

const TYPES: ReadonlyMap<string, ColumnType> = new Map([
  ...['text', 'varchar', 'bpchar', 'name', 'inet', 'cidr', 'macaddr', 'xml'].map(
    (name) => [name, 'text'] as const,
  ),
  ...['int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'money', 'oid'].map(
    (name) => [name, 'number'] as const,
  ),
  ...['timestamp', 'timestamptz', 'date', 'time', 'timetz', 'interval'].map(
    (name) => [name, 'time'] as const,
  ),
  ['bool', 'boolean'],
  ['json', 'json'],
  ['jsonb', 'json'],
  ['bytea', 'bytes'],
  ['uuid', 'uuid'],
]);

/** As the reader judges columns: built-in types, enums and arrays of them. */
function columnOf(row: Rows[number]): CatalogColumn {
  const [namespace, kind = '', element] = (row[12] ?? '').split(' ');
  const isBuiltIn = namespace === '11' && Number(row[10]) < FIRST_USER_OID;
  const isReadable = isBuiltIn ? /^[brm]$/.test(kind) : kind === 'e' || element === 'e';
  return {
    name: row[8] ?? '',
    type: (isBuiltIn ? TYPES.get(row[11] ?? '') : undefined) ?? 'other',
    isNullable: row[9] !== 't',
    isReadable,
  };
}
