import { createHash } from 'node:crypto';
import { entryStatements, type LoggedOperation } from './change-log/log-entry.js';
import { giveToLogOwner, type InstalledLog } from './change-log/log-table.js';
import {
  quoteBody,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type Relation,
  relationText,
} from './quote.js';

/** A watched table with every column that a collection reads of it. */
export interface WatchedTable {
  readonly relation: Relation;
  readonly columns: readonly string[];
  /** Those of them whose values stand in no log. */
  readonly sealed: ReadonlySet<string>;
}

/** What our triggers do. */
export interface TriggerOptions {
  /** Channel of the notifications; null for none. */
  readonly channel: string | null;
  /** Null where nothing is written. */
  readonly log: InstalledLog | null;
}

/**
 * Triggers for INSERT, DELETE and UPDATE by row and for TRUNCATE by statement, firing whatever `session_replication_role` says.
 *
 * By row, since a statement trigger fires for statements that touch no row, and for every `INSERT … ON CONFLICT DO UPDATE`, which is how many
 * systems write heartbeats; row triggers also reach the partitions. Children by inheritance are left to the timed read.
 *
 * UPDATE compares in a function of the table's own instead of in `WHEN`. A `WHEN` that names columns keeps the application from altering or
 * dropping them, and PostgreSQL prepares it anew for each statement (measured for nine columns: 13 to 29 µs a heartbeat, the function 3 to 4).
 * `record_image_ne` compares stored bytes: it works for every type, json included, and calls no code of a type's owner. `UPDATE OF` watched columns would cost
 * next to nothing, and keeps the application from dropping them just as well (bench/README.md has what else was tried).
 */
export function triggerSql(options: TriggerOptions, tables: readonly WatchedTable[]): string {
  const schemas = [...new Set(tables.map(({ relation }) => relation.schema))];
  return [
    ...schemas.map((schema) => refuseForeignFunctions(schema, options.log)),
    ...(options.log === null ? schemas.map(hintFunction) : []),
    ...tables.map((table) => tableTriggers(options, table)),
    removeTriggersExcept(tables),
  ].join('\n');
}

/** Removes every trigger and function of ours, and the schema that held them in older versions. */
export function removeTriggers(): string {
  return removeTriggersExcept([]);
}

/** Names of our trigger functions, which lie beside the tables they serve: a dump of that schema alone can be restored (ADR 54). */
const FUNCTION_NAMES =
  '^tillwarden_(hint(_update_[0-9a-f]{12})?|log_(update|insert|delete|truncate)_[0-9a-f]{12})$';
/** In older versions they lay in a schema of our own. */
const OLDER_FUNCTION_NAMES = '^hint(_update_[0-9a-f]{12})?$';

/** True of a row of pg_proc `p`, with its schema `f`, that is a trigger function of ours. */
const IS_OURS = `p.prorettype = 'trigger'::regtype AND (p.proname ~ '${FUNCTION_NAMES}'
    OR f.nspname = 'tillwarden' AND p.proname ~ '${OLDER_FUNCTION_NAMES}')`;

/**
 * Whoever may create in the schema could have made a function of our name beforehand, and keeps it when an administrator replaces its source: what he
 * writes there later would run with the rights of whoever writes the table.
 */
function refuseForeignFunctions(schema: string, log: InstalledLog | null): string {
  const name = quoteLiteral(schema);
  const ours = log === null ? '' : ` AND r.rolname <> ${quoteLiteral(log.owner)}`;
  return `DO ${quoteBody(`
DECLARE foreigner record;
BEGIN
  FOR foreigner IN SELECT p.oid::regprocedure AS name, r.rolname AS owner FROM pg_proc p JOIN pg_namespace f ON f.oid = p.pronamespace
    JOIN pg_roles r ON r.oid = p.proowner
    WHERE f.nspname = ${name} AND p.proname ~ '${FUNCTION_NAMES}' AND r.rolname <> current_user AND NOT r.rolsuper${ours}
    AND NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgfoid = p.oid AND c.relowner = p.proowner) LOOP
    RAISE EXCEPTION '%', format('tillwarden: function %s belongs to %I, who could change what runs on each write: drop it first',
      foreigner.name, foreigner.owner);
  END LOOP;
END
`)};`;
}

/**
 * A full queue would make every write fail at commit, hence the guard by its usage; `PREPARE TRANSACTION` fails after a NOTIFY, hence
 * the second. What remains is caught: the application's statement comes first.
 */
function notification(qualified: boolean): string {
  const [schema, less, equals] = qualified
    ? ['pg_catalog.', 'OPERATOR(pg_catalog.<)', 'OPERATOR(pg_catalog.=)']
    : ['', '<', '='];
  return `IF ${schema}pg_notification_queue_usage() ${less} 0.25
    AND ${schema}current_setting('max_prepared_transactions') ${equals} '0' THEN
    PERFORM ${schema}pg_notify(TG_ARGV[1], TG_ARGV[0]);
  END IF;`;
}

const HINT_SOURCE = `
BEGIN
  ${notification(false)}
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
`;

/** `rows`: the old and the new values of the watched columns. */
const updateSource = (rows: string) => `
BEGIN
  IF pg_catalog.record_image_ne(${rows}) THEN
  ${notification(true)}
  END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
`;

/** The source of an update function as a regular expression of PostgreSQL: values of any columns, and nothing else that is ours to choose. */
function updateSourcePattern(): string {
  const columns = (version: string) => `ROW\\(${version}\\."([^"]|"")+"(, ${version}\\."([^"]|"")+")*\\)`;
  const parts = updateSource('\0')
    .split('\0')
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return `^${parts.join(`${columns('OLD')}, ${columns('NEW')}`)}$`;
}

/** True of a row of pg_proc `p`, with its schema `n`, that is a trigger function exactly as printed here. */
export const IS_OUR_FUNCTION = `p.prorettype = 'pg_catalog.trigger'::regtype AND NOT p.prosecdef
  AND p.prolang = (SELECT l.oid FROM pg_catalog.pg_language l WHERE l.lanname = 'plpgsql')
  AND (p.proname = 'tillwarden_hint' AND p.prosrc = ${quoteLiteral(HINT_SOURCE)} AND p.proconfig = ARRAY['search_path=pg_catalog, pg_temp']
    OR p.proname ~ '^tillwarden_hint_update_[0-9a-f]{12}$' AND p.prosrc ~ ${quoteLiteral(updateSourcePattern())} AND p.proconfig IS NULL)`;

/** True of a row of pg_trigger `t` on a relation `r` that calls a function `p` in a schema `f` as the triggers printed here do. */
export const IS_OUR_TRIGGER = `t.tgname IN ('tillwarden_insert', 'tillwarden_delete', 'tillwarden_truncate', 'tillwarden_update')
  AND t.tgtype & 66 = 0 AND t.tgqual IS NULL AND t.tgnargs = 2 AND NOT t.tgdeferrable AND f.oid = r.relnamespace AND ${IS_OUR_FUNCTION}`;

/** `EXECUTE` for PUBLIC, whatever the default privileges: PostgreSQL asks for it when the application adds a partition. */
function hintFunction(schema: string): string {
  const hint = `${quoteIdentifier(schema)}.tillwarden_hint`;
  return `CREATE OR REPLACE FUNCTION ${hint}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS ${quoteBody(HINT_SOURCE)};
GRANT EXECUTE ON FUNCTION ${hint}() TO PUBLIC;`;
}

function tableTriggers({ channel, log }: TriggerOptions, table: WatchedTable): string {
  const text = relationText(table.relation);
  const schema = quoteIdentifier(table.relation.schema);
  const operations = ['insert', 'delete', 'truncate', 'update'] as const;
  const names = operations.map((operation) => `${schema}.${functionName(operation, log, text)}`);
  const made = operations.flatMap((operation, i) => {
    const name = names[i] ?? '';
    if (log === null) return operation === 'update' ? [updateFunction(name, table)] : [];
    return [logFunction(name, { channel, log }, table, operation)];
  });
  return [
    ...made,
    ...(log === null ? [] : [giveToLogOwner(log, names)]),
    ...operations.map((operation, i) => trigger(operation, names[i] ?? '', table, channel)),
  ].join('\n');
}

function trigger(
  operation: LoggedOperation,
  execute: string,
  { relation }: WatchedTable,
  channel: string | null,
): string {
  const table = quoteRelation(relation);
  const name = `tillwarden_${operation}`;
  const level = operation === 'truncate' ? 'STATEMENT' : 'ROW';
  return `CREATE OR REPLACE TRIGGER ${name} AFTER ${operation.toUpperCase()} ON ${table} FOR EACH ${level}
  EXECUTE FUNCTION ${execute}(${quoteLiteral(relationText(relation))}, ${quoteLiteral(channel ?? '')});
ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${name};`;
}

/** The old and the new values of the watched columns. */
function rows({ columns }: WatchedTable): string {
  const row = (version: string) =>
    `ROW(${columns.map((column) => `${version}.${quoteIdentifier(column)}`).join(', ')})`;
  return `${row('OLD')}, ${row('NEW')}`;
}

/** No fixed search_path here: it would cost each heartbeat 2 to 4 µs, and every name is qualified instead. */
function updateFunction(name: string, table: WatchedTable): string {
  return `
CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS ${quoteBody(updateSource(rows(table)))};
COMMENT ON FUNCTION ${name}() IS ${quoteLiteral(relationText(table.relation))};
GRANT EXECUTE ON FUNCTION ${name}() TO PUBLIC;`;
}

/**
 * The same with an entry in the log. It runs as the log's owner, who alone may write there. One block for both, since each costs a transaction id of its own:
 * what keeps the entry from being written takes the notification with it, which is then said again.
 */
function logFunction(
  name: string,
  { channel, log }: { readonly channel: string | null; readonly log: InstalledLog },
  table: WatchedTable,
  operation: LoggedOperation,
): string {
  const plain = table.columns.filter((column) => !table.sealed.has(column));
  const sealed = table.columns.filter((column) => table.sealed.has(column));
  const notify = channel === null ? 'NULL;' : notification(true);
  const differ = `pg_catalog.record_image_ne(${rows(table)})`;
  return `
CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS ${quoteBody(`
BEGIN
  ${operation === 'update' ? `IF NOT ${differ} THEN RETURN NULL; END IF;` : ''}
  DECLARE made pg_catalog.int8;
  BEGIN
    ${entryStatements(log, { relation: table.relation, plain, sealed }, operation)}
  END;
  ${notify}
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  BEGIN
    IF ${operation === 'update' ? differ : 'true'} THEN
      ${notify}
    END IF;
  EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
  END;
  RETURN NULL;
END
`)};
COMMENT ON FUNCTION ${name}() IS ${quoteLiteral(relationText(table.relation))};
GRANT EXECUTE ON FUNCTION ${name}() TO PUBLIC;`;
}

function functionName(operation: LoggedOperation, log: InstalledLog | null, text: string): string {
  if (log === null && operation !== 'update') return 'tillwarden_hint';
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return `tillwarden_${log === null ? 'hint' : 'log'}_${operation}_${digest}`;
}

/** Drops our triggers on tables other than these, then the functions that no trigger uses. */
function removeTriggersExcept(tables: readonly WatchedTable[]): string {
  const kept = tables.map(
    ({ relation }) => `(${quoteLiteral(relation.schema)}::name, ${quoteLiteral(relation.name)}::name)`,
  );
  const except = kept.length === 0 ? '' : ` AND (n.nspname, c.relname) NOT IN (VALUES ${kept.join(', ')})`;
  return `DO ${quoteBody(`
DECLARE stale record;
BEGIN
  FOR stale IN SELECT t.tgname AS name, c.oid::regclass AS relation FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    JOIN pg_namespace f ON f.oid = p.pronamespace
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${IS_OURS} AND NOT t.tgisinternal AND t.tgparentid = 0${except} LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', stale.name, stale.relation);
  END LOOP;
  FOR stale IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace f ON f.oid = p.pronamespace
    WHERE ${IS_OURS} AND pg_has_role(p.proowner, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid) LOOP
    EXECUTE format('DROP FUNCTION %s', stale.name);
  END LOOP;
  IF EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'tillwarden' AND pg_has_role(n.nspowner, 'USAGE')) THEN
    BEGIN
      DROP SCHEMA tillwarden;
    EXCEPTION WHEN dependent_objects_still_exist THEN
      RAISE WARNING 'tillwarden: the schema of older versions holds something of yours, and stays';
    END;
  END IF;
END
`)};`;
}
