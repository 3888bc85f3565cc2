import type { Column } from './column.js';
import { quoteIdentifier, quoteRelation, type Relation } from './quote.js';

/** Takes the table's metadata lock and describes its columns, but opens no read view. */
export function probeStatement(relation: Relation, columns: readonly string[]): string {
  return `SELECT ${columns.map(quoteIdentifier).join(', ')} FROM ${quoteRelation(relation)} LIMIT 0`;
}

/**
 * The statement that reads columns of a table. A value over the limit travels as NULL; one more column, the last, is NULL unless some value
 * of the row was too long, and else lists `index:bytes:sha256` of each, separated by commas. One row more than `maxRecords` is asked for, so that
 * an overrun shows. `SQL_NO_CACHE`: what is read comes from the table, not from a cache of answers.
 */
export function selectStatement(options: {
  readonly relation: Relation;
  readonly columns: readonly Column[];
  readonly maxRecords: number;
  readonly maxValueBytes: number;
}): string {
  const { columns, maxRecords, maxValueBytes } = options;
  const values: string[] = [];
  const long: string[] = [];
  const overflows: string[] = [];
  columns.forEach(({ name, measured, float }, i) => {
    const value = quoteIdentifier(name);
    const isLong = `OCTET_LENGTH(${value}) > ${maxValueBytes}`;
    values.push(measured ? `IF(${isLong}, NULL, ${value})` : float ? `${value} + 0e0` : value);
    if (!measured) return;
    long.push(isLong);
    overflows.push(`IF(${isLong}, CONCAT('${i}:', OCTET_LENGTH(${value}), ':', SHA2(${value}, 256)), NULL)`);
  });
  const overflow =
    long.length === 0 ? 'NULL' : `IF(${long.join(' OR ')}, CONCAT_WS(',', ${overflows.join(', ')}), NULL)`;
  return `SELECT SQL_NO_CACHE ${[...values, overflow].join(', ')} FROM ${quoteRelation(options.relation)} LIMIT ${maxRecords + 1}`;
}
