import { type CollectionSnapshot, choosingColumns } from '../../../baselines/index.js';
import type { Cell } from '../relational/derive/cell.js';
import { createLatest } from '../relational/derive/choose-rows.js';
import type { DerivedRows } from '../relational/derive/derived-rows.js';
import { MAX_DOCUMENT } from '../relational/derive/json-records.js';
import type { ReadFailure } from '../relational/failure.js';
import type { WatchedCollection } from '../relational/reader.js';
import type { TableColumn } from './column.js';
import type { MysqlConfig } from './config.js';
import { createCellReader } from './decode.js';
import type { TableName } from './quote.js';
import { selectStatement } from './select.js';
import type { MysqlSession } from './session.js';

/** Rows of which only the columns that choose are read. More of them make the collection unreadable. */
const MOST_ROWS = 5_000_000;

interface DerivedRead {
  readonly one: WatchedCollection;
  readonly derived: DerivedRows;
  readonly relation: TableName;
  /** As `tableColumns` orders them. */
  readonly columns: readonly TableColumn[];
  readonly config: MysqlConfig;
  /** See `parseOverflow`. */
  readonly unreadKey: string;
  readonly timeoutMs: number;
}

type Cells = ReadonlyMap<string, Cell>;

/**
 * Reads a collection whose records are derived. Where one column chooses, the columns that choose are read of every row first and the others of
 * the chosen rows alone. Rejects with what the driver said.
 */
export async function readDerivedRows(
  session: MysqlSession,
  { one, derived, relation, columns, config, unreadKey, timeoutMs }: DerivedRead,
): Promise<CollectionSnapshot | ReadFailure> {
  const { derive = {} } = one.definition;
  const pass = derived.begin();
  const maxValueBytes = derive.json === undefined ? config.maxValueBytes : MAX_DOCUMENT;
  const whole = { relation, columns, maxRecords: config.maxRecords, maxValueBytes };
  if (derive.latest === undefined) {
    await eachRow(session, selectStatement(whole), columns, { unreadKey, timeoutMs }, pass.row);
    return pass.finish();
  }
  const choosing = new Set(choosingColumns(derive));
  const light = columns.filter(({ name }) => choosing.has(name));
  const latest = createLatest(derive);
  let rows = 0;
  const statement = selectStatement({ ...config, relation, columns: light, maxRecords: MOST_ROWS });
  await eachRow(session, statement, light, { unreadKey, timeoutMs }, (cells) => {
    rows++;
    latest.see({ get: (name) => textOf(cells.get(name)) });
  });
  if (rows > MOST_ROWS) return { cause: 'too-large', detail: `the table has more than ${MOST_ROWS} rows` };
  const value = latest.value();
  if (value === null) return pass.finish();
  const where = { column: derive.latest, value };
  await eachRow(session, selectStatement({ ...whole, where }), columns, { unreadKey, timeoutMs }, (cells) => {
    if (textOf(cells.get(where.column)) === value) pass.row(cells);
  });
  return pass.finish();
}

function textOf(cell: Cell | undefined): string | null {
  return cell && 'text' in cell ? cell.text : null;
}

/** Hands over the values of each row, by column. */
async function eachRow(
  session: MysqlSession,
  statement: string,
  columns: readonly TableColumn[],
  { unreadKey, timeoutMs }: Pick<DerivedRead, 'unreadKey' | 'timeoutMs'>,
  onRow: (cells: Cells) => void,
): Promise<void> {
  const cellsOf = createCellReader(columns, unreadKey);
  await session.stream(statement, timeoutMs, () => ({
    row: (buffer, start, end) => {
      const cells = cellsOf(buffer, start, end);
      onRow(new Map(columns.map(({ name }, i) => [name, cells[i] ?? null])));
    },
    pause: () => undefined,
  }));
}
