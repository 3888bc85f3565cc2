import { MAX_DOCUMENT } from '../relational/derive/json-document.js';
import { MOST_READ_BYTES, type TableColumn } from './column.js';
import { backtick, backtickTable, sqlString, type TableName } from './quote.js';

/** Takes the table's metadata lock and describes its columns, but opens no read view. */
export function probeStatement(relation: TableName, columns: readonly string[]): string {
  return `SELECT ${columns.map(backtick).join(', ')} FROM ${backtickTable(relation)} LIMIT 0`;
}

/**
 * The statement that reads columns of a table. A value over the limit travels as NULL; one more column, the last, is NULL unless some value
 * of the row was too long, and else lists `index:bytes:sha256` of each, separated by commas; of one so long that hashing many like it would take the
 * time limit `index:bytes:unread` (ADR 47). One row more than `maxRecords` is asked for, so that
 * an overrun shows. `SQL_NO_CACHE`: what is read comes from the table, not from a cache of answers.
 */
export function selectStatement(options: {
  readonly relation: TableName;
  readonly columns: readonly TableColumn[];
  readonly maxRecords: number;
  readonly maxValueBytes: number;
  /** Columns of which values travel up to `MAX_DOCUMENT` bytes. */
  readonly documents?: readonly string[];
  /** Only rows in which a column has one of the values; null: has none. The database's collation may find more. */
  readonly where?: { readonly column: string; readonly values: readonly (string | null)[] };
}): string {
  const { columns, maxRecords, maxValueBytes, documents = [] } = options;
  const values: string[] = [];
  const long: string[] = [];
  const overflows: string[] = [];
  columns.forEach(({ name, measured, huge, float }, i) => {
    const value = backtick(name);
    const most = documents.includes(name) ? MAX_DOCUMENT : maxValueBytes;
    const isLong = `OCTET_LENGTH(${value}) > ${Math.min(most, MOST_READ_BYTES)}`;
    values.push(measured ? `IF(${isLong}, NULL, ${value})` : float ? `${value} + 0e0` : value);
    if (!measured) return;
    long.push(isLong);
    const digest = `SHA2(${value}, 256)`;
    const shown = huge ? `IF(OCTET_LENGTH(${value}) > ${MOST_READ_BYTES}, 'unread', ${digest})` : digest;
    overflows.push(`IF(${isLong}, CONCAT('${i}:', OCTET_LENGTH(${value}), ':', ${shown}), NULL)`);
  });
  const overflow =
    long.length === 0 ? 'NULL' : `IF(${long.join(' OR ')}, CONCAT_WS(',', ${overflows.join(', ')}), NULL)`;
  const only = options.where === undefined ? '' : onlyWith(options.where);
  return `SELECT SQL_NO_CACHE ${[...values, overflow].join(', ')} FROM ${backtickTable(options.relation)}${only} LIMIT ${maxRecords + 1}`;
}

function onlyWith(where: { readonly column: string; readonly values: readonly (string | null)[] }): string {
  const column = backtick(where.column);
  const counted = where.values.map((value) =>
    value === null ? `${column} IS NULL` : `${column} = ${sqlString(value)}`,
  );
  return ` WHERE ${counted.join(' OR ')}`;
}
