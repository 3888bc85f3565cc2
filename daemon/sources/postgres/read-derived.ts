import { encodeValue, sha256Hex } from '../../../baselines/index.js';
import { parseOverflow } from '../relational/decode.js';
import type { Cell, TableRow } from '../relational/derive/cell.js';
import type { RowsWanted, TableRows } from '../relational/derive/look.js';
import { copyStatement } from './copy-statement.js';
import { createLineSplitter, parseLine, type Undecodable } from './copy-text.js';
import type { Column } from './identify.js';
import { quoteIdentifier, quoteLiteral } from './quote.js';
import type { Session } from './session.js';

/** The rows of a table within a transaction, for the collections that are derived from it. */
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
  },
): TableRows {
  const known = new Map(table.columns.map((column) => [column.name, column]));
  return {
    each: async (wanted, onRow) => {
      for (const [place, one] of wanted.entries()) {
        const columns = one.columns.flatMap((name) => known.get(name) ?? []);
        const statement = copyStatement({ ...one, columns, from: `${table.from}${whereOf(one)}` });
        const splitter = createLineSplitter(rowsOf(columns, table.unreadKey, (row) => onRow(row, place)));
        await session.copy(statement, table.timeoutMs, (chunk) => {
          splitter.push(chunk);
          return undefined;
        });
      }
    },
  };
}

function whereOf({ where }: RowsWanted): string {
  if (where === undefined) return '';
  // The literal takes the column's type, and the operator is the database's own whatever the owner defined.
  return ` WHERE ${quoteIdentifier(where.column)} OPERATOR(pg_catalog.=) ${quoteLiteral(where.value)}`;
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
    const long = overflow === null ? null : parseOverflow(overflow, unreadKey);
    // One object for each value, whoever asks: what is made of it is made once.
    const cells: (Cell | undefined)[] = [];
    onRow({
      get: (name) => {
        const i = places.get(name);
        if (i === undefined) return undefined;
        const encoded = long?.get(i);
        cells[i] ??=
          encoded === undefined ? cellOf(values[i] ?? null, columns[i]?.json === true) : { encoded };
        return cells[i];
      },
    });
  };
}

function cellOf(value: string | Undecodable | null, json: boolean): Cell {
  if (value === null) return null;
  if (typeof value === 'string') return { text: value, json };
  const { bytes } = value;
  return { encoded: encodeValue({ form: 'digest', bytes: bytes.length, sha256: sha256Hex(bytes) }) };
}
