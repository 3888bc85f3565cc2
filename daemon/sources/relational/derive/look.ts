import {
  type CollectionSnapshot,
  choosingColumns,
  type Definition,
  type Derivation,
  tableColumns,
} from '../../../../baselines/index.js';
import type { ReadFailure } from '../failure.js';
import { cellText, type TableRow } from './cell.js';
import { hasFixedValues, LatestRows } from './choose-rows.js';
import type { DerivedPass, DerivedRows } from './derived-rows.js';

/** Rows of which only the columns that choose are read. More of them make the collections unreadable. */
const MOST_ROWS = 5_000_000;

/** Rows of a table as they are asked for. */
export interface RowsWanted {
  readonly columns: readonly string[];
  readonly maxRecords: number;
  /** Of a longer value its length and digest travel. */
  readonly maxValueBytes: number;
  /** Columns of which values travel up to `MAX_DOCUMENT` bytes. */
  readonly documents?: readonly string[];
  /** Only rows in which the column has one of the values (null: has none), by the database's own equality: whatever it takes for the same is in doubt. */
  readonly where?: { readonly column: string; readonly values: readonly (string | null)[] };
}

/** A table within the transaction that reads it. */
export interface TableRows {
  /**
   * Hands over the rows of each of `wanted`, with its place there; one more than `maxRecords` shows that there are more. `isLast`: nothing more will be asked
   * for. Rejects with what the driver said.
   */
  each(
    wanted: readonly RowsWanted[],
    onRow: (row: TableRow, place: number) => void,
    isLast: boolean,
  ): Promise<void>;
  /** The same as `each` of every row with those columns, seen by `choices`, where fewer need be handed over. Resolves with how many rows there are. */
  choose?(wanted: RowsWanted, choices: LatestRows): Promise<number>;
}

/** A collection of a table: its records are derived, or `derived` is null. */
interface OfTable {
  readonly definition: Definition;
  readonly derived: DerivedRows | null;
}

export function isDerived<C extends OfTable>(one: C): one is C & { readonly derived: DerivedRows } {
  return one.derived !== null;
}

type DerivedCollection = OfTable & { readonly derived: DerivedRows };

interface Derived<C extends DerivedCollection = DerivedCollection> {
  readonly one: C;
  readonly derive: Derivation;
  readonly pass: DerivedPass;
  /** What the column that chooses holds in the rows that came and count. */
  readonly came: Set<string | null>;
}

/** What rows a statement brings, and for whom. */
interface Statement {
  readonly wanted: RowsWanted;
  readonly for: Derived[];
}

/**
 * Looks at a table once for all collections that are derived from it, with as few statements as give each the rows that count. Where one column
 * chooses, the columns that choose are read of every row first and the others of the chosen rows alone, so that a history of heavy rows costs no more
 * than its light columns. Resolves with what makes each collection's snapshot, which needs the table no more. Rejects with what the driver said.
 */
export async function lookAtTable<C extends DerivedCollection>(
  collections: readonly C[],
  table: TableRows,
  limits: { readonly maxRecords: number; readonly maxValueBytes: number },
): Promise<ReadonlyMap<C, () => Promise<CollectionSnapshot | ReadFailure>>> {
  const all = collections.map((one): Derived<C> => {
    const { derive = {} } = one.definition;
    return { one, derive, pass: one.derived.begin(), came: new Set() };
  });
  const whole = all.filter(({ derive }) => derive.latest === undefined);
  const chosen = await chosenRows(
    all.filter(({ derive }) => derive.latest !== undefined),
    table,
    limits.maxValueBytes,
  );
  const statements = joined([...whole.map((one) => ({ one, where: undefined })), ...chosen], limits);
  const seen = statements.map(() => 0);
  await table.each(
    statements.map(({ wanted }) => wanted),
    (row, place) => {
      seen[place] = (seen[place] ?? 0) + 1;
      for (const one of statements[place]?.for ?? []) take(one, row);
    },
    true,
  );
  statements.forEach(({ wanted, for: those }, place) => {
    const rows = seen[place] ?? 0;
    for (const { one, pass, came } of those) {
      if (wanted.where === undefined) one.derived.rowsLookedAt = rows;
      if (rows > wanted.maxRecords) pass.refuse(tooMany(wanted.maxRecords));
      else if (wanted.where?.values.some((value) => !came.has(value))) pass.refuse(NOT_COME);
    }
  });
  return new Map(all.map(({ one, pass }) => [one, pass.finish]));
}

function take({ derive, pass, came }: Derived, row: TableRow): void {
  pass.row(row);
  const { latest } = derive;
  if (latest === undefined || !hasFixedValues(derive, { get: (name) => cellText(row.get(name)) })) return;
  came.add(cellText(row.get(latest)));
}

/** A condition is not only ours to judge by: the server leaves out what it believes not to fulfil it (ADR 148). */
const NOT_COME: ReadFailure = {
  cause: 'failed',
  detail:
    'the row that was chosen as the latest did not come when it was asked for; look for a partition that holds rows of another one',
};

const NO_TEXT =
  'a value of the column that chooses the latest row is longer than maxValueBytes, or no text: nobody can say whether it is the latest';

function tooMany(rows: number): ReadFailure {
  return { cause: 'too-large', detail: `the table has more than ${rows} rows` };
}

interface Chosen {
  readonly one: Derived;
  readonly where: RowsWanted['where'];
}

/** One look at the columns that choose. None is chosen for a collection of which no row counts. */
async function chosenRows(
  all: readonly Derived[],
  table: TableRows,
  maxValueBytes: number,
): Promise<Chosen[]> {
  if (all.length === 0) return [];
  const columns = [...new Set(all.flatMap(({ derive }) => choosingColumns(derive)))];
  const choices = new LatestRows(all.map(({ derive }) => derive));
  const wanted = { columns, maxRecords: MOST_ROWS, maxValueBytes };
  const rows = (await table.choose?.(wanted, choices)) ?? (await chooseOfAll(table, wanted, choices));
  for (const { one, pass } of all) {
    one.derived.rowsLookedAt = rows;
    if (rows > MOST_ROWS) pass.refuse(tooMany(MOST_ROWS));
  }
  if (rows > MOST_ROWS) return [];
  return all.flatMap((one) => {
    const { isInDoubt, isStanding, values } = choices.of(one.derive);
    if (isInDoubt) {
      one.pass.refuse({ cause: 'failed', detail: NO_TEXT });
      return [];
    }
    if (isStanding && one.pass.stands()) return [];
    const { latest: column } = one.derive;
    return column === undefined || values.length === 0 ? [] : [{ one, where: { column, values } }];
  });
}

async function chooseOfAll(table: TableRows, wanted: RowsWanted, choices: LatestRows): Promise<number> {
  let rows = 0;
  const see = (row: TableRow): void => {
    rows++;
    choices.see(row);
  };
  await table.each([wanted], see, false);
  return rows;
}

/** One statement for all that want the same rows, and of no column values of another length. */
function joined(
  chosen: readonly Chosen[],
  { maxRecords, maxValueBytes }: { readonly maxRecords: number; readonly maxValueBytes: number },
): Statement[] {
  const statements = new Map<string, Statement>();
  for (const { one, where } of chosen) {
    const own = tableColumns(one.one.definition);
    const documents = documentsOf(one, own);
    const isOtherwise = ({ wanted }: Statement) =>
      own.some(
        (name) =>
          wanted.columns.includes(name) && wanted.documents?.includes(name) !== documents.includes(name),
      );
    let id = JSON.stringify([where?.column, where?.values]);
    for (
      let known = statements.get(id);
      known !== undefined && isOtherwise(known);
      known = statements.get(id)
    )
      id += ' ';
    const before = statements.get(id);
    const columns = [...new Set([...(before?.wanted.columns ?? []), ...own])];
    const all = [...new Set([...(before?.wanted.documents ?? []), ...documents])];
    statements.set(id, {
      wanted: {
        columns,
        maxRecords,
        maxValueBytes,
        documents: all,
        ...(where === undefined ? {} : { where }),
      },
      for: [...(before?.for ?? []), one],
    });
  }
  return [...statements.values()];
}

/** Columns of a collection whose values are taken apart. Where they do not choose, the others are as long: only a chosen row's were read before. */
function documentsOf({ derive: { json, latest } }: Derived, own: readonly string[]): readonly string[] {
  if (json === undefined) return [];
  return latest === undefined ? own : [json.column];
}

/**
 * Collections in the parts that are looked at one after another, in their order: those derived from one table in one part, each other by itself.
 */
export function inLooks<C extends OfTable>(collections: readonly C[]): C[][] {
  const looks: C[][] = [];
  const byTable = new Map<string, C[]>();
  for (const one of collections) {
    const { table } = one.definition;
    const known = isDerived(one) ? byTable.get(table) : undefined;
    if (known !== undefined) {
      known.push(one);
      continue;
    }
    const look = [one];
    if (isDerived(one)) byTable.set(table, look);
    looks.push(look);
  }
  return looks;
}
