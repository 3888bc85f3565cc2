import type { Definition } from '../../../baselines/index.js';
import { refuseDangers } from '../relational/dangerous-role.js';
import { type Degradation, SourceError } from '../source.js';
import type { PostgresConfig } from './config.js';
import { parseRelation, quoteLiteral } from './quote.js';
import type { Rows, Session } from './session.js';

/** Oldest server whose catalog our queries fit. */
const OLDEST_VERSION = 140000;

/**
 * Applies invariant 9 to the role and server behind a new connection. Throws `SourceError`: `SOURCE_VERSION` for a server we cannot read, and
 * `SOURCE_ROLE_DANGEROUS` for a role that could harm what it watches, itself or through any role it is a member of, unless the configuration allows it;
 * then that is returned as degraded. Rejects with what the server said when the checks cannot be made.
 */
export async function checkRole(
  session: Session,
  config: PostgresConfig,
  definitions: readonly Definition[],
): Promise<Degradation[]> {
  if (!(session.serverVersion >= OLDEST_VERSION)) {
    throw new SourceError(
      'SOURCE_VERSION',
      `source "${config.name}": the server is older than PostgreSQL 14 or is not PostgreSQL; needed: 14 or newer`,
    );
  }
  const results = await session.run(checkQuery(definitions), config.transactionTimeoutMs);
  const dangers = dangersOf(definitions, results);
  const degradations = refuseDangers(config, dangers);
  if (config.hints === 'notify' && results[3]?.[0]?.[0] !== '0') {
    degradations.push({
      code: 'SOURCE_HINTS_SILENT',
      message:
        `source "${config.name}": the server has max_prepared_transactions above 0. PREPARE TRANSACTION fails after a NOTIFY, so our triggers ` +
        'stay silent there: changes are found by the timed read alone',
    });
  }
  return degradations;
}

const DANGEROUS_ROLES = [
  'pg_execute_server_program',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_write_all_data',
];

/** Rights that change rows, or plant a trigger that does. */
const WRITES = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER'];

/**
 * Four statements: attributes of the roles we can act as; memberships in dangerous roles; rights on watched relations and their descendants;
 * the setting our triggers depend on. `MEMBER` counts membership whether it is inherited, can be set or neither.
 */
function checkQuery(definitions: readonly Definition[]): string {
  const relations = definitions.map((definition, i) => {
    const relation = parseRelation(definition.table) ?? { schema: '', name: '' };
    return `(${i}, ${quoteLiteral(relation.schema)}::name, ${quoteLiteral(relation.name)}::name)`;
  });
  const acting = `acting AS (SELECT * FROM pg_catalog.pg_roles WHERE rolname = current_user OR pg_has_role(current_user, oid, 'MEMBER'))`;
  const rights = WRITES.map((right) => {
    const column = right === 'INSERT' || right === 'UPDATE';
    const held = `has_table_privilege(r.oid, f.relid, '${right}')`;
    return `bool_or(${column ? `${held} OR has_any_column_privilege(r.oid, f.relid, '${right}')` : held})`;
  });
  return `SELECT rolname = current_user, rolsuper, rolbypassrls, rolcreaterole, rolreplication FROM (WITH ${acting} SELECT * FROM acting) a;
  SELECT rolname FROM pg_catalog.pg_roles
    WHERE rolname IN (${DANGEROUS_ROLES.map(quoteLiteral).join(', ')}) AND pg_has_role(current_user, oid, 'MEMBER');
  WITH RECURSIVE ${acting}, family (i, relid) AS (
    SELECT w.i, c.oid FROM (VALUES ${relations.length > 0 ? relations.join(', ') : '(0, NULL::name, NULL::name)'}) AS w (i, schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    UNION SELECT f.i, h.inhrelid FROM family f JOIN pg_catalog.pg_inherits h ON h.inhparent = f.relid)
  SELECT f.i, bool_or(c.relowner = r.oid), bool_or(n.nspowner = r.oid), bool_or(d.datdba = r.oid), ${rights.join(', ')}
    FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_database d ON d.datname = current_database() CROSS JOIN acting r GROUP BY f.i;
  SHOW max_prepared_transactions`;
}

/** In our words and configured names only. */
function dangersOf(definitions: readonly Definition[], results: readonly Rows[]): string[] {
  const [acting = [], memberships = [], rights = []] = results;
  // A superuser is a member of everything; saying so again would bury the point.
  if (acting.some((row) => row[0] === 't' && row[1] === 't')) return ['is superuser'];
  const dangers: string[] = [];
  const attributes = [
    'is superuser',
    'may bypass row security',
    'may create roles, hence give itself rights',
    'may replicate, hence read every file of the database',
  ];
  attributes.forEach((words, i) => {
    const holders = acting.filter((row) => row[i + 1] === 't');
    if (holders.some((row) => row[0] === 't')) dangers.push(words);
    else if (holders.length > 0) dangers.push(`is a member of a role that ${words}`);
  });
  for (const [role] of memberships) dangers.push(`is a member of ${role}`);
  const tables = new Map<string, Set<string>>();
  for (const [index, owner, schemaOwner, databaseOwner, ...held] of rights) {
    const words = tables.get(definitions[Number(index)]?.table ?? '') ?? new Set();
    if (owner === 't') words.add('owns');
    if (schemaOwner === 't') words.add('owns the schema of');
    if (databaseOwner === 't') words.add('owns the database of');
    WRITES.forEach((right, i) => {
      if (held[i] === 't' && owner !== 't') words.add(`may ${right} on`);
    });
    tables.set(definitions[Number(index)]?.table ?? '', words);
  }
  for (const [table, words] of tables) {
    if (words.size > 0) dangers.push(`${[...words].join(', ')} ${table} (or a part of it)`);
  }
  return dangers;
}
