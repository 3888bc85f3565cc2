import {
  type CollectionSnapshot,
  choosingColumns,
  encodeValue,
  sha256Hex,
} from '../../../baselines/index.js';
import { parseOverflow } from '../relational/decode.js';
import type { Cell } from '../relational/derive/cell.js';
import { createLatest } from '../relational/derive/choose-rows.js';
import type { DerivedRows } from '../relational/derive/derived-rows.js';
import { MAX_DOCUMENT } from '../relational/derive/json-records.js';
import type { ReadFailure } from '../relational/failure.js';
import type { WatchedCollection } from '../relational/reader.js';
import type { PostgresConfig } from './config.js';
import { copyStatement } from './copy-statement.js';
import { createLineSplitter, parseLine, type Undecodable } from './copy-text.js';
import type { Column } from './identify.js';
import { parseRelation, quoteIdentifier, quoteLiteral, quoteRelation } from './quote.js';
import type { Session } from './session.js';

/** Rows of which only the columns that choose are read. More of them make the collection unreadable. */
const MOST_ROWS = 5_000_000;

interface DerivedRead {
  readonly one: WatchedCollection;
  readonly derived: DerivedRows;
  /** As `tableColumns` orders them. */
  readonly columns: readonly Column[];
  readonly config: PostgresConfig;
  /** See `ReadPlan`. */
  readonly unreadKey: string;
  readonly timeoutMs: number;
}

/**
 * Reads a collection whose records are derived. Where one column chooses, the columns that choose are read of every row first and the others of
 * the chosen row alone, so that a history of heavy rows costs no more than its light columns. Rejects with what the driver said.
 */
export async function readDerived(
  session: Session,
  { one, derived, columns, config, unreadKey, timeoutMs }: DerivedRead,
): Promise<CollectionSnapshot | ReadFailure> {
  const { derive = {}, table } = one.definition;
  const relation = parseRelation(table);
  if (!relation) return { cause: 'missing', detail: 'the table does not exist' };
  let from = quoteRelation(relation);
  const pass = derived.begin();
  if (derive.latest !== undefined) {
    const choosing = new Set(choosingColumns(derive));
    const light = columns.filter(({ name }) => choosing.has(name));
    const latest = createLatest(derive);
    let rows = 0;
    const statement = copyStatement({
      columns: light,
      from,
      maxRecords: MOST_ROWS,
      maxValueBytes: config.maxValueBytes,
    });
    const places = new Map(light.map(({ name }, i) => [name, i]));
    await copyRows(session, { statement, columns: light, unreadKey, timeoutMs }, (cellAt) => {
      rows++;
      latest.see({
        get: (name) => {
          const place = places.get(name);
          const cell = place === undefined ? null : cellAt(place);
          return cell && 'text' in cell ? cell.text : null;
        },
      });
    });
    if (rows > MOST_ROWS) return { cause: 'too-large', detail: `the table has more than ${MOST_ROWS} rows` };
    const value = latest.value();
    if (value === null) return pass.finish();
    // The literal takes the column's type, and the operator is the database's own whatever the owner defined.
    from += ` WHERE ${quoteIdentifier(derive.latest)} OPERATOR(pg_catalog.=) ${quoteLiteral(value)}`;
  }
  const maxValueBytes = derive.json === undefined ? config.maxValueBytes : MAX_DOCUMENT;
  const statement = copyStatement({ columns, from, maxRecords: config.maxRecords, maxValueBytes });
  await copyRows(session, { statement, columns, unreadKey, timeoutMs }, (cellAt) =>
    pass.row(new Map(columns.map(({ name }, i) => [name, cellAt(i)]))),
  );
  return pass.finish();
}

/** A `copyStatement` with what its rows are read by. */
interface Copied extends Pick<DerivedRead, 'columns' | 'unreadKey' | 'timeoutMs'> {
  readonly statement: string;
}

async function copyRows(
  session: Session,
  { statement, columns, unreadKey, timeoutMs }: Copied,
  onRow: (cellAt: (index: number) => Cell) => void,
): Promise<void> {
  const splitter = createLineSplitter((buffer, start, end) => {
    const values = parseLine(buffer, start, end);
    const overflow = values[columns.length] ?? null;
    if (typeof overflow === 'object' && overflow !== null) throw new Error('the overflow column is no text');
    const long = overflow === null ? null : parseOverflow(overflow, unreadKey);
    onRow((i) => {
      const encoded = long?.get(i);
      return encoded === undefined ? cellOf(values[i] ?? null, columns[i]?.json === true) : { encoded };
    });
  });
  await session.copy(statement, timeoutMs, (chunk) => {
    splitter.push(chunk);
    return undefined;
  });
}

function cellOf(value: string | Undecodable | null, json: boolean): Cell {
  if (value === null) return null;
  if (typeof value === 'string') return { text: value, json };
  const { bytes } = value;
  return { encoded: encodeValue({ form: 'digest', bytes: bytes.length, sha256: sha256Hex(bytes) }) };
}
