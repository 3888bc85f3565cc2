import type { Definition } from '../../../baselines/index.js';
import type { Failure } from './failure.js';
import { parseRelation, quoteLiteral } from './quote.js';
import type { Rows } from './session.js';

/** How a value's length is measured in the server before it may travel. */
export type Measure =
  /** Bounded by its type: it travels as it is. */
  | 'bounded'
  /** By the header of the stored value, without reading the value. */
  | 'text'
  | 'bpchar'
  | 'bytea'
  /** By the text its output function makes. Never through a cast: the owner of a type may define casts of it. */
  | 'output';

/** One watched column as the catalog had it in the snapshot. */
export interface Column {
  readonly name: string;
  readonly measure: Measure;
  readonly json: boolean;
}

/** What one watched relation is at one instant. */
export type Identity =
  | {
      readonly readable: true;
      /** Changes when the relation, its watched columns or a descendant is replaced, altered, truncated or rewritten. */
      readonly mark: string;
      /** Those of the definition, key first. */
      readonly columns: readonly Column[];
    }
  | { readonly readable: false; readonly mark: string; readonly failure: Failure };

/** Built-in types have oids below this one; `pg_catalog` is namespace 11 (PostgreSQL, transam.h and pg_namespace.dat). */
const FIRST_USER_OID = 16384;
const PG_CATALOG = '11';

/**
 * Two statements: the relations of these definitions with all their descendants, and their watched columns. They name nothing outside
 * pg_catalog and need no right but to connect.
 */
export function identityQuery(definitions: readonly Definition[]): string {
  if (definitions.length === 0) return 'SELECT WHERE false; SELECT WHERE false';
  const relations = definitions.map((definition, i) => {
    const relation = parseRelation(definition.table) ?? { schema: '', name: '' };
    return `(${i}, ${quoteLiteral(relation.schema)}::name, ${quoteLiteral(relation.name)}::name)`;
  });
  const columns = definitions.flatMap((definition, i) =>
    [...definition.key, ...definition.columns].map((name) => `(${i}, ${quoteLiteral(name)}::name)`),
  );
  const watched = `watched (i, relid) AS (
    SELECT w.i, c.oid FROM (VALUES ${relations.join(', ')}) AS w (i, schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name)`;
  return `WITH RECURSIVE ${watched}, family (i, relid, root) AS (
    SELECT i, relid, true FROM watched
    UNION SELECT f.i, h.inhrelid, false FROM family f JOIN pg_catalog.pg_inherits h ON h.inhparent = f.relid)
  SELECT f.i, f.root, c.oid, c.xmin, c.relfilenode, c.relkind, f.root AND row_security_active(c.oid)
  FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.relid ORDER BY f.i, f.root DESC, c.oid;
  WITH ${watched}
  SELECT w.i, a.attname, a.attnum, a.xmin, a.atttypid, t.typnamespace, t.typtype, t.typlen, e.typtype
  FROM watched w JOIN pg_catalog.pg_attribute a ON a.attrelid = w.relid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN (VALUES ${columns.join(', ')}) AS v (i, name) ON v.i = w.i AND v.name = a.attname
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
  ORDER BY w.i, a.attnum`;
}

/** Judges what the two statements of `identityQuery` returned: one identity for each definition, in their order. */
export function readIdentities(
  definitions: readonly Definition[],
  relations: Rows,
  columns: Rows,
): Identity[] {
  return definitions.map((definition, i) => {
    const index = String(i);
    const family = relations.filter((row) => row[0] === index);
    const own = columns.filter((row) => row[0] === index);
    const mark = JSON.stringify([family.map((row) => row.slice(1, 6)), own.map((row) => row.slice(1, 5))]);
    const judged = judge(definition, family, own);
    return 'cause' in judged
      ? { readable: false, mark, failure: judged }
      : { readable: true, mark, columns: judged };
  });
}

function judge(definition: Definition, family: Rows, own: Rows): Column[] | Failure {
  const root = family.find((row) => row[1] === 't');
  if (!root) return { cause: 'missing', detail: 'the table does not exist' };
  if (family.some((row) => row[5] !== 'r' && row[5] !== 'p')) {
    return {
      cause: 'not-a-table',
      detail:
        root[5] === 'r' || root[5] === 'p'
          ? 'one of its partitions or children is not a plain table'
          : 'it is not a plain or partitioned table',
    };
  }
  if (root[6] === 't') return { cause: 'row-security', detail: 'row security would hide rows from the role' };

  const columns: Column[] = [];
  for (const name of [...definition.key, ...definition.columns]) {
    const row = own.find((candidate) => candidate[1] === name);
    if (!row) return { cause: 'missing', detail: `the column ${JSON.stringify(name)} does not exist` };
    const column = columnOf(name, row);
    if (!column) {
      return {
        cause: 'not-a-table',
        detail: `the column ${JSON.stringify(name)} is of neither a built-in nor an enum type`,
      };
    }
    columns.push(column);
  }
  return columns;
}

const MEASURES = new Map<string, Measure>([
  ['17', 'bytea'],
  ['25', 'text'],
  ['1042', 'bpchar'],
  ['1043', 'text'], // varchar
]);
const JSON_TYPES = ['114', '3802'];

/** Null when the type is not one we read. */
function columnOf(name: string, row: Rows[number]): Column | null {
  const [, , , , oid, namespace, type, length, element] = row;
  const builtIn = namespace === PG_CATALOG && Number(oid) < FIRST_USER_OID && /^[brm]$/.test(type ?? '');
  if (!builtIn && type !== 'e' && element !== 'e') return null;
  const measure = Number(length) > 0 ? 'bounded' : (MEASURES.get(oid ?? '') ?? 'output');
  return { name, measure, json: JSON_TYPES.includes(oid ?? '') };
}
