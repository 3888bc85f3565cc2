import { type Definition, tableColumns } from '../../../baselines/index.js';
import type { ReadFailure } from '../relational/failure.js';
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

/** One watched relation at one instant. */
export interface Identity {
  /**
   * Catalog rows through which its name and the text of its values are resolved, each with what changes when it is replaced, renamed, altered,
   * truncated or rewritten. See `marksQueries`.
   */
  readonly marks: readonly string[];
  /** Oids of the schema its name is looked up in, and of the types of its columns that are not built in. */
  readonly schemas: readonly string[];
  readonly types: readonly string[];
  /** Oids of the relation and all its descendants. */
  readonly family: readonly string[];
  /** Whether our role may read the mark that each write leaves on a row (`xmin`). */
  readonly marksRows: boolean;
  /** The columns that the definition reads, as `tableColumns` orders them, or why it cannot be read. */
  readonly columns: readonly Column[] | ReadFailure;
}

/** Built-in types have oids below this one; `pg_catalog` is namespace 11 (PostgreSQL, transam.h and pg_namespace.dat). */
const FIRST_USER_OID = 16384;
const PG_CATALOG = '11';

/** Each says what it is of: all of them are looked for among all, and numbers of one kind of row may be those of another. */
const CLASS_MARK = `concat_ws(' ', 'class', c.oid, c.xmin, c.relfilenode)`;
const COLUMN_MARK = `concat_ws(' ', 'column', a.attrelid, a.attnum, a.xmin)`;
/** A child that is taken out and put back is one row less and a new one: nothing of the child itself moves. */
const HEIR_MARK = `concat_ws(' ', 'heir', h.inhparent, h.inhrelid, h.xmin)`;
const SCHEMA_MARK = `concat_ws(' ', 'schema', n.oid, n.xmin)`;
/** Of an enum or an array of one, with its labels: a label that is renamed changes what every value of the type reads as. */
const TYPE_MARK = `concat_ws(' ', 'type', t.oid, t.xmin, (SELECT e.xmin FROM pg_catalog.pg_type e WHERE e.oid = t.typelem),
  (SELECT encode(sha256(convert_to(string_agg(concat_ws(' ', l.oid, l.xmin), ',' ORDER BY l.oid), 'UTF8')), 'hex')
    FROM pg_catalog.pg_enum l WHERE l.enumtypid IN (t.oid, t.typelem)))`;

/**
 * Two statements: the relations of these definitions with their columns, and all their descendants. They name nothing outside pg_catalog
 * and need no right but to connect. Types are looked up by sub-select: joined, they would double the planning, which is most of the cost.
 */
export function identityQuery(definitions: readonly Definition[]): string {
  if (definitions.length === 0) return 'SELECT WHERE false; SELECT WHERE false';
  const relations = definitions.map((definition, i) => {
    const relation = parseRelation(definition.table) ?? { schema: '', name: '' };
    return `(${i}, ${quoteLiteral(relation.schema)}::name, ${quoteLiteral(relation.name)}::name)`;
  });
  const watched = `(VALUES ${relations.join(', ')}) AS w (i, schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name`;
  return `SELECT w.i, c.oid, ${CLASS_MARK}, c.relkind, row_security_active(c.oid), a.attname, ${COLUMN_MARK}, a.atttypid,
    (SELECT concat_ws(' ', t.typnamespace, t.typtype, t.typlen, (SELECT e.typtype FROM pg_catalog.pg_type e WHERE e.oid = t.typelem))
      FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid), n.oid, ${SCHEMA_MARK},
    CASE WHEN a.atttypid >= ${FIRST_USER_OID} THEN (SELECT ${TYPE_MARK} FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid) END,
    has_column_privilege(c.oid, (-2)::smallint, 'SELECT')
  FROM ${watched}
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attname IN (${[...new Set(definitions.flatMap(tableColumns))].map(quoteLiteral).join(', ')})
  ORDER BY w.i, a.attnum;
  WITH RECURSIVE family (i, oid, heir) AS (
    SELECT w.i, h.inhrelid, ${HEIR_MARK} FROM ${watched} JOIN pg_catalog.pg_inherits h ON h.inhparent = c.oid
    UNION SELECT f.i, h.inhrelid, ${HEIR_MARK} FROM family f JOIN pg_catalog.pg_inherits h ON h.inhparent = f.oid)
  SELECT f.i, c.oid, ${CLASS_MARK}, c.relkind, f.heir FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid ORDER BY f.i, c.oid`;
}

/** Identities out of the rows of the two statements of `identityQuery`: one for each definition, in their order. */
export function readIdentities(definitions: readonly Definition[], own: Rows, descendants: Rows): Identity[] {
  return definitions.map((definition, i) => {
    const mine = own.filter((row) => row[0] === String(i));
    const names = new Set(tableColumns(definition));
    const columns = mine.filter((row) => names.has(row[5] ?? ''));
    const children = descendants.filter((row) => row[0] === String(i));
    const family = [...mine.slice(0, 1), ...children];
    return {
      family: family.map((row) => row[1] ?? ''),
      marks: [
        ...mine.slice(0, 1).map((row) => row[10] ?? ''),
        ...family.map((row) => row[2] ?? ''),
        ...children.map((row) => row[4] ?? ''),
        ...columns.flatMap((row) => [row[6] ?? '', ...(row[11] ? [row[11]] : [])]),
      ],
      schemas: mine.slice(0, 1).map((row) => row[9] ?? ''),
      types: columns.flatMap((row) => (row[11] && row[7] ? [row[7]] : [])),
      marksRows: mine[0]?.[12] === 't',
      columns: judge(definition, mine[0], columns, children),
    };
  });
}

/**
 * The marks as they are by now, and of what descends from a relation parent and child. Statements of their own and not one of several parts: planning is most of the
 * cost, and of a UNION two thirds more than that of its parts.
 */
export function marksQueries(identities: readonly Identity[]): readonly string[] {
  const listed = (of: (identity: Identity) => readonly string[]) =>
    [...new Set(identities.flatMap(of))].join(', ');
  const oids = listed(({ family }) => family);
  if (oids === '') return [];
  const types = listed((identity) => identity.types);
  return [
    `SELECT ${CLASS_MARK} FROM pg_catalog.pg_class c WHERE c.oid IN (${oids})`,
    `SELECT ${COLUMN_MARK} FROM pg_catalog.pg_attribute a WHERE a.attrelid IN (${oids})`,
    `SELECT ${SCHEMA_MARK} FROM pg_catalog.pg_namespace n WHERE n.oid IN (${listed(({ schemas }) => schemas)})`,
    ...(types === '' ? [] : [`SELECT ${TYPE_MARK} FROM pg_catalog.pg_type t WHERE t.oid IN (${types})`]),
    `SELECT ${HEIR_MARK}, h.inhparent, h.inhrelid FROM pg_catalog.pg_inherits h WHERE h.inhparent IN (${oids})`,
  ];
}

/** Tells by the rows of all `marksQueries` whether an identity still stands: each of its marks is there, and nothing joined or left its family. */
export function marksStand(rows: Rows): (identity: Identity) => boolean {
  const marks = new Set(rows.map(([mark]) => mark));
  const joined = rows.filter(([, parent]) => parent !== undefined && parent !== null);
  return (identity) => {
    const family = new Set<string | null | undefined>(identity.family);
    const [, ...descendants] = identity.family;
    const children = new Set(joined.filter(([, parent]) => family.has(parent)).map(([, , child]) => child));
    return (
      identity.marks.every((mark) => marks.has(mark)) &&
      [...children].every((child) => family.has(child)) &&
      descendants.every((child) => children.has(child))
    );
  };
}

/** One statement, of one column: the names of a table's columns that the role may not read. */
export function withheldQuery({ table }: Definition): string {
  const relation = parseRelation(table) ?? { schema: '', name: '' };
  return `SELECT a.attname FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = ${quoteLiteral(relation.name)}::name
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = ${quoteLiteral(relation.schema)}::name
      AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')`;
}

function judge(
  definition: Definition,
  root: Rows[number] | undefined,
  own: Rows,
  children: Rows,
): Column[] | ReadFailure {
  if (!root) return { cause: 'missing', detail: 'the table does not exist' };
  const isTable = (kind: string | null | undefined) => kind === 'r' || kind === 'p';
  if (!isTable(root[3])) return { cause: 'not-a-table', detail: 'it is not a plain or partitioned table' };
  if (!children.every((child) => isTable(child[3]))) {
    return { cause: 'not-a-table', detail: 'one of its partitions or children is not a plain table' };
  }
  if (root[4] === 't') return { cause: 'row-security', detail: 'row security would hide rows from the role' };

  const columns: Column[] = [];
  for (const name of tableColumns(definition)) {
    const row = own.find((candidate) => candidate[5] === name);
    if (!row) return { cause: 'missing', detail: `the column ${JSON.stringify(name)} does not exist` };
    const column = columnOf(name, row);
    if (!column) {
      const detail = `the column ${JSON.stringify(name)} is of neither a built-in nor an enum type`;
      return { cause: 'not-a-table', detail };
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
  const oid = row[7] ?? '';
  const [namespace, type = '', length, element] = (row[8] ?? '').split(' ');
  const builtIn = namespace === PG_CATALOG && Number(oid) < FIRST_USER_OID && /^[brm]$/.test(type);
  if (!builtIn && type !== 'e' && element !== 'e') return null;
  const measure = Number(length) > 0 ? 'bounded' : (MEASURES.get(oid) ?? 'output');
  return { name, measure, json: JSON_TYPES.includes(oid) };
}
