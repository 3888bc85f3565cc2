import { type Definition, tableColumns } from '../../../baselines/index.js';
import { activityDefinition } from '../relational/activity.js';
import type { ActivitySettings, CustomerSettings, WitnessSettings } from '../relational/config.js';
import { customersDefinition } from '../relational/customers.js';
import { witnessDefinition } from '../relational/witness.js';
import {
  dropLog,
  enterLog,
  type InstalledLog,
  leaveLog,
  logOwnerOf,
  logRelation,
  logTable,
} from './change-log/log-table.js';
import type { ChangeLogSettings } from './config.js';
import {
  parseRelation,
  quoteBody,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type Relation,
  relationText,
} from './quote.js';
import { removeTriggers, triggerSql, type WatchedTable } from './sql-triggers.js';

export interface InstallSqlOptions {
  /** Name of the role that tillwarden logs in as. */
  readonly role: string;
  /** Channel of the notifications; null for a source without `hints: notify`, which needs no triggers. */
  readonly channel: string | null;
  /** The source's collections. The sensor among them needs no rights and is passed over. */
  readonly definitions: readonly Definition[];
  /** May be read as well, and fires no trigger: it is written all the time. */
  readonly witness?: WitnessSettings | undefined;
  /** Likewise, and read only when a change was seen. */
  readonly activity?: ActivitySettings | undefined;
  /** Likewise, and asked only when a destination changed. */
  readonly customers?: CustomerSettings | undefined;
  /** Nothing is written when absent. */
  readonly changeLog?: ChangeLogSettings | undefined;
}

/**
 * SQL for the owner of a database that is to be watched: a role that may read the watched columns and nothing else, and triggers that
 * notify. One transaction that may be run again after every change of the configuration; it changes no row and gives up rather than
 * wait for a lock.
 */
export function installSql(options: InstallSqlOptions): string {
  const { role, channel, definitions, witness, activity, customers } = options;
  const tables = watchedTables(definitions);
  const log = installedLog(options);
  const schemas = [...new Set(tables.map(({ relation }) => relation.schema))];
  const readable = watchedTables([
    ...definitions,
    ...(witness ? [witnessDefinition('', witness)] : []),
    ...(activity ? [activityDefinition('', activity)] : []),
    ...(customers ? [customersDefinition('', customers)] : []),
  ]);
  return `-- tillwarden: run this in the watched database, as the owner of its tables with the right to create roles.
-- It may be run again, and should be when the configuration names other tables or columns. One tillwarden for each database.
-- Dumps of this database hold what is made here. Before one is restored on a server that lacks the role:
--   CREATE ROLE ${quoteIdentifier(role)} NOLOGIN;${log === null ? '' : ` CREATE ROLE ${quoteIdentifier(log.owner)} NOLOGIN;`}
-- docs/postgresql.md says how single tables are restored.
BEGIN;
SET LOCAL lock_timeout = '5s'; -- rather give up than make the application wait
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_min_messages = warning;

${log === null ? '' : `${enterLog(log, schemas)}\n\n`}-- 1. A role that may log in and read the watched columns, and nothing else.
${createRole(role)}
${revokeEverything(role)}
${grants(role, readable)}
${roomForDatabases(role)}

-- 2. Triggers that say which table changed. They never make a statement of the application fail, and write nothing.
${log === null ? '' : `${logTable(log, role)}\n`}${channel === null && log === null ? removeTriggers() : triggerSql({ channel, log }, tables)}
${log === null ? '' : leaveLog(log, schemas)}
COMMIT;

-- 3. Once: give the role a password. In psql: \\password, then the name of the role. Only its hash is sent.
`;
}

/**
 * Removes all that `installSql` made: triggers, functions, grants, the change log and the roles. Rights of a role in other databases keep it from going.
 */
export function uninstallSql(options: Pick<InstallSqlOptions, 'role' | 'changeLog'>): string {
  const { role } = options;
  const log = installedLog(options);
  return `-- tillwarden: run this in the watched database, as you ran the installation. It may be run again.
BEGIN;
SET LOCAL lock_timeout = '5s';
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_min_messages = warning;
${log === null ? removeTriggers() : dropLog(log, removeTriggers())}
${revokeEverything(role)}
DROP ROLE IF EXISTS ${quoteIdentifier(role)};
COMMIT;
`;
}

function installedLog({
  role,
  changeLog,
}: Pick<InstallSqlOptions, 'role' | 'changeLog'>): InstalledLog | null {
  if (changeLog === undefined) return null;
  const { schema, userSetting = null, keepDays } = changeLog;
  return { relation: logRelation(schema), owner: logOwnerOf(role), userSetting, keepDays };
}

/** The tables of the definitions, each once. */
function watchedTables(definitions: readonly Definition[]): WatchedTable[] {
  const tables = new Map<string, { relation: Relation; columns: Set<string>; sealed: Set<string> }>();
  for (const definition of definitions) {
    const relation = parseRelation(definition.table);
    if (!relation) continue;
    const name = relationText(relation);
    const table = tables.get(name) ?? { relation, columns: new Set(), sealed: new Set() };
    for (const column of tableColumns(definition)) table.columns.add(column);
    // Secrets lie inside of JSON, too; which members they are only the reader knows.
    const { derive, secret } = definition;
    for (const column of derive?.json === undefined ? secret : [derive.json.column]) table.sealed.add(column);
    tables.set(name, table);
  }
  return [...tables.values()].map((table) => ({ ...table, columns: [...table.columns] }));
}

/** Connections for the reading, the listening and people running commands of one database; never more than a quarter of the server's. */
const CONNECTIONS = 10;
/** Connections for each further database: reading, listening, and a second reader while the configuration is reloaded. */
const CONNECTIONS_PER_DATABASE = 3;
/** Of all the server allows: the application is never shut out by us. */
const SHARE = `current_setting('max_connections')::int / 4`;

function createRole(role: string): string {
  return `DO ${quoteBody(`
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${quoteLiteral(role)}) THEN
    EXECUTE format('CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT CONNECTION LIMIT %s',
      ${quoteLiteral(quoteIdentifier(role))}, least(${CONNECTIONS}, ${SHARE}));
  END IF;
END
`)};`;
}

/** Raises the role's limit for as many databases of this server as it may connect to. A limit that somebody raised or took away stays. */
function roomForDatabases(role: string): string {
  const name = quoteLiteral(role);
  return `DO ${quoteBody(`
DECLARE databases int; wanted int; allowed int;
BEGIN
  SELECT count(*) INTO databases FROM pg_database d
    WHERE EXISTS (SELECT FROM aclexplode(d.datacl) x JOIN pg_roles r ON r.oid = x.grantee WHERE r.rolname = ${name});
  wanted := least(${CONNECTIONS} + ${CONNECTIONS_PER_DATABASE} * (databases - 1), ${SHARE});
  SELECT r.rolconnlimit INTO allowed FROM pg_roles r WHERE r.rolname = ${name};
  IF allowed >= 0 AND allowed < wanted THEN
    EXECUTE format('ALTER ROLE %s CONNECTION LIMIT %s', ${quoteLiteral(quoteIdentifier(role))}, wanted);
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING '%', format('tillwarden: the role may open %s connections and needs %s for its %s databases; let whoever made it run: ALTER ROLE %s CONNECTION LIMIT %s',
    allowed, wanted, databases, ${quoteLiteral(quoteIdentifier(role))}, wanted);
END
`)};`;
}

/** Takes from the role what it was granted here, on tables that are no longer watched as well. */
function revokeEverything(role: string): string {
  const name = quoteIdentifier(role);
  // What the log's owner has is for whoever may act as it.
  const mine = (owner: string) =>
    `(${owner}::regrole::text <> quote_ident(${quoteLiteral(logOwnerOf(role))}) OR pg_has_role(${owner}, 'USAGE'))`;
  const held = (acl: string) =>
    `EXISTS (SELECT FROM aclexplode(${acl}) x JOIN pg_roles r ON r.oid = x.grantee WHERE r.rolname = ${quoteLiteral(role)})`;
  return `DO ${quoteBody(`
DECLARE held record;
BEGIN
  FOR held IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND (${held('c.relacl')}
    OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND ${held('a.attacl')})) AND ${mine('c.relowner')} LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', held.name, ${quoteLiteral(name)});
  END LOOP;
  FOR held IN SELECT n.nspname AS name FROM pg_namespace n WHERE ${held('n.nspacl')} AND ${mine('n.nspowner')} LOOP
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %s', held.name, ${quoteLiteral(name)});
  END LOOP;
  FOR held IN SELECT d.datname AS name FROM pg_database d WHERE d.datname = current_database() AND ${held('d.datacl')} LOOP
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM %s', held.name, ${quoteLiteral(name)});
  END LOOP;
END
`)};`;
}

function grants(role: string, tables: readonly WatchedTable[]): string {
  const name = quoteIdentifier(role);
  const schemas = new Set(tables.map(({ relation }) => relation.schema));
  return [
    `DO ${quoteBody(`BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO %s', current_database(), ${quoteLiteral(name)}); END`)};`,
    ...[...schemas].map((schema) => grantUsage(role, schema)),
    ...tables.map(
      ({ relation, columns }) =>
        // `xmin` says which transaction wrote a row, and nothing of what it holds: by it a change that was taken back shows.
        `GRANT SELECT (${[...columns.map(quoteIdentifier), 'xmin'].join(', ')}) ON TABLE ${quoteRelation(relation)} TO ${name};`,
    ),
  ].join('\n');
}

/**
 * Only where PUBLIC has not got it: what is granted on a schema stands in a dump as one entry with the application's own grants, all of which a server
 * without our role would refuse.
 */
function grantUsage(role: string, schema: string): string {
  return `DO ${quoteBody(`
BEGIN
  IF NOT has_schema_privilege(${quoteLiteral(role)}, ${quoteLiteral(schema)}, 'USAGE') THEN
    GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${quoteIdentifier(role)};
  END IF;
END
`)};`;
}
