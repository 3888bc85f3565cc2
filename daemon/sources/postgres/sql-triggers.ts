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
  return [
    'CREATE SCHEMA IF NOT EXISTS tillwarden;',
    hintFunction(),
    ...tables.map((table) => tableTriggers(channel, table)),
    removeTriggersExcept(tables),
  ].join('\n');
}

/** Removes every trigger and function of ours, and the schema that held them. */
export function removeTriggers(): string {
  return `${removeTriggersExcept([])}\nDROP SCHEMA IF EXISTS tillwarden;`;
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

/** `EXECUTE` for PUBLIC, whatever the default privileges: PostgreSQL asks for it when the application adds a partition. */
function hintFunction(): string {
  return `CREATE OR REPLACE FUNCTION tillwarden.hint() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS ${quoteBody(`
BEGIN
  ${notification(false)}
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
`)};
GRANT EXECUTE ON FUNCTION tillwarden.hint() TO PUBLIC;`;
}

function tableTriggers(channel: string, { relation, columns }: WatchedTable): string {
  const table = quoteRelation(relation);
  const text = relationText(relation);
  const update = `tillwarden.${updateFunctionName(text)}`;
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
CREATE OR REPLACE FUNCTION ${update}() RETURNS trigger LANGUAGE plpgsql AS ${quoteBody(`
BEGIN
  IF pg_catalog.record_image_ne(${row('OLD')}, ${row('NEW')}) THEN
  ${notification(true)}
  END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
`)};
COMMENT ON FUNCTION ${update}() IS ${quoteLiteral(text)};
GRANT EXECUTE ON FUNCTION ${update}() TO PUBLIC;
${trigger('INSERT', 'ROW', 'tillwarden.hint')}
${trigger('DELETE', 'ROW', 'tillwarden.hint')}
${trigger('TRUNCATE', 'STATEMENT', 'tillwarden.hint')}
${trigger('UPDATE', 'ROW', update)}`;
}

function updateFunctionName(text: string): string {
  return `hint_update_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
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
    JOIN pg_namespace f ON f.oid = p.pronamespace AND f.nspname = 'tillwarden'
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND t.tgparentid = 0${except} LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', stale.name, stale.relation);
  END LOOP;
  FOR stale IN SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace f ON f.oid = p.pronamespace AND f.nspname = 'tillwarden'
    WHERE p.prorettype = 'trigger'::regtype AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid)
    AND (p.proname ~ '^hint_update_[0-9a-f]{12}$' OR p.proname = 'hint') LOOP
    EXECUTE format('DROP FUNCTION tillwarden.%I()', stale.name);
  END LOOP;
END
`)};`;
}
