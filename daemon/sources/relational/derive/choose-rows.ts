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
 * The highest value of the column `latest` among rows given one by one; null when none had one. Two rows that share it both count: then
 * it is in doubt which of them does.
 */
export function createLatest(derive: Derivation): {
  readonly see: (row: RowChoice) => void;
  readonly value: () => string | null;
  /** Some row's value is not known: it may be the highest. */
  readonly isInDoubt: () => boolean;
} {
  let highest: string | null = null;
  let inDoubt = false;
  return {
    see: (row) => {
      if (derive.latest === undefined || !hasFixedValues(derive, row)) return;
      const own = row.get(derive.latest) ?? null;
      inDoubt ||= row.isUnread(derive.latest);
      if (own === null) return;
      if (highest === null || compareValues(own, highest) > 0) highest = own;
    },
    value: () => highest,
    isInDoubt: () => inDoubt,
  };
}
