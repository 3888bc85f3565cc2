import { quoteIdentifier, quoteLiteral, quoteRelation, type Relation, relationText } from '../quote.js';
import { ENTRY_ID, type InstalledLog, isLinked, keepFunction } from './log-table.js';

/** Characters of a row that are kept; of a longer one nobody can say what it was. */
export const LONGEST_STATE = 8_192;
/** Characters of what somebody says of himself. */
const LONGEST_NAME = 200;

/** A watched table as its log has it. */
export interface LoggedTable {
  readonly relation: Relation;
  /** Columns whose values are kept, key first. */
  readonly plain: readonly string[];
  /** Columns of which only the name is kept, where it changed. */
  readonly sealed: readonly string[];
}

/** What a trigger writes of one operation. */
export type LoggedOperation = 'insert' | 'update' | 'delete' | 'truncate';

/**
 * Statements in the body of a trigger function that belongs to the log's owner. Every name is written out, since a fixed `search_path` would cost each
 * heartbeat. A lock on the log is not waited for: the application comes first, and a change without an entry is told as one.
 *
 * Whoever may make triggers could put our function on a table of his own, hence the look at which table it is.
 */
export function entryStatements(log: InstalledLog, table: LoggedTable, operation: LoggedOperation): string {
  const relation = quoteRelation(log.relation);
  const watched = `${quoteLiteral(quoteRelation(table.relation))}::pg_catalog.regclass::pg_catalog.oid`;
  const state = (version: string) =>
    `pg_catalog."left"(ROW(${table.plain.map((column) => `${version}.${quoteIdentifier(column)}`).join(', ')})::pg_catalog.text, ${LONGEST_STATE})`;
  const has = (version: 'OLD' | 'NEW') =>
    operation === 'update' || operation === (version === 'OLD' ? 'delete' : 'insert');
  return `IF TG_RELID OPERATOR(pg_catalog.<>) ${watched} THEN
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(TG_RELID) a (relid) WHERE a.relid::pg_catalog.oid OPERATOR(pg_catalog.=) ${watched}) THEN
        RETURN NULL;
      END IF;
    END IF;
    LOCK TABLE ${relation} IN ROW EXCLUSIVE MODE NOWAIT;
    made := ${ENTRY_ID};
    INSERT INTO ${relation} (id, transaction, at, relation, operation, columns, old, new, secret, session_role, role, address, application, claimed)
      VALUES (made, pg_catalog.txid_current(), pg_catalog.clock_timestamp(), ${quoteLiteral(relationText(table.relation))}, ${quoteLiteral(operation)},
        ${nameArray(table.plain)}, ${has('OLD') ? state('OLD') : 'NULL'}, ${has('NEW') ? state('NEW') : 'NULL'},
        ${operation === 'update' ? changedSecrets(table.sealed) : 'NULL'},
        session_user, pg_catalog.current_setting('role'), pg_catalog.host(pg_catalog.inet_client_addr()),
        pg_catalog.current_setting('application_name'), ${claimedUser(log)});
    IF ${isLinked('made')} THEN
      PERFORM ${keepFunction(log)}(made);
    END IF;`;
}

function nameArray(names: readonly string[]): string {
  return `ARRAY[${names.map(quoteLiteral).join(', ')}]::pg_catalog.text[]`;
}

function changedSecrets(sealed: readonly string[]): string {
  if (sealed.length === 0) return 'NULL';
  const changed = sealed.map((column) => {
    const name = quoteIdentifier(column);
    return `CASE WHEN pg_catalog.record_image_ne(ROW(OLD.${name}), ROW(NEW.${name})) THEN ${quoteLiteral(column)}::pg_catalog.text END`;
  });
  return `ARRAY[${changed.join(', ')}]`;
}

function claimedUser({ userSetting }: InstalledLog): string {
  if (userSetting === null) return 'NULL';
  return `pg_catalog."left"(pg_catalog.current_setting(${quoteLiteral(userSetting)}, true), ${LONGEST_NAME})`;
}
