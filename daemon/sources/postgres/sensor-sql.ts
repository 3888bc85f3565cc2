import { PLACE, type Reach, SHOWN_CODE_CHARACTERS, WITHHELD_CODE } from '../sensor.js';

/** SQL of the sensor's queries that recurs. All of it is made of PostgreSQL's own functions. */

/**
 * SHA-256 of the stored form of something, in hex; null for null. `textsend` gives the same bytes as `convert_to` UTF-8, and refuses none in a database
 * that knows no encoding.
 */
export const digestOf = (expression: string): string =>
  `encode(sha256(textsend((${expression})::text)), 'hex')`;

/**
 * A stored expression or bound, without the places in the text that somebody typed: up to PostgreSQL 16 they are stored, and the same
 * thing typed with other blanks would be another. Names in it have their blanks behind backslashes and constants stand as bytes, so neither can look like one.
 */
export const storedForm = (tree: string): string =>
  `regexp_replace((${tree})::text, ' :location -?[0-9]+', '', 'g')`;

/** The same for a stored query, which also holds where its statement stood. Apart, for it costs twice as much. */
export const storedQuery = (tree: string): string =>
  `regexp_replace(${storedForm(tree)}, ' :stmt_(location|len) -?[0-9]+', '', 'g')`;

const MAY_BE_SECRET = 'passw|passphrase|secret|token|credential|(api|private|access)[ _-]?key';

/** The beginning of a text for people. Records decide by the digest beside it. Code that may hold a password is signed and sent unseen. */
export const readable = (expression: string): string =>
  `CASE WHEN (${expression}) ~* '${MAY_BE_SECRET}' THEN '${WITHHELD_CODE}' ELSE left(${expression}, ${SHOWN_CODE_CHARACTERS}) END`;

/**
 * A stored expression as the server prints it. Null for one that reads columns or tables: printing those waits for locks on their relations, and
 * whoever locks a table must not blind the sensor.
 */
export const printed = (tree: string): string =>
  `CASE WHEN (${tree})::text !~ '[{](VAR|QUERY|SUBLINK) ' THEN pg_get_expr(${tree}, 0) END`;

/** What is known of a stored expression: its text where it can be had, and a digest that is the same when it is typed again. */
interface Expression {
  readonly definition: Record<string, string>;
  /** The digest of one that cannot be printed, whose stored form another cluster or version writes otherwise. */
  readonly place: Record<string, string>;
}

export const expressionOf = (name: string, tree: string): Expression => ({
  definition: { [name]: readable(printed(tree)), [`${name}Sha256`]: digestOf(printed(tree)) },
  place: { [name]: `CASE WHEN ${printed(tree)} IS NULL THEN ${digestOf(storedForm(tree))} END` },
});

/** What code reads, out of the dependencies that the server keeps: relations with their columns, and functions. */
export const readsOf = (catalog: string, oid: string): string =>
  sorted(`SELECT DISTINCT CASE d.refclassid WHEN 'pg_catalog.pg_proc'::regclass THEN d.refobjid::regprocedure::text
    ELSE concat_ws('.', d.refobjid::regclass::text, quote_ident((SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0)::text)) END
    FROM pg_catalog.pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid}
    AND d.refclassid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)`);

/** `tgenabled`, `ev_enabled` and `evtenabled` in words. */
export const firing = (noun: string, letter: string): string =>
  `CASE ${letter} WHEN 'O' THEN 'on' WHEN 'D' THEN '${noun} switched off' WHEN 'R' THEN 'on for replication only' WHEN 'A' THEN 'always on' ELSE ${letter}::text END`;

/** Letters of `acldefault`, by what is granted on. */
const GRANTED_ON = {
  column: 'c',
  relation: 'r',
  database: 'd',
  function: 'f',
  language: 'l',
  schema: 'n',
  server: 'S',
} as const;

/**
 * An access control list as a JSON array in one order. One that was never written stands as what it means: a GRANT and its REVOKE leave the
 * same rights spelled out. Of an owner, MAINTAIN (PostgreSQL 17) is left out: he may do all that it allows, and did in older versions.
 */
export const grants = (on: keyof typeof GRANTED_ON, acl: string, owner: string): string => {
  const item =
    on === 'relation'
      ? `CASE WHEN (SELECT bool_and(x.grantee = ${owner}) FROM aclexplode(ARRAY[u.item]) x)
          THEN regexp_replace(u.item::text, 'm[*]?(?=[a-zA-Z*]*/[^/]*$)', '') ELSE u.item::text END`
      : 'u.item::text';
  return sorted(
    `SELECT ${item} FROM unnest(coalesce(${acl}, acldefault('${GRANTED_ON[on]}', ${owner}))) AS u (item)`,
  );
};

/** Names of columns as a JSON array, in the order of an array of their numbers. */
export const columnNames = (relid: string, numbers: string): string =>
  `to_json(ARRAY(SELECT a.attname FROM unnest(${numbers}) WITH ORDINALITY AS u (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relid} AND a.attnum = u.number ORDER BY u.place))`;

/** Names of roles as a JSON array; role 0 is PUBLIC. */
export const roleNames = (oids: string): string =>
  sorted(
    `SELECT CASE WHEN u.oid = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(u.oid)::text END FROM unnest(${oids}) AS u (oid)`,
  );

/** The texts of a query's one column as a JSON array in byte order, whatever the database's collation. */
export const sorted = (query: string): string =>
  `to_json(ARRAY(SELECT x.text FROM (${query}) AS x (text) ORDER BY x.text COLLATE "C"))`;

/** A function by schema, name and argument types. */
export const functionTitle = (alias: string, schema: string): string =>
  `format('%I.%I(%s)', ${schema}, ${alias}.proname, oidvectortypes(${alias}.proargtypes))`;

/** A query of the sensor for one sort of object. */
export interface SensorPart {
  readonly sql: string;
  /** What `FROM` names to find out whether there is any such object at all; null where there always is. Whoever finds none may leave the query out, in the same snapshot. */
  readonly among: string | null;
}

/** One row of the sensor for each row of `from`. `definition` maps names to expressions, and becomes JSON. */
export function objects(options: {
  readonly object: string;
  readonly identity: string;
  readonly owner?: string;
  readonly definition: Readonly<Record<string, string>>;
  /** Members of `place`: what another cluster, copy or version writes otherwise of the same object. */
  readonly place?: Readonly<Record<string, string>>;
  /**
   * Conditions under which the object reaches no further than the name says; the first that holds stands in the record. One may change only
   * along with something else of this record or with a record that is critical, or it would be drift of its own.
   */
  readonly reach?: Partial<Record<Reach, string>>;
  readonly from: string;
  /** A catalog that is often empty, and a condition: at least the rows that `from` takes of it. */
  readonly among?: string;
}): SensorPart {
  const { place, among = null } = options;
  const cases = Object.entries(options.reach ?? {}).map(([name, when]) => `WHEN ${when} THEN '${name}'`);
  const reach = options.reach && { reach: `CASE ${cases.join(' ')} END` };
  const placed = place && { [PLACE]: jsonObject(place) };
  const definition = jsonObject({ ...options.definition, ...placed, ...reach });
  const owner = options.owner === undefined ? 'NULL' : `pg_get_userbyid(${options.owner})::text`;
  const sql = `SELECT '${options.object}' AS object, ${options.identity} AS identity, ${definition}::text AS definition, ${owner} AS owner FROM ${options.from}`;
  return { sql, among };
}

const jsonObject = (members: Readonly<Record<string, string>>): string =>
  `json_build_object(${Object.entries(members)
    .map(([name, expression]) => `'${name}', ${expression}`)
    .join(', ')})`;
