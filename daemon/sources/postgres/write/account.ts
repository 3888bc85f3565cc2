import type { ColumnWrite } from '../../column-write.js';
import { quoteLiteral, type Relation } from '../quote.js';
import type { Rows, Session } from '../session.js';

/**
 * What an account may do besides setting the one column, in our words and the server's words for rights; empty: nothing. By an allow-list: USAGE of the schema,
 * UPDATE of the column, SELECT of the columns that conditions name and of this one. Functions that anybody may run are not counted.
 */
export async function excessOfRole(
  session: Session,
  relation: Relation,
  write: ColumnWrite,
  timeoutMs: number,
): Promise<readonly string[]> {
  const [acting = [], rest = [], granted = []] = await session.run(ACCOUNT, timeoutMs);
  return [...new Set([...ofRole(acting), ...ofRest(rest), ...ofGrants(granted, relation, write)])].slice(
    0,
    5,
  );
}

const OTHERS = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'`;

/**
 * Three statements: attributes; memberships, what it owns, rights in other databases and on what is looked at nowhere else; every grant to it, and what everybody may write. At most as many rows
 * as anybody needs to see that it is too much.
 */
const ACCOUNT = `SELECT current_user = session_user, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
  FROM pg_catalog.pg_roles WHERE rolname = session_user;
SELECT (SELECT count(*) FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid),
  (SELECT count(*) FROM pg_catalog.pg_shdepend s WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype = 'o'),
  (SELECT count(*) FROM pg_catalog.pg_shdepend s WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype = 'a'
    AND s.dbid NOT IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()))),
  (SELECT count(*) FROM pg_catalog.pg_shdepend s WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype = 'a'
    AND s.dbid IN (0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()))
    AND s.classid NOT IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_namespace'::regclass, 'pg_catalog.pg_proc'::regclass,
      'pg_catalog.pg_default_acl'::regclass, 'pg_catalog.pg_database'::regclass))
  FROM pg_catalog.pg_roles r WHERE r.rolname = session_user;
WITH me AS (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user)
SELECT g.* FROM (
  SELECT 'relation', n.nspname, c.relname, NULL::name, x.privilege_type, x.is_grantable, x.grantee = 0
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, pg_catalog.aclexplode(c.relacl) x
    WHERE x.grantee IN (SELECT oid FROM me) OR x.grantee = 0 AND x.privilege_type NOT IN ('SELECT', 'USAGE') AND ${OTHERS}
  UNION ALL SELECT 'column', n.nspname, c.relname, a.attname, x.privilege_type, x.is_grantable, x.grantee = 0
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
      pg_catalog.aclexplode(a.attacl) x
    WHERE x.grantee IN (SELECT oid FROM me) OR x.grantee = 0 AND x.privilege_type <> 'SELECT' AND ${OTHERS}
  UNION ALL SELECT 'schema', n.nspname, NULL, NULL, x.privilege_type, x.is_grantable, false
    FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) x WHERE x.grantee IN (SELECT oid FROM me)
  UNION ALL SELECT 'database', d.datname, NULL, NULL, x.privilege_type, x.is_grantable, false
    FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) x WHERE x.grantee IN (SELECT oid FROM me)
  UNION ALL SELECT 'function', n.nspname, NULL, NULL, x.privilege_type, x.is_grantable, false
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace, pg_catalog.aclexplode(p.proacl) x
    WHERE x.grantee IN (SELECT oid FROM me)
  UNION ALL SELECT 'default', '', NULL, NULL, x.privilege_type, x.is_grantable, false
    FROM pg_catalog.pg_default_acl f, pg_catalog.aclexplode(f.defaclacl) x WHERE x.grantee IN (SELECT oid FROM me)
) g LIMIT 1000`;

function ofRole([row]: Rows): readonly string[] {
  if (row === undefined) return ['cannot be looked at'];
  const words = [
    'is superuser',
    'may bypass row security',
    'may create roles',
    'may create databases',
    'may replicate',
  ];
  return [
    ...(row[0] === 't' ? [] : ['acts as another role from the start']),
    ...words.filter((_, i) => row[i + 1] === 't'),
  ];
}

function ofRest([row]: Rows): readonly string[] {
  const words = [
    'is a member of another role',
    'owns something',
    'holds rights in another database',
    'holds a right on something else: a setting, a large object, a foreign server, a type',
  ];
  return words.filter((_, i) => row?.[i] !== '0');
}

function ofGrants(rows: Rows, relation: Relation, write: ColumnWrite): readonly string[] {
  return rows.flatMap(([what, schema, name, column, right, mayPassOn, isPublic]): string[] => {
    const isTable = schema === relation.schema && name === relation.name;
    const isNeeded =
      (what === 'schema' && right === 'USAGE' && schema === relation.schema) ||
      (what === 'database' && (right === 'CONNECT' || right === 'TEMPORARY')) ||
      (what === 'column' && isTable && isNeededOf(write, column ?? '', right ?? ''));
    if (isNeeded && mayPassOn !== 't') return [];
    const who = isPublic === 't' ? ', as anybody may' : '';
    const where = isTable ? `on ${write.table} or a column of it` : `on another ${wordOf(what)}`;
    return [isNeeded ? 'may pass on its rights' : `may ${wordOf(right)} ${where}${who}`];
  });
}

/** A word of the server, whoever the server is by now. */
function wordOf(text: string | null | undefined): string {
  return /^[A-Za-z ]{1,30}$/.test(text ?? '') ? (text ?? '') : 'do something';
}

function isNeededOf({ column: set, where }: ColumnWrite, column: string, right: string): boolean {
  if (right === 'UPDATE') return column === set;
  return right === 'SELECT' && (column === set || where.includes(column));
}

/** What is so of the table, in one row: see `hindrance`. */
export function writtenTableQuery(relation: Relation, write: ColumnWrite, isOurTrigger: string): string {
  const names = [write.column, ...write.where].map(quoteLiteral).join(', ');
  return `SELECT r.relkind, r.relpersistence, r.relhassubclass OR r.relispartition, r.relrowsecurity,
  (SELECT count(*) FROM pg_catalog.pg_rewrite w WHERE w.ev_class = r.oid),
  (SELECT count(*) FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace
    WHERE t.tgrelid = r.oid AND NOT (t.tgisinternal AND f.nspname = 'pg_catalog') AND NOT (${isOurTrigger})),
  (SELECT count(*) FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)
    WHERE k.confrelid = r.oid AND k.contype = 'f' AND k.confupdtype NOT IN ('a', 'r') AND a.attname = ${quoteLiteral(write.column)}),
  (SELECT count(*) FROM pg_catalog.pg_depend d WHERE (d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass,
      'pg_catalog.pg_opclass'::regclass, 'pg_catalog.pg_opfamily'::regclass)
      OR d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (SELECT y.oid FROM pg_catalog.pg_type y
        LEFT JOIN pg_catalog.pg_type m ON m.oid = y.typelem WHERE y.typtype <> 'e' AND m.typtype IS DISTINCT FROM 'e')) AND (
    d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid IN (SELECT k.oid FROM pg_catalog.pg_constraint k WHERE k.conrelid = r.oid)
    OR d.classid = 'pg_catalog.pg_class'::regclass AND d.objid IN (SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid = r.oid)
    OR d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid IN (SELECT e.oid FROM pg_catalog.pg_attrdef e JOIN pg_catalog.pg_attribute a
      ON a.attrelid = e.adrelid AND a.attnum = e.adnum WHERE e.adrelid = r.oid AND a.attgenerated <> ''))),
  (SELECT count(*) FROM pg_catalog.pg_constraint k WHERE k.conrelid = r.oid AND k.contype = 'c' AND EXISTS (SELECT 1 FROM pg_catalog.pg_proc p
    WHERE p.provolatile <> 'i' AND p.oid::text IN (SELECT (pg_catalog.regexp_matches(k.conbin::text, ':(?:op)?funcid ([0-9]+)', 'g'))[1]))),
  (SELECT count(*) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid JOIN pg_catalog.pg_namespace s ON s.oid = y.typnamespace
    WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname IN (${names}) AND (y.typtype = 'e' OR y.typtype = 'b' AND s.nspname = 'pg_catalog')),
  (SELECT a.attgenerated FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.oid AND a.attname = ${quoteLiteral(write.column)} AND NOT a.attisdropped)
FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
WHERE n.nspname = ${quoteLiteral(relation.schema)} AND r.relname = ${quoteLiteral(relation.name)}`;
}

/** Why a table is not to be written, by the answer to `writtenTableQuery`; null: it may be. */
export function hindrance(
  [row]: Rows,
  write: ColumnWrite,
): { readonly because: 'foreign-code' | 'not-writable'; readonly detail: string } | null {
  const unfit = (words: string) => ({ because: 'not-writable' as const, detail: `${write.table} ${words}` });
  const foreign = (words: string) => ({
    because: 'foreign-code' as const,
    detail: `${write.table} has ${words}`,
  });
  if (row === undefined) return unfit('does not exist');
  const [
    kind,
    persistence,
    isFamily,
    security,
    rules,
    triggers,
    cascades,
    functions,
    open,
    columns,
    generated,
  ] = row;
  if (kind !== 'r' || persistence !== 'p') return unfit('is no plain table');
  if (isFamily === 't') return unfit('is a partition, or other tables inherit from it');
  if (security === 't') return unfit('has row security');
  if (rules !== '0') return foreign(`a rule (${Number(rules)})`);
  if (triggers !== '0') return foreign(`a trigger that is not ours (${Number(triggers)})`);
  if (functions !== '0')
    return foreign(`a constraint, index or generated column with code of somebody (${Number(functions)})`);
  // `query_to_xml('…')` is the server's own function, and runs whatever the text says. What is immutable runs nothing.
  if (open !== '0') return foreign(`a constraint with a function that is not immutable (${Number(open)})`);
  if (cascades !== '0') return foreign('a foreign key that carries the change into another table');
  if (columns !== String(new Set([write.column, ...write.where]).size))
    return unfit('lacks a column that is named, or it has a type that the server does not bring');
  return generated === '' ? null : unfit('computes the column that is to be set');
}
