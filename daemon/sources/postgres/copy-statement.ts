import type { Column, Measure } from './identify.js';
import { quoteIdentifier } from './quote.js';

/**
 * The statement that reads columns of `from` (SQL of ours) as COPY text. A value over the limit travels as NULL; one more column, the
 * last, is NULL unless some value of the row was too long, and else lists `index:bytes:sha256` of each, separated by commas. One row
 * more than `maxRecords` is asked for, so that an overrun shows. The LIMIT stands inside, where it keeps PostgreSQL from measuring a value
 * anew at each mention of its length.
 */
export function copyStatement(options: {
  readonly columns: readonly Column[];
  readonly from: string;
  readonly maxRecords: number;
  readonly maxValueBytes: number;
}): string {
  const measured = options.columns.map(({ name, measure }, i) => {
    const value = `${quoteIdentifier(name)} AS v${i}`;
    const length = LENGTH[measure];
    return length ? `${value}, octet_length(${length(quoteIdentifier(name))}) AS l${i}` : value;
  });
  const isLong = (i: number) => `l${i} > ${options.maxValueBytes}`;
  const values: string[] = [];
  const long: string[] = [];
  const overflows: string[] = [];
  options.columns.forEach(({ measure }, i) => {
    const bytes = BYTES[measure];
    values.push(bytes ? `CASE WHEN ${isLong(i)} THEN NULL ELSE v${i} END` : `v${i}`);
    if (!bytes) return;
    long.push(isLong(i));
    overflows.push(
      `CASE WHEN ${isLong(i)} THEN concat('${i}:', l${i}, ':', encode(sha256(${bytes(`v${i}`)}), 'hex')) END`,
    );
  });
  const overflow =
    long.length === 0
      ? 'NULL'
      : `CASE WHEN ${long.join(' OR ')} THEN concat_ws(',', ${overflows.join(', ')}) END`;
  return `COPY (SELECT ${[...values, overflow].join(', ')}
    FROM (SELECT ${measured.join(', ')} FROM ${options.from} LIMIT ${options.maxRecords + 1}) AS measured) TO STDOUT`;
}

type Expression = (name: string) => string;
const itself: Expression = (name) => name;

/** The argument of `octet_length`; null when the type bounds it. `concat` calls the type's output function, whatever casts exist. */
const LENGTH: Record<Measure, Expression | null> = {
  bounded: null,
  text: itself,
  bpchar: itself,
  bytea: itself,
  output: (name) => `concat(${name})`,
};

/** The bytes of a value's text; of a bytea, its own. */
const BYTES: Record<Measure, Expression | null> = {
  bounded: null,
  text: (name) => `textsend(${name})`,
  bpchar: (name) => `bpcharsend(${name})`,
  bytea: itself,
  output: (name) => `textsend(concat(${name}))`,
};
