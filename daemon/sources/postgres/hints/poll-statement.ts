import { type Definition, tableColumns } from '../../../../baselines/index.js';
import { everyRowOf, parseRelation, quoteIdentifier } from '../quote.js';
import type { Rows } from '../session.js';

/** Values that are stored in more bytes than this count by their stored size alone. */
const MOST_STORED_BYTES = 262_144;

/** What one question said of a table. */
export interface PollAnswer {
  /** Another one when a watched value changed. Sums up at most as many rows as were asked for. */
  readonly sum: string;
  readonly rows: number;
  /** Time of the server since the answer before, in milliseconds. */
  readonly tookMs: number;
}

/**
 * Two statements or more, the answers of which are one row each: the server's clock, and of each table the number of rows, a sum over their watched
 * values and the clock. They wake and prove nothing (invariant 1), so the sum is a fast one, with a seed that nobody else knows. The text of a value is
 * what its type's own output function makes, never that of a cast. `mostRows` bounds what is looked at; null: everything.
 */
export function pollStatement(
  definitions: readonly Definition[],
  { seed, mostRows }: { readonly seed: bigint; readonly mostRows: number | null },
): string {
  const questions = definitions.map((definition) => {
    const relation = parseRelation(definition.table) ?? { schema: '', name: '' };
    const columns = tableColumns(definition).map(quoteIdentifier);
    const values = columns.map(
      (name) =>
        `CASE WHEN pg_column_size(p.${name}) <= ${MOST_STORED_BYTES} THEN p.${name} END, pg_column_size(p.${name})`,
    );
    const limit = mostRows === null ? '' : ` LIMIT ${mostRows}`;
    return `SELECT bit_xor(hashtextextended(concat(ROW(${values.join(', ')})) COLLATE "C", ${seed})), count(*), ${CLOCK}
      FROM (SELECT ${columns.join(', ')} FROM ${everyRowOf(relation)}${limit}) p`;
  });
  return [`SELECT NULL, NULL, ${CLOCK}`, ...questions].join('; ');
}

const CLOCK = 'extract(epoch FROM clock_timestamp()) * 1000';

/** The answers to `pollStatement`, in the order of its definitions. */
export function pollAnswers(results: readonly Rows[]): PollAnswer[] {
  const clocks = results.map((rows) => Number(rows[0]?.[2]));
  return results.slice(1).map((rows, i) => {
    const [sum, count] = rows[0] ?? [];
    const tookMs = (clocks[i + 1] ?? Number.NaN) - (clocks[i] ?? Number.NaN);
    return { sum: `${sum} ${count}`, rows: Number(count), tookMs };
  });
}
