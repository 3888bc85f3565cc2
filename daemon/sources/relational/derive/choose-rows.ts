import { compareValues, type Derivation } from '../../../../baselines/index.js';

/** A row as the source sent it: values as text, by column. Asked and not listed: a history of thousands of rows is looked through for each collection of it. */
export interface RowValues {
  get(column: string): string | null | undefined;
}

/** True when a row has all fixed values. */
export function hasFixedValues({ where = [] }: Derivation, row: RowValues): boolean {
  for (const { column, is } of where) if (row.get(column) !== is) return false;
  return true;
}

/** The same, of rows that are chosen from. */
interface RowChoice extends RowValues {
  /** True for a value of which no text travelled. */
  isUnread(column: string): boolean;
}

/**
 * The values of the column `latest` of the rows that count, of those given one by one: the highest, and null when a row has none. Where a row without a value stands
 * differs between databases and between statements (`ORDER BY … DESC` has it first in PostgreSQL, last in MySQL, and `NULLS LAST` turns it round), so it counts
 * beside the highest: two rows that count make it in doubt which of them does, as two that share the highest value do.
 */
export function createLatest(derive: Derivation): {
  readonly see: (row: RowChoice) => void;
  readonly values: () => readonly (string | null)[];
  /** Some row's value is not known: it may be the highest. */
  readonly isInDoubt: () => boolean;
} {
  let highest: string | null = null;
  let hasNull = false;
  let inDoubt = false;
  return {
    see: (row) => {
      if (derive.latest === undefined || !hasFixedValues(derive, row)) return;
      const own = row.get(derive.latest) ?? null;
      const isUnread = row.isUnread(derive.latest);
      inDoubt ||= isUnread;
      if (own === null) hasNull ||= !isUnread;
      else if (highest === null || compareValues(own, highest) > 0) highest = own;
    },
    values: () => [...(highest === null ? [] : [highest]), ...(hasNull ? [null] : [])],
    isInDoubt: () => inDoubt,
  };
}
