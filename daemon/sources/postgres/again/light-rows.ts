import { cellText, markOf, type TableRow } from '../../relational/derive/cell.js';
import type { LatestRows } from '../../relational/derive/choose-rows.js';
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

/** What tells a row apart as far as it chooses. No two rows of the table have the same, where its primary key is among what chooses. */
function keyOf(columns: readonly string[], row: TableRow): string {
  return JSON.stringify(columns.map((name) => markOf(row.get(name))));
}

/** Takes rows one by one; `keys` is null once they are too many to be held, or too long, or not told apart. */
class Gathered {
  keys: Set<string> | null = new Set();
  characters = 0;

  constructor(
    private readonly columns: readonly string[],
    private readonly mostRows: number,
  ) {}

  take(row: TableRow): void {
    if (this.keys === null) return;
    const key = keyOf(this.columns, row);
    this.characters += key.length;
    for (const name of this.columns) this.characters += cellText(row.get(name))?.length ?? 0;
    const isOneMore = this.keys.size < this.mostRows && !this.keys.has(key);
    if (!isOneMore || this.characters > MOST_HELD_CHARACTERS) this.keys = null;
    else this.keys.add(key);
  }
}

/** What chooses of every row of a table, as one snapshot of the database had it. */
export interface LightRows {
  readonly columns: readonly string[];
  /** Of each row what it chooses by. */
  readonly keys: ReadonlySet<string>;
  readonly characters: number;
  /** Of all of them. */
  readonly choices: LatestRows;
  /** Of that snapshot. */
  readonly horizon: Horizon;
}

/** The rows of a table read whole, of which what chooses is held. */
export function holdingRows(table: PostgresRows): {
  readonly table: TableRows;
  /** The same for all who ask; null where nothing chose, or they were too many or too long. */
  readonly held: (horizon: Horizon | null) => LightRows | null;
} {
  let found: Omit<LightRows, 'horizon'> | null = null;
  let held: LightRows | null = null;
  return {
    table: {
      each: table.each,
      choose: async (wanted, choices) => {
        const { columns } = wanted;
        const gathered = new Gathered(columns, MOST_HELD);
        let count = 0;
        const take = (row: TableRow): void => {
          count++;
          gathered.take(row);
          choices.see(row);
        };
        await table.each([wanted], take, false);
        const { keys, characters } = gathered;
        found = keys === null ? null : { columns, keys, characters, choices };
        return count;
      },
    },
    held: (horizon) => {
      if (horizon === null || found === null) return null;
      held ??= { ...found, horizon };
      return held;
    },
  };
}

/**
 * The rows of a table of which those that were written since are read, as far as they choose, and all others are held (ADR 120). `unmoved` is what the server said of
 * the others in the same round trip; `refuse` throws: all are to be read.
 *
 * A row that is held is there still, as far as it chooses: so what was chosen among all of them is gone on from, and only rows that moved are seen.
 */
export function movedRows(
  table: PostgresRows,
  before: LightRows,
  { unmoved, refuse }: { readonly unmoved: () => Pick<Unmoved, 'all'>; readonly refuse: () => never },
): { readonly table: TableRows; readonly held: (horizon: Horizon) => LightRows } {
  let now: Omit<LightRows, 'horizon'> = before;
  return {
    table: {
      each: table.each,
      choose: async (wanted, choices) => {
        const { columns } = wanted;
        if (columns.join() !== before.columns.join() || !choices.goOnFrom(before.choices)) refuse();
        const moved = new Gathered(columns, MOST_MOVED);
        const since = { ...wanted, maxRecords: MOST_MOVED, writtenSince: before.horizon };
        const take = (row: TableRow): void => {
          moved.take(row);
          choices.see(row);
        };
        await table.each([since], take, false);
        const keys = joined(before.keys, moved.keys, unmoved()) ?? refuse();
        const characters = before.characters + moved.characters;
        if (characters > MOST_HELD_CHARACTERS) refuse();
        now = { columns, keys, characters, choices };
        return keys.size;
      },
    },
    held: (horizon) => ({ ...now, horizon }),
  };
}

/**
 * What all rows choose by now; null where nobody can say. Rows that were not sent are some of those that are held and choose as they did, and none of them has the key of one
 * that was sent. So when all are as many as these and those that were sent, the others are exactly these (see `placesGone`).
 */
function joined(
  before: ReadonlySet<string>,
  moved: ReadonlySet<string> | null,
  { all }: Pick<Unmoved, 'all'>,
): ReadonlySet<string> | null {
  if (moved === null) return null;
  const fresh = [...moved].filter((key) => !before.has(key));
  const now = before.size + fresh.length;
  if (now !== all || now > MOST_HELD) return null;
  return fresh.length === 0 ? before : new Set([...before, ...fresh]);
}
