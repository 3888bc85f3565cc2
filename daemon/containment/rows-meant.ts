import { decodeValue, parseRecordLine } from '../../baselines/index.js';
import type { ContainmentSql } from '../config/containment.js';
import type { Finding } from '../finding.js';
import type { WriteCondition, WrittenRows } from '../sources/column-write.js';

/** Records whose rows one statement names. */
const MOST_RECORDS = 100;

/**
 * The rows that a rule means for these findings: values of the records that were found go into conditions, and nowhere else. A record of which a value is
 * sealed, too large or absent means no row. Null: none of them means any, or they are more than are named one by one.
 */
export function rowsMeant({ where }: ContainmentSql, findings: readonly Finding[]): WrittenRows | null {
  if (where.every(({ value }) => value !== undefined))
    return [where.map(({ column, value = '' }) => ({ column, value }))];
  const rows = findings.flatMap((finding) => {
    const row = rowOf(where, finding);
    return row === null ? [] : [row];
  });
  return rows.length === 0 || rows.length > MOST_RECORDS ? null : rows;
}

function rowOf(where: ContainmentSql['where'], { subject }: Finding): readonly WriteCondition[] | null {
  if (subject.what !== 'change') return null;
  const [line = subject.before] = subject.after;
  if (line === null) return null;
  const { key, fields } = parseRecordLine(line);
  const conditions: WriteCondition[] = [];
  for (const { column, value, keyPart, field } of where) {
    const encoded = keyPart !== undefined ? key[keyPart - 1] : field !== undefined ? fields.get(field) : null;
    const bound = value ?? plainText(encoded);
    if (bound === null) return null;
    conditions.push({ column, value: bound });
  }
  return conditions;
}

function plainText(encoded: string | null | undefined): string | null {
  if (encoded === null || encoded === undefined) return null;
  const value = decodeValue(encoded);
  return value.form === 'text' ? value.text : null;
}
