import { type CollectionSnapshot, compareUtf8 } from '../../baselines/index.js';

/** Lines of all records with this key, in their order; usually none or one. Binary search. */
export function linesWithKey(snapshot: CollectionSnapshot, key: string): string[] {
  const { records } = snapshot;
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(records[middle]?.key ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  const lines: string[] = [];
  for (let record = records[low]; record?.key === key; record = records[low]) {
    lines.push(record.line);
    low += 1;
  }
  return lines;
}
