/**
 * The results of a work for each item, in the order of the items, with at most `bound` under way at a time. After a failure no further work
 * begins; once none is under way any more it rejects with the error of the first item that failed.
 */
export async function severalAtATime<T, R>(
  bound: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  const failures = new Map<number, unknown>();
  const waiting = items.entries();
  const worker = async (): Promise<void> => {
    // One iterator for all workers: each takes the next item.
    for (const [index, item] of waiting) {
      try {
        results.set(index, await work(item));
      } catch (error) {
        failures.set(index, error);
      }
      if (failures.size > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(bound, items.length) }, worker));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}
