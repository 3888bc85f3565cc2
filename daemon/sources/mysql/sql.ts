import { type Definition, tableColumns } from '../../../baselines/index.js';
import { CANARY, DEFINER, OUR_SCHEMA, PROCEDURES, type Procedure } from './names.js';
import { backtick, backtickTable, parseTableName, sqlString, type TableName } from './quote.js';
import { COMMON_OBJECTS } from './sensor/catalog.js';
import { procedureStatement, type SensorObject } from './sensor/objects.js';
import { MARIADB_OBJECTS, MYSQL5_OBJECTS, MYSQL8_OBJECTS } from './sensor/own-catalogs.js';

interface SqlOptions {
  /** `name` or `name@host`: the account that tillwarden logs in as. Without a host: from this very machine. */
  readonly role: string;
  /** The source's collections. The sensor among them needs no grant and is passed over. */
  readonly definitions: readonly Definition[];
}

const OBJECTS: Readonly<Record<Procedure, readonly SensorObject[]>> = {
  sensor: COMMON_OBJECTS,
  sensor_mariadb: MARIADB_OBJECTS,
  sensor_mysql5: MYSQL5_OBJECTS,
  sensor_mysql8: MYSQL8_OBJECTS,
};

/** What our account reads of our own procedures, to know that they are the ones that were printed. */
const PROC_COLUMNS = ['db', 'name', 'type', 'definer', 'security_type', 'sql_mode', 'body'];

/**
 * What an administrator runs so that a server can be watched: an account that may read the watched columns and nothing else, and procedures that
 * show it triggers, events, rights and the like. Nothing is made in the application's schemas. It may be run again after every change of the
 * configuration.
 */
export function mysqlInstallSql({ role, definitions }: SqlOptions): string {
  const account = accountOf(role);
  const us = accountSql(account);
  const definer = accountSql(DEFINER);
  const schema = backtick(OUR_SCHEMA);
  const tables = watchedTables(definitions);
  const schemas = [...new Set(tables.map(({ relation }) => relation.schema))];
  return `-- tillwarden: run this on the watched server (MySQL 5.7.8 or newer, MariaDB 10.6 or newer), as an account with all rights.
-- It may be run again, and should be when the configuration names other tables or columns. It changes nothing in your own databases.
SET SESSION sql_mode = '', SESSION lock_wait_timeout = 5;
SET NAMES utf8mb4;

-- 1. An account that may read the watched columns, and nothing else. It stays locked until you give it a password.
CREATE USER IF NOT EXISTS ${us}${account.isLocal ? '' : ' REQUIRE SSL'} WITH MAX_USER_CONNECTIONS 10 ACCOUNT LOCK;
REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${us};
${tables.map(({ relation, columns }) => `GRANT SELECT (${columns.map(backtick).join(', ')}) ON ${backtickTable(relation)} TO ${us};`).join('\n')}

-- 2. A second account, locked for good, as which our procedures run. It sees triggers, events, views and rights, and changes nothing.
CREATE DATABASE IF NOT EXISTS ${schema} CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS ${definer} ACCOUNT LOCK;
REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${definer};
GRANT PROCESS, REFERENCES, TRIGGER, EVENT, SHOW VIEW ON *.* TO ${definer};
GRANT SELECT ON mysql.* TO ${definer};
GRANT SELECT ON ${schema}.* TO ${definer};
${schemas.map((name) => `GRANT SELECT ON ${backtick(escapeWildcards(name))}.* TO ${definer}; -- shows the text of its views`).join('\n')}

-- 3. One object of each sort, by which the procedures prove that they still see that sort.
CREATE TABLE IF NOT EXISTS ${schema}.${CANARY.table} (id INT PRIMARY KEY) ENGINE=InnoDB;
CREATE OR REPLACE DEFINER = ${definer} SQL SECURITY INVOKER VIEW ${schema}.${CANARY.view} AS SELECT 1 AS id;
DROP TRIGGER IF EXISTS ${schema}.${CANARY.trigger};
CREATE DEFINER = ${definer} TRIGGER ${schema}.${CANARY.trigger} BEFORE INSERT ON ${schema}.${CANARY.table} FOR EACH ROW SET NEW.id = NEW.id;
DROP EVENT IF EXISTS ${schema}.${CANARY.event};
CREATE DEFINER = ${definer} EVENT ${schema}.${CANARY.event} ON SCHEDULE EVERY 1 YEAR STARTS '2030-01-01' DISABLE DO DO 0;

-- 4. The procedures. Each is one SELECT over the catalogs; those for other servers than yours are never called.
${PROCEDURES.map((name) => procedureSql(name, us, definer)).join('\n')}

-- 5. By which we see that these are still the procedures printed here.
${seeRoutines(us, definer)}

-- 6. Once: ALTER USER ${us} IDENTIFIED BY '…' ACCOUNT UNLOCK;
`;
}

/** Removes all that `mysqlInstallSql` made: the account, the locked account, and our schema with all that is in it. */
export function mysqlUninstallSql({ role }: Pick<SqlOptions, 'role'>): string {
  return `-- tillwarden: run this on the watched server, as you ran the installation. It may be run again.
SET SESSION sql_mode = '', SESSION lock_wait_timeout = 5;
DROP DATABASE IF EXISTS ${backtick(OUR_SCHEMA)};
DROP USER IF EXISTS ${accountSql(DEFINER)};
DROP USER IF EXISTS ${accountSql(accountOf(role))};
`;
}

/** MySQL 8 (not tested) keeps routines in no table that can be granted, and has a right for it instead, which older servers do not know. */
function seeRoutines(us: string, definer: string): string {
  const columns = `GRANT SELECT (${PROC_COLUMNS.join(', ')}) ON mysql.proc TO ${us}`;
  const right = `GRANT SHOW_ROUTINE ON *.* TO ${us}, ${definer}`;
  return `SET @tillwarden = IF(VERSION() REGEXP '^5[.]|MariaDB', ${sqlString(columns)}, ${sqlString(right)});
PREPARE tillwarden FROM @tillwarden;
EXECUTE tillwarden;
DEALLOCATE PREPARE tillwarden;`;
}

function procedureSql(name: Procedure, us: string, definer: string): string {
  const procedure = backtickTable({ schema: OUR_SCHEMA, name });
  return `DROP PROCEDURE IF EXISTS ${procedure};
CREATE DEFINER = ${definer} PROCEDURE ${procedure}() READS SQL DATA SQL SECURITY DEFINER
  ${procedureStatement(OBJECTS[name])};
GRANT EXECUTE ON PROCEDURE ${procedure} TO ${definer};
GRANT EXECUTE ON PROCEDURE ${procedure} TO ${us};`;
}

interface Account {
  readonly user: string;
  readonly host: string;
}

/** `name@host`; the host of the last `@`, since names may hold one. */
function accountOf(role: string): Account & { readonly isLocal: boolean } {
  const at = role.lastIndexOf('@');
  const [user, host] = at === -1 ? [role, '127.0.0.1'] : [role.slice(0, at), role.slice(at + 1)];
  return { user, host, isLocal: ['localhost', '127.0.0.1', '::1'].includes(host) };
}

function accountSql({ user, host }: Account): string {
  return `${sqlString(user)}@${sqlString(host)}`;
}

/** In the grant of a whole schema `_` and `%` are wildcards. */
function escapeWildcards(schema: string): string {
  return schema.replace(/[_%\\]/g, '\\$&');
}

/** The tables of the definitions, each once, with every column that is read of it. */
function watchedTables(definitions: readonly Definition[]): { relation: TableName; columns: string[] }[] {
  const tables = new Map<string, { relation: TableName; columns: Set<string> }>();
  for (const definition of definitions) {
    const relation = definition.kind === 'sensor' ? null : parseTableName(definition.table);
    if (!relation) continue;
    const name = backtickTable(relation);
    const table = tables.get(name) ?? { relation, columns: new Set() };
    for (const column of tableColumns(definition)) table.columns.add(column);
    tables.set(name, table);
  }
  return [...tables.values()].map(({ relation, columns }) => ({ relation, columns: [...columns] }));
}
