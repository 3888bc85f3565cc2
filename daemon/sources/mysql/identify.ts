import type { ReadFailure } from '../relational/failure.js';
import { sqlString, type TableName } from './quote.js';
import type { ResultRows } from './session.js';

/**
 * What names the watched relations stand for, and whether the session is still ours: the first row holds `@tillwarden`. One lookup for each
 * relation, since a lookup of several makes the server open every table it has. Opens no read view.
 */
export function tableIdentityQuery(relations: readonly TableName[]): string {
  const each = relations.map(
    (
      { schema, name },
      i,
    ) => `SELECT ${i}, CONVERT(TABLE_SCHEMA USING utf8mb4), CONVERT(TABLE_NAME USING utf8mb4),
  CONVERT(TABLE_TYPE USING utf8mb4), CONVERT(ENGINE USING utf8mb4) FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = ${sqlString(schema)} AND TABLE_NAME = ${sqlString(name)}`,
  );
  return [`SELECT -1, CONVERT(@tillwarden USING utf8mb4), NULL, NULL, NULL`, ...each].join('\nUNION ALL ');
}

/** The columns of a table that the account may read: the catalog shows it no other. */
export function readableColumnsQuery({ schema, name }: TableName): string {
  return `SELECT CONVERT(COLUMN_NAME USING utf8mb4) FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = ${sqlString(schema)} AND TABLE_NAME = ${sqlString(name)} AND FIND_IN_SET('select', PRIVILEGES) > 0`;
}

/** Kinds of table whose rows a read view covers. */
const TABLES = ['BASE TABLE', 'SYSTEM VERSIONED'];

/** Why each relation cannot be read, in their order; null for those that can. The catalog compares names without case, we do not. */
export function judgeIdentities(relations: readonly TableName[], rows: ResultRows): (ReadFailure | null)[] {
  return relations.map(({ schema, name }, i) => {
    const row = rows.find((one) => one[0] === String(i) && one[1] === schema && one[2] === name);
    if (!row) return { cause: 'missing', detail: 'no table of this very name exists, letter by letter' };
    if (!TABLES.includes(row[3] ?? '')) return { cause: 'not-a-table', detail: 'it is not a plain table' };
    if (row[4] !== 'InnoDB') {
      const detail = 'its storage engine is not InnoDB, so that its rows are not bound by our snapshot';
      return { cause: 'not-a-table', detail };
    }
    return null;
  });
}

/** Whether the session that answers is the one that was pinned. */
export function isOurSession(rows: ResultRows, word: string): boolean {
  return rows.some((row) => row[0] === '-1' && row[1] === word);
}
