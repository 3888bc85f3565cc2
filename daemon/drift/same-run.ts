import type { RecordLine } from '../../baselines/index.js';

/** Records that are walked over in one step. Nothing of them is looked at but that they are the same objects. */
const MOST_AT_ONCE = 16_384;

/**
 * How many records two lists that are ordered by key have in common from two places on, as the very same objects: of a large collection nearly all. Records of one key
 * are counted all or not at all, so that whoever goes on behind them has all others of a key before it.
 */
export function sameRun(
  one: readonly RecordLine[],
  from: number,
  other: readonly RecordLine[],
  otherFrom: number,
): number {
  const most = Math.min(MOST_AT_ONCE, one.length - from, other.length - otherFrom);
  let run = 0;
  while (run < most && one[from + run] === other[otherFrom + run]) run++;
  while (run > 0) {
    const key = one[from + run - 1]?.key;
    if (key !== one[from + run]?.key && key !== other[otherFrom + run]?.key) break;
    run--;
  }
  return run;
}
