import { encodeValue, sha256Hex } from '../../../baselines/index.js';
import { parseOverflow } from '../relational/decode.js';
import type { Cell, TableRow } from '../relational/derive/cell.js';
import type { RowsWanted } from '../relational/derive/look.js';
import { type Horizon, writtenSince } from './again/horizon.js';
import { copyStatement, LONG_FLAG } from './copy-statement.js';
import { createLineSplitter, parseLine, type Undecodable } from './copy-text.js';
import type { Column } from './identify.js';
import { quoteIdentifier, quoteLiteral } from './quote.js';
import type { Rows, Session } from './session.js';
import { needPinned, PINNED_NOW } from './settings.js';

/** Statements in one round trip with those that read rows. */
interface Framing {
  readonly sql: readonly string[];
  /** Takes a line that the COPY at this place among them sent. */
  row?(line: Buffer, place: number): void;
  /** Takes what each of them said. */
  answered(results: readonly Rows[]): void;
}

/** Rows of a table in PostgreSQL as they are asked for. */
interface PostgresRowsWanted extends RowsWanted {
  /** Only rows that were written after this, or perhaps so. It needs the right to read `xmin`. */
  readonly writtenSince?: Horizon;
}

/** `TableRows` of PostgreSQL. */
export interface PostgresRows {
  each(
    wanted: readonly PostgresRowsWanted[],
    onRow: (row: TableRow, place: number) => void,
    isLast: boolean,
  ): Promise<void>;
}

/** A row has a value that is too long, and its statement was not asked for its length and digest. */
export class LongValue extends Error {}

/** The rows of a table within a transaction, for the collections that are derived from it. Each call is one round trip. */
export function postgresRows(
  session: Session,
  table: {
    /** SQL of ours. */
    readonly from: string;
    /** Every column that is asked for. */
    readonly columns: readonly Column[];
    /** See `ReadPlan`. */
    readonly unreadKey: string;
    readonly timeoutMs: number;
    /** See `copyStatement`. Rejects with `LongValue` where a value is too long. */
    readonly flagsLong?: boolean;
    /** Statements that go before the first rows. `answered` throws where the rows must not be believed. */
    readonly opening?: Framing;
    /** The same of statements that go after the last rows. */
    readonly closing?: Framing;
  },
): PostgresRows {
  const known = new Map(table.columns.map((column) => [column.name, column]));
  const { flagsLong = false } = table;
  let { opening } = table;
  return {
    each: async (wanted, onRow, isLast) => {
      const begun = opening;
      opening = undefined;
      const before = begun?.sql ?? [];
      const copies = wanted.map((one, place) => {
        const columns = one.columns.flatMap((name) => known.get(name) ?? []);
        const rows = rowsOf(columns, table.unreadKey, (row) => onRow(row, place));
        const condition = one.writtenSince === undefined ? {} : { condition: writtenSince(one.writtenSince) };
        return {
          sql: [
            copyStatement({ ...one, ...condition, flagsLong, columns, from: `${table.from}${whereOf(one)}` }),
            PINNED_NOW,
          ],
          splitter: createLineSplitter(rows),
        };
      });
      const ended = isLast ? table.closing : undefined;
      const statements = [...before, ...copies.flatMap((copy) => copy.sql), ...(ended?.sql ?? [])];
      if (statements.length === 0) return;
      const endsAt = before.length + 2 * copies.length;
      const results = await session.runCopying(statements.join('; '), table.timeoutMs, (line, statement) => {
        if (statement >= endsAt) ended?.row?.(line, statement - endsAt);
        else copies[(statement - before.length) / 2]?.splitter.push(line);
      });
      begun?.answered(results.slice(0, before.length));
      for (let at = before.length + 1; at < endsAt; at += 2) needPinned(results[at] ?? [], session.encoding);
      ended?.answered(results.slice(endsAt));
    },
  };
}

function whereOf({ where }: RowsWanted): string {
  if (where === undefined) return '';
  // The literal takes the column's type, and the operator is the database's own whatever the owner defined.
  const column = quoteIdentifier(where.column);
  const counted = where.values.map((value) =>
    value === null ? `${column} IS NULL` : `${column} OPERATOR(pg_catalog.=) ${quoteLiteral(value)}`,
  );
  return ` WHERE ${counted.join(' OR ')}`;
}

/** Takes lines of a `copyStatement` apart. */
function rowsOf(
  columns: readonly Column[],
  unreadKey: string,
  onRow: (row: TableRow) => void,
): (buffer: Buffer, start: number, end: number) => void {
  const places = new Map(columns.map(({ name }, i) => [name, i]));
  return (buffer, start, end) => {
    const values = parseLine(buffer, start, end);
    const overflow = values[columns.length] ?? null;
    if (typeof overflow === 'object' && overflow !== null) throw new Error('the overflow column is no text');
    if (overflow === LONG_FLAG) throw new LongValue();
    const long = overflow === null ? null : parseOverflow(overflow, unreadKey);
    // One object for each value, whoever asks: what is made of it is made once.
    const cells: (Cell | undefined)[] = [];
    const get = (name: string): Cell | undefined => {
      const i = places.get(name);
      if (i === undefined) return undefined;
      const encoded = long?.get(i);
      cells[i] ??= encoded === undefined ? cellOf(values[i] ?? null, columns[i]?.json === true) : { encoded };
      return cells[i];
    };
    onRow({ get });
  };
}

function cellOf(value: string | Undecodable | null, json: boolean): Cell {
  if (value === null) return null;
  if (typeof value === 'string') return { text: value, json };
  const { bytes } = value;
  return { encoded: encodeValue({ form: 'digest', bytes: bytes.length, sha256: sha256Hex(bytes) }) };
}
