import type { SlightReach } from '../sensor.js';

/** SQL of the sensor's queries that recurs. All of it is made of PostgreSQL's own functions. */

/** SHA-256 of the stored form of something, in hex; null for null. */
export const digestOf = (expression: string): string =>
  `encode(sha256(convert_to((${expression})::text, 'UTF8')), 'hex')`;

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
 * same rights spelled out.
 */
export const grants = (on: keyof typeof GRANTED_ON, acl: string, owner: string): string =>
  sorted(
    `SELECT u.item::text FROM unnest(coalesce(${acl}, acldefault('${GRANTED_ON[on]}', ${owner}))) AS u (item)`,
  );

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

/** One row of the sensor for each row of `from`. `definition` maps names to expressions, and becomes JSON. */
export function objects(options: {
  readonly object: string;
  readonly identity: string;
  readonly owner?: string;
  readonly definition: Readonly<Record<string, string>>;
  /**
   * A condition that holds where the object reaches nothing that is watched, and the words for it in the record. It may change only along
   * with something else of this record or with a record that is critical, or it would be drift of its own.
   */
  readonly slight?: { readonly reach: SlightReach; readonly when: string };
  readonly from: string;
}): string {
  const { slight } = options;
  const reach = slight && { reach: `CASE WHEN ${slight.when} THEN '${slight.reach}' END` };
  const members = Object.entries({ ...options.definition, ...reach }).map(
    ([name, expression]) => `'${name}', ${expression}`,
  );
  const owner = options.owner === undefined ? 'NULL' : `pg_get_userbyid(${options.owner})::text`;
  return `SELECT '${options.object}' AS object, ${options.identity} AS identity, json_build_object(${members.join(', ')})::text AS definition, ${owner} AS owner FROM ${options.from}`;
}
