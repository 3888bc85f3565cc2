import type { Derivation } from '../../../../baselines/index.js';

/** A row as the source sent it: values as text, by column. Asked and not listed: a history of thousands of rows is looked through for each collection of it. */
export interface RowValues {
  get(column: string): string | null | undefined;
}

/** True when a row has all fixed values. */
export function hasFixedValues({ where = [] }: Derivation, row: RowValues): boolean {
  for (const { column, is } of where) if (row.get(column) !== is) return false;
  return true;
}

/**
 * The highest value of the column `latest` among rows given one by one; null when none had one. Two rows that share it both count: then
 * it is in doubt which of them does.
 */
export function createLatest(derive: Derivation): {
  readonly see: (row: RowValues) => void;
  readonly value: () => string | null;
} {
  let highest: string | null = null;
  return {
    see: (row) => {
      if (derive.latest === undefined || !hasFixedValues(derive, row)) return;
      const own = row.get(derive.latest) ?? null;
      if (own === null) return;
      if (highest === null || compareValues(own, highest) > 0) highest = own;
    },
    value: () => highest,
  };
}

/** Whole numbers of any length by their value, all else by the bytes of its text, which is right for ISO times. */
export function compareValues(a: string, b: string): number {
  if (SMALL.test(a) && SMALL.test(b)) return Number(a) - Number(b);
  if (WHOLE.test(a) && WHOLE.test(b)) {
    const [x, y] = [BigInt(a), BigInt(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As long as a NUMERIC that counts rows could be. */
const WHOLE = /^-?[0-9]{1,40}$/;
/** Exact as a number. */
const SMALL = /^-?[0-9]{1,15}$/;
