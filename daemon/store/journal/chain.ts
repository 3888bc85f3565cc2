import { hash } from 'node:crypto';
import type { JournalBreak, JournalEntry, JournalFilter, JournalReader } from '../port/journal.js';

/** What the first entry follows. */
export const JOURNAL_START = '0'.repeat(64);

const TYPE = /^[a-z-]+$/;

/**
 * Hash of an entry: SHA-256 over `previous`, `seq`, `atMs`, `type` and `body`, each followed by a line feed. None of the first four can
 * hold a line feed and `body` comes last, so no two entries have one input.
 */
export function journalHash(entry: Omit<JournalEntry, 'hash'>): string {
  const { previous, seq, atMs, type, body } = entry;
  if (!TYPE.test(type)) throw new RangeError('a journal type is a lower-case word');
  return hash('sha256', `${previous}\n${seq}\n${atMs}\n${type}\n${body}\n`);
}

/** Null when `entry` is the one that follows `previous` (null: is the first), else what is wrong. */
export function breakBetween(
  previous: Pick<JournalEntry, 'seq' | 'hash'> | null,
  entry: JournalEntry,
): JournalBreak | null {
  const expected = (previous?.seq ?? 0) + 1;
  if (entry.seq !== expected) return { seq: expected, what: 'missing' };
  if (!TYPE.test(entry.type) || entry.hash !== journalHash(entry)) return { seq: expected, what: 'changed' };
  const isNext = entry.previous === (previous?.hash ?? JOURNAL_START);
  return isNext ? null : { seq: expected, what: 'detached' };
}

/** Entries fetched at a time. */
const PAGE = 1000;

/** Every entry in order, or those that are asked for, read page by page: a journal may be long, and a daemon may append to it meanwhile. */
export function* allEntries(
  { journal }: { readonly journal: Pick<JournalReader, 'entries'> },
  { afterSeq = 0, ...filter }: JournalFilter & { readonly afterSeq?: number } = {},
): Generator<JournalEntry> {
  for (let seq = afterSeq; ; ) {
    const page = journal.entries(seq, PAGE, filter);
    const last = page.at(-1);
    if (last === undefined) return;
    yield* page;
    seq = last.seq;
  }
}

/**
 * The text of a body: JSON with sorted names. It takes whatever `JSON.stringify` takes, because an entry that cannot be written would
 * hold back the recording and the alert that go with it.
 */
export function journalBody(body: unknown): string {
  return sorted(JSON.parse(JSON.stringify(body) ?? 'null'));
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}:${sorted(inner)}`);
  return `{${members.join(',')}}`;
}
