/** The nearest-rank percentile: the smallest sample that at least `percent` of all samples do not exceed. Throws without samples. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('a percentile needs samples');
  return value;
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 0 ? sorted[middle - 1] : upper;
  if (upper === undefined || lower === undefined) throw new RangeError('a median needs samples');
  return (upper + lower) / 2;
}

/** Lowest and highest sample, for people. */
export function spread(samples: readonly number[], digits: number): string {
  return `${Math.min(...samples).toFixed(digits)} to ${Math.max(...samples).toFixed(digits)}`;
}
