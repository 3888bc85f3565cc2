import { allEntries, breakBetween } from '../../store/journal/chain.js';
import type { JournalBodies } from '../../store/journal/event.js';
import { KeptDigest, LEAST_KEEP_MS } from '../../store/journal/fold.js';
import type { JournalBreak, JournalEntry, StoreReader } from '../../store/store.js';
import { entryBody } from '../text/journal-text.js';

/** What an entry says of a fold, checked for its form alone. */
export interface FoldClaim extends Omit<JournalBodies['journal-folded'], 'detailsFile' | 'incidents'> {
  readonly entry: JournalEntry;
}

/** What an entry claims; null for what is of another form. */
export function claimOf(entry: JournalEntry): FoldClaim | null {
  const body = entryBody(entry.body) ?? {};
  const { number, from, through, untilMs, head, kept, journalFile } = body;
  const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
  const isDigest = (value: unknown): value is string =>
    typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
  if (!isWhole(number) || !isWhole(from) || !isWhole(through) || !isWhole(untilMs)) return null;
  if (!isDigest(head) || !isDigest(kept) || !isDigest(journalFile)) return null;
  return { entry, number, from, through, untilMs, head, kept, journalFile };
}

/**
 * True for the fold behind `before` others that ended at `last`: it begins there, is younger than all it covers by as much as is kept at least, and stands
 * behind what it covers.
 */
export function isNextFold(
  { entry, number, from, through, untilMs }: FoldClaim,
  { before, last }: { readonly before: number; readonly last: number },
): boolean {
  const follows = number === before + 1 && from === last + 1 && through >= from;
  return follows && entry.seq > through && entry.atMs - untilMs >= LEAST_KEEP_MS;
}

/** The entries of a fold that are in the store: those that stay, and those that were not removed yet. */
export function stillThere(store: StoreReader, { from, through }: FoldClaim): JournalEntry[] {
  const left: JournalEntry[] = [];
  for (const entry of allEntries(store, { afterSeq: from - 1 })) {
    if (entry.seq > through) break;
    left.push(entry);
  }
  return left;
}

/** The break at the first of these entries whose text does not give its hash; null when there is none. */
export function changedAmong(left: readonly JournalEntry[]): JournalBreak | null {
  for (const entry of left) {
    const broken = breakBetween({ seq: entry.seq - 1, hash: entry.previous }, entry);
    if (broken !== null) return broken;
  }
  return null;
}

/** The break at the first of these entries that is another one in the file of its fold; null when there is none. */
export function otherThan(
  left: readonly JournalEntry[],
  entries: readonly JournalEntry[],
): JournalBreak | null {
  const [first] = entries;
  for (const entry of left) {
    const filed = entries[entry.seq - (first?.seq ?? 0)];
    if (filed?.hash !== entry.hash) return { seq: entry.seq, what: 'changed' };
  }
  return changedAmong(left);
}

/** The digest that a fold must have named for the entries that stay. */
export function keptOf(left: readonly JournalEntry[]): string {
  const kept = new KeptDigest();
  for (const entry of left) kept.add(entry);
  return kept.digest();
}
