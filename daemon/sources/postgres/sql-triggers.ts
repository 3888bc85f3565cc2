import { createHash } from 'node:crypto';
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
}

/**
 * Triggers for INSERT, DELETE and UPDATE by row and for TRUNCATE by statement, firing whatever `session_replication_role` says.
 *
 * By row, since a statement trigger fires for statements that touch no row, and for every `INSERT … ON CONFLICT DO UPDATE`, which is how many
 * systems write heartbeats; row triggers also reach the partitions. Children by inheritance are left to the timed read.
 *
 * UPDATE compares in a function of the table's own instead of in `WHEN`. A `WHEN` that names columns keeps the application from altering or
 * dropping them, and PostgreSQL prepares it anew for each statement (measured for nine columns: 13 to 29 µs a heartbeat, the function 3 to 4).
 * `record_image_ne` compares stored bytes: it works for every type, json included, and calls no code of a type's owner.
 */
export function triggerSql(channel: string, tables: readonly WatchedTable[]): string {
  const schemas = [...new Set(tables.map(({ relation }) => relation.schema))];
  return [
    ...schemas.map(refuseForeignFunctions),
    ...schemas.map(hintFunction),
    ...tables.map((table) => tableTriggers(channel, table)),
    removeTriggersExcept(tables),
  ].join('\n');
}

/** Removes every trigger and function of ours, and the schema that held them in older versions. */
export function removeTriggers(): string {
  return removeTriggersExcept([]);
}

/** Names of our trigger functions, which lie beside the tables they serve: a dump of that schema alone can be restored (ADR 54). */
const FUNCTION_NAMES = '^tillwarden_hint(_update_[0-9a-f]{12})?$';
/** In older versions they lay in a schema of our own. */
const OLDER_FUNCTION_NAMES = '^hint(_update_[0-9a-f]{12})?$';

/** True of a row of pg_proc `p`, with its schema `f`, that is a trigger function of ours. */
const IS_OURS = `p.prorettype = 'trigger'::regtype AND (p.proname ~ '${FUNCTION_NAMES}'
    OR f.nspname = 'tillwarden' AND p.proname ~ '${OLDER_FUNCTION_NAMES}')`;

/**
 * Whoever may create in the schema could have made a function of our name beforehand, and keeps it when an administrator replaces its source: what he
 * writes there later would run with the rights of whoever writes the table.
 */
function refuseForeignFunctions(schema: string): string {
  const name = quoteLiteral(schema);
  return `DO ${quoteBody(`
DECLARE foreigner record;
BEGIN
  FOR foreigner IN SELECT p.oid::regprocedure AS name, r.rolname AS owner FROM pg_proc p JOIN pg_namespace f ON f.oid = p.pronamespace
    JOIN pg_roles r ON r.oid = p.proowner
    WHERE f.nspname = ${name} AND p.proname ~ '${FUNCTION_NAMES}' AND r.rolname <> current_user AND NOT r.rolsuper
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

function tableTriggers(channel: string, { relation, columns }: WatchedTable): string {
  const table = quoteRelation(relation);
  const text = relationText(relation);
  const schema = quoteIdentifier(relation.schema);
  const hint = `${schema}.tillwarden_hint`;
  const update = `${schema}.${updateFunctionName(text)}`;
  const row = (version: string) =>
    `ROW(${columns.map((column) => `${version}.${quoteIdentifier(column)}`).join(', ')})`;
  const trigger = (event: string, level: string, execute: string) => {
    const name = `tillwarden_${event.toLowerCase()}`;
    return `CREATE OR REPLACE TRIGGER ${name} AFTER ${event} ON ${table} FOR EACH ${level}
  EXECUTE FUNCTION ${execute}(${quoteLiteral(text)}, ${quoteLiteral(channel)});
ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${name};`;
  };
  // No fixed search_path here: it would cost each heartbeat 2 to 4 µs, and every name is qualified instead.
  return `
CREATE OR REPLACE FUNCTION ${update}() RETURNS trigger LANGUAGE plpgsql AS ${quoteBody(updateSource(`${row('OLD')}, ${row('NEW')}`))};
COMMENT ON FUNCTION ${update}() IS ${quoteLiteral(text)};
GRANT EXECUTE ON FUNCTION ${update}() TO PUBLIC;
${trigger('INSERT', 'ROW', hint)}
${trigger('DELETE', 'ROW', hint)}
${trigger('TRUNCATE', 'STATEMENT', hint)}
${trigger('UPDATE', 'ROW', update)}`;
}

function updateFunctionName(text: string): string {
  return `tillwarden_hint_update_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
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
