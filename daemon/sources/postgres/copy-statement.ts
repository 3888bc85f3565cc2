import type { Column, Measure } from './identify.js';
import { quoteIdentifier } from './quote.js';

/**
 * The statement that reads columns of `from` (SQL of ours) as COPY text. A value over the limit travels as NULL; one more column, the
 * last, is NULL unless some value of the row was too long, and else lists `index:bytes:sha256` of each, separated by commas. One row
 * more than `maxRecords` is asked for, so that an overrun shows.
 */
export function copyStatement(options: {
  readonly columns: readonly Column[];
  readonly from: string;
  readonly maxRecords: number;
  readonly maxValueBytes: number;
}): string {
  const { columns, maxValueBytes } = options;
  const long = columns.map((column) => {
    const measured = MEASURED[column.measure];
    return measured && `octet_length(${measured(quoteIdentifier(column.name))}) > ${maxValueBytes}`;
  });
  const values = columns.map((column, i) => {
    const name = quoteIdentifier(column.name);
    return long[i] ? `CASE WHEN ${long[i]} THEN NULL ELSE ${name} END` : name;
  });
  const overflows = columns.flatMap((column, i) => {
    const [measured, bytes] = [MEASURED[column.measure], BYTES[column.measure]];
    if (!measured || !bytes) return [];
    const name = quoteIdentifier(column.name);
    return `CASE WHEN ${long[i]} THEN concat('${i}:', octet_length(${measured(name)}), ':', encode(sha256(${bytes(name)}), 'hex')) END`;
  });
  const overflow =
    overflows.length === 0
      ? 'NULL'
      : `CASE WHEN ${long.filter(Boolean).join(' OR ')} THEN concat_ws(',', ${overflows.join(', ')}) END`;
  return `COPY (SELECT ${[...values, overflow].join(', ')} FROM ${options.from} LIMIT ${options.maxRecords + 1}) TO STDOUT`;
}

type Expression = (name: string) => string;
const itself: Expression = (name) => name;

/** What `octet_length` is taken of. `concat` calls the type's output function, whatever casts exist. */
const MEASURED: Record<Measure, Expression | null> = {
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
