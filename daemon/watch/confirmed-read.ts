import type { CollectionSnapshot } from '../../baselines/index.js';
import { needsConfirmation } from '../policy/confirm.js';
import type { CollectionReading, ReadOptions, Source, SourceReading } from '../sources/source.js';

/** What the detail of a collection says whose reading failed by a defect of ours. */
const DEFECT_DETAIL = 'an internal error, see the log';

/** Reads the named collections (all when absent). What one read may not be believed about is read again, in a new transaction, at once, and whole. */
export async function readConfirmed(
  source: Source,
  wanted: readonly string[] | undefined,
  signed: ReadonlyMap<string, CollectionSnapshot>,
  options: ReadOptions,
): Promise<SourceReading> {
  const first = await source.read(wanted, options);
  const doubtful = [...first.collections].filter(([name, collection]) => {
    const before = signed.get(name);
    return collection.readable && before !== undefined && needsConfirmation(before, collection.snapshot);
  });
  if (doubtful.length === 0) return first;
  const second = await source.read(
    doubtful.map(([name]) => name),
    { ...options, extent: 'all' },
  );
  return { ...first, ...second, collections: new Map([...first.collections, ...second.collections]) };
}

/** What is known of collections whose read goes on and on: nothing that is so now. */
export function stillUnread(
  { name: source }: Pick<Source, 'name'>,
  collections: readonly string[],
  observedAtMs: number,
  unreadForMs: number,
): SourceReading {
  const detail = `its reading takes longer than ${unreadForMs / 1_000} s`;
  const unread: CollectionReading = { readable: false, cause: 'timeout', detail, unreadForMs };
  return { source, observedAtMs, collections: new Map(collections.map((name) => [name, unread])) };
}

/** The reading, of what ran into a limit with the time that it took until then. */
export function withTimeTaken(reading: SourceReading, tookMs: number): SourceReading {
  const timed = [...reading.collections].map(([name, one]): [string, CollectionReading] => {
    const isLate = !one.readable && one.cause === 'timeout' && tookMs > 0;
    return [name, isLate ? { ...one, unreadForMs: tookMs } : one];
  });
  return { ...reading, collections: new Map(timed) };
}

/** What is known of collections whose read threw: nothing. What they were read as before is no state of now (invariant 14). */
export function unreadByDefect(
  source: Pick<Source, 'name' | 'collections'>,
  wanted: readonly string[] | undefined,
  observedAtMs: number,
): SourceReading {
  const unread: CollectionReading = { readable: false, cause: 'failed', detail: DEFECT_DETAIL };
  const collections = new Map((wanted ?? source.collections).map((name) => [name, unread]));
  return { source: source.name, observedAtMs, collections };
}
