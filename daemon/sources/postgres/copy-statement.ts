import { MAX_DOCUMENT } from '../relational/derive/json-document.js';
import type { Column, Measure } from './identify.js';
import { quoteIdentifier } from './quote.js';

/**
 * The statement that reads columns of `from` (SQL of ours) as COPY text. A value over the limit travels as NULL; one more column, the
 * last, is NULL unless some value of the row was too long, and else lists `index:bytes:sha256` of each, separated by commas. A value so
 * large that reading it could take the time limit is not even read: `index:bytes:unread`, its stored bytes (ADR 47). One row
 * more than `maxRecords` is asked for, so that an overrun shows. The LIMIT stands inside, where it keeps PostgreSQL from measuring a value
 * anew at each mention of its length.
 *
 * `flagsLong`: a row with a value that is too long has `LONG_FLAG` in the last column and says no more. PostgreSQL then has a third as much to plan, which is most
 * of the cost of a small table.
 */
export function copyStatement(options: {
  readonly columns: readonly Column[];
  readonly from: string;
  readonly maxRecords: number;
  readonly maxValueBytes: number;
  /** Columns of which values travel up to `MAX_DOCUMENT` bytes. */
  readonly documents?: readonly string[];
  /** One column more, after the last: the transaction that wrote the row (`xmin`), which our role must have been granted. */
  readonly marked?: boolean;
  /** SQL of ours; absent: all rows. */
  readonly condition?: string;
  readonly flagsLong?: boolean;
}): string {
  const { documents = [] } = options;
  const most = options.columns.map(({ name }) =>
    documents.includes(name) ? MAX_DOCUMENT : options.maxValueBytes,
  );
  const mostStored = (i: number) => Math.max(MOST_STORED_BYTES, 4 * (most[i] ?? 0));
  const measured = options.columns.map(({ name, measure }, i) => {
    const value = `${quoteIdentifier(name)} AS v${i}`;
    const length = LENGTH[measure];
    if (!length) return value;
    const bytes = `octet_length(${length(quoteIdentifier(name))})`;
    if (measure !== 'output') return `${value}, ${bytes} AS l${i}`;
    const stored = `pg_column_size(${quoteIdentifier(name)})`;
    return `${value}, CASE WHEN ${stored} <= ${mostStored(i)} THEN ${bytes} END AS l${i}, ${stored} AS s${i}`;
  });
  // What is stored of an output that was not made; of all else the length itself.
  const sizeOf = (i: number) => (options.columns[i]?.measure === 'output' ? `s${i}` : `l${i}`);
  const isUnread = (i: number) =>
    `${sizeOf(i)} > ${options.columns[i]?.measure === 'output' ? mostStored(i) : MOST_READ_BYTES}`;
  const isLong = (i: number) =>
    options.columns[i]?.measure === 'output'
      ? `(l${i} > ${most[i]} OR ${isUnread(i)})`
      : `l${i} > ${Math.min(most[i] ?? 0, MOST_READ_BYTES)}`;
  const values: string[] = [];
  const long: string[] = [];
  const overflows: string[] = [];
  options.columns.forEach(({ measure }, i) => {
    const bytes = BYTES[measure];
    values.push(bytes ? `CASE WHEN ${isLong(i)} THEN NULL ELSE v${i} END` : `v${i}`);
    if (!bytes) return;
    long.push(isLong(i));
    overflows.push(
      `CASE WHEN ${isUnread(i)} THEN concat('${i}:', ${sizeOf(i)}, ':unread')
        WHEN ${isLong(i)} THEN concat('${i}:', l${i}, ':', encode(sha256(${bytes(`v${i}`)}), 'hex')) END`,
    );
  });
  const { marked = false, condition, flagsLong = false } = options;
  const said = flagsLong ? `'${LONG_FLAG}'` : joined(overflows);
  const overflow = long.length === 0 ? 'NULL' : `CASE WHEN ${long.join(' OR ')} THEN ${said} END`;
  const rows = condition === undefined ? options.from : `${options.from} WHERE ${condition}`;
  return `COPY (SELECT ${[...values, overflow, ...(marked ? ['mark'] : [])].join(', ')}
    FROM (SELECT ${[...measured, ...(marked ? ['xmin AS mark'] : [])].join(', ')} FROM ${rows} LIMIT ${options.maxRecords + 1}) AS measured) TO STDOUT`;
}

/** No digit, with which a list of long values begins, and not the end of a NULL. */
export const LONG_FLAG = '!';

/** Bytes of a text that are read to be hashed; and, where only the stored and perhaps compressed size is known beforehand, of that. */
const MOST_READ_BYTES = 16_777_216;
const MOST_STORED_BYTES = 262_144;

/** A function takes 100 arguments at most. */
const MOST_ARGUMENTS = 90;

/** Texts joined by commas, those that are null left out. */
function joined(expressions: readonly string[]): string {
  if (expressions.length <= MOST_ARGUMENTS) return `concat_ws(',', ${expressions.join(', ')})`;
  const parts: string[] = [];
  for (let i = 0; i < expressions.length; i += MOST_ARGUMENTS) {
    parts.push(`nullif(${joined(expressions.slice(i, i + MOST_ARGUMENTS))}, '')`);
  }
  return joined(parts);
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
