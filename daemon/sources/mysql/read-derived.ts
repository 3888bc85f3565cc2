import { cellText, type TableRow } from '../relational/derive/cell.js';
import type { TableRows } from '../relational/derive/look.js';
import type { TableColumn } from './column.js';
import { createCellReader } from './decode.js';
import type { TableName } from './quote.js';
import { selectStatement } from './select.js';
import type { MysqlSession } from './session.js';

/** The rows of a table within a transaction, for the collections that are derived from it. */
export function mysqlRows(
  session: MysqlSession,
  table: {
    readonly relation: TableName;
    /** Every column that is asked for. */
    readonly columns: readonly TableColumn[];
    /** See `parseOverflow`. */
    readonly unreadKey: string;
    readonly timeoutMs: number;
  },
): TableRows {
  const known = new Map(table.columns.map((column) => [column.name, column]));
  return {
    each: async (wanted, onRow) => {
      for (const [place, one] of wanted.entries()) {
        const columns = one.columns.flatMap((name) => known.get(name) ?? []);
        const cellsOf = createCellReader(columns, table.unreadKey);
        const places = new Map(columns.map(({ name }, i) => [name, i]));
        const statement = selectStatement({ ...one, relation: table.relation, columns });
        await session.stream(statement, table.timeoutMs, () => ({
          row: (buffer, start, end) => {
            const cells = cellsOf(buffer, start, end);
            const row: TableRow = { get: (name) => cells[places.get(name) ?? -1] };
            // A collation takes more for equal than its letters.
            if (one.where && !one.where.values.includes(cellText(row.get(one.where.column)))) return;
            onRow(row, place);
          },
          pause: () => undefined,
        }));
      }
    },
  };
}
