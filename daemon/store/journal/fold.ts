import { createHash } from 'node:crypto';
import type { NewFold } from '../port/folds.js';
import type { JournalEntry } from '../port/journal.js';
import type { JournalEvent } from './event.js';

/** Entries of these types stay for ever: who signed what, and what the memory itself went through. The store's own schema says so too. */
export const KEPT_TYPES: ReadonlySet<string> = new Set([
  'baseline-in-force',
  'trust-root',
  'excuse-in-force',
  'excuse-withdrawn',
  'state-restored',
  'journal-folded',
]);

/** No fold takes what is younger, in milliseconds: one that does was not made by us. */
export const LEAST_KEEP_MS = 30 * 86_400_000;

/**
 * The age of an entry to a fold made at `foldedMs` of what is from before `untilMs`, all in UTC milliseconds. `undated`: it says it is from later than the
 * fold itself, so a clock was wrong and its time says nothing. It is as old as the next entry in the order that has a time.
 */
export function ageAtFold(
  { atMs }: Pick<JournalEntry, 'atMs'>,
  { untilMs, foldedMs }: { readonly untilMs: number; readonly foldedMs: number },
): 'old' | 'young' | 'undated' {
  if (atMs < untilMs) return 'old';
  return atMs > foldedMs ? 'undated' : 'young';
}

/** The entry of a fold: it binds which entries went, the last one's hash, the files they are in, and those that stay. */
export function foldedEvent(fold: NewFold): JournalEvent {
  const { number, from, through, head, untilMs, kept, journalFile, detailsFile, incidents } = fold;
  return {
    type: 'journal-folded',
    body: {
      number,
      from,
      through,
      head,
      untilMs,
      kept,
      journalFile,
      detailsFile,
      incidents: incidents.length,
    },
  };
}

/** The digest over the entries that stay. */
export class KeptDigest {
  readonly #hash = createHash('sha256');

  add({ type, hash }: Pick<JournalEntry, 'type' | 'hash'>): void {
    if (KEPT_TYPES.has(type)) this.#hash.update(`${hash}\n`);
  }

  /** Hex SHA-256. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
