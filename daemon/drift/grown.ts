import type { CollectionSnapshot } from '../../baselines/index.js';

/** True where every record of `before` is still there, and those that came beside them have keys of their own. Both are in the order of their keys. */
export function hasOnlyGrown(before: CollectionSnapshot, now: CollectionSnapshot): boolean {
  const { records } = now;
  let at = 0;
  for (const record of before.records) {
    while (at < records.length && records[at]?.digest !== record.digest) {
      const key = records[at]?.key;
      if (records[at - 1]?.key === key || records[at + 1]?.key === key) return false;
      at++;
    }
    if (at === records.length) return false;
    at++;
  }
  return records.slice(at).every(({ key }, i) => records[at + i - 1]?.key !== key);
}
