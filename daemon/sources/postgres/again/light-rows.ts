import { type Cell, cellText, markOf, type TableRow } from '../../relational/derive/cell.js';
import type { TableRows } from '../../relational/derive/look.js';
import type { Unmoved } from '../../relational/moved-rows.js';
import type { PostgresRows } from '../read-derived.js';
import type { Horizon } from './horizon.js';

/** Rows of a table that are held between reads, with the columns that choose of each. */
export const MOST_HELD = 20_000;
/** Characters in them. */
const MOST_HELD_CHARACTERS = 16_777_216;
/** Rows beyond which all are rather read. */
const MOST_MOVED = 1_000;

/** What the rows of a table share. */
interface Held {
  readonly places: ReadonlyMap<string, number>;
  /** Values by their mark. Most columns that choose hold one of a few. */
  readonly cells: Map<string, Cell>;
}
const MOST_CELLS = 256;

function heldOf(columns: readonly string[]): Held {
  return { places: new Map(columns.map((name, i) => [name, i])), cells: new Map() };
}

function sameCell(cells: Map<string, Cell>, mark: string, cell: Cell): Cell {
  const known = cells.get(mark);
  if (known !== undefined) return known;
  if (cells.size < MOST_CELLS) cells.set(mark, cell);
  return cell;
}

/** A row as far as it chooses, with the transaction that wrote it. */
class LightRow implements TableRow {
  readonly #places: ReadonlyMap<string, number>;
  readonly #cells: readonly Cell[];
  readonly mark: number;
  /** No two rows of the table have the same, where its primary key is among what chooses. */
  readonly key: string;

  constructor({ places, cells }: Held, row: TableRow, mark: number) {
    this.#places = places;
    const own = [...places.keys()].map((name) => row.get(name) ?? null);
    const marks = own.map(markOf);
    this.#cells = own.map((cell, i) => sameCell(cells, marks[i] ?? '', cell));
    this.mark = mark;
    this.key = JSON.stringify(marks);
  }

  get(column: string): Cell | undefined {
    const place = this.#places.get(column);
    return place === undefined ? undefined : this.#cells[place];
  }

  get characters(): number {
    let sum = this.key.length;
    for (const cell of this.#cells) sum += cellText(cell)?.length ?? 0;
    return sum;
  }
}

/** Takes rows one by one; `rows` is null once they are too many to be held, or too long. */
class Gathered {
  rows: LightRow[] | null = [];
  #characters = 0;

  constructor(
    private readonly held: Held,
    private readonly mostRows: number,
  ) {}

  take(row: TableRow, mark: number): void {
    if (this.rows === null) return;
    const light = new LightRow(this.held, row, mark);
    this.#characters += light.characters;
    if (this.rows.length === this.mostRows || this.#characters > MOST_HELD_CHARACTERS) this.rows = null;
    else this.rows.push(light);
  }
}

/** What chooses of every row of a table, as one snapshot of the database had it. */
export interface LightRows {
  readonly columns: readonly string[];
  readonly rows: readonly LightRow[];
  /** Of that snapshot. */
  readonly horizon: Horizon;
}

/** The rows of a table read whole, of which what chooses is held. */
export function holdingRows(table: PostgresRows): {
  readonly table: TableRows;
  /** The same for all who ask; null where nothing chose, or they were too many or too long. */
  readonly held: (horizon: Horizon | null) => LightRows | null;
} {
  let columns: readonly string[] = [];
  let held: LightRows | null = null;
  let gathered: Gathered | null = null;
  return {
    table: {
      each: (wanted, onRow, isLast) => {
        const [one] = wanted;
        // What chooses is asked for before anything else.
        if (isLast || one === undefined) return table.each(wanted, onRow, isLast);
        columns = one.columns;
        const own = new Gathered(heldOf(one.columns), MOST_HELD);
        gathered = own;
        const hold = (row: TableRow, place: number, mark: number): void => {
          own.take(row, mark);
          onRow(row, place);
        };
        return table.each([{ ...one, marked: true }], hold, isLast);
      },
    },
    held: (horizon) => {
      const rows = gathered?.rows ?? null;
      if (horizon === null || rows === null) return null;
      held ??= { columns, rows, horizon };
      return held;
    },
  };
}

/**
 * The rows of a table of which those that were written since are read, as far as they choose, and all others are held (ADR 120). `unmoved` is what the server said of
 * the others in the same round trip; `refuse` throws: all are to be read.
 */
export function movedRows(
  table: PostgresRows,
  before: LightRows,
  { unmoved, refuse }: { readonly unmoved: () => Unmoved; readonly refuse: () => never },
): { readonly table: TableRows; readonly held: (horizon: Horizon) => LightRows } {
  let rows = before.rows;
  return {
    table: {
      each: async (wanted, onRow, isLast) => {
        const [one] = wanted;
        if (isLast || one === undefined) return table.each(wanted, onRow, isLast);
        if (one.columns.join() !== before.columns.join()) refuse();
        const moved = new Gathered(heldOf(before.columns), MOST_MOVED);
        const since = { ...one, maxRecords: MOST_MOVED, marked: true, writtenSince: before.horizon };
        await table.each([since], (row, _, mark) => moved.take(row, mark), isLast);
        rows = joined(before.rows, moved.rows, unmoved()) ?? refuse();
        for (const row of rows) onRow(row, 0);
      },
    },
    held: (horizon) => ({ columns: before.columns, rows, horizon }),
  };
}

/** All rows as they are now; null where nobody can say. See `rowsLeft`, whose reasons these are. */
function joined(
  before: readonly LightRow[],
  moved: readonly LightRow[] | null,
  { standing, isStanding }: Unmoved,
): readonly LightRow[] | null {
  if (moved === null) return null;
  const anew = new Set(moved.map(({ key }) => key));
  if (anew.size !== moved.length) return null;
  const left = before.filter(({ mark, key }) => isStanding(mark) && !anew.has(key));
  const all = [...left, ...moved];
  if (left.length !== standing || all.length > MOST_HELD) return null;
  const characters = all.reduce((sum, row) => sum + row.characters, 0);
  return characters > MOST_HELD_CHARACTERS ? null : all;
}
