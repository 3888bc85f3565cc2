import { createHash } from 'node:crypto';
import type { JournalEntry } from './store.js';

/** What the first entry follows. */
export const JOURNAL_START = '0'.repeat(64);

/**
 * Hash of an entry: SHA-256 over `previous`, `seq`, `atMs`, `type` and `body`, each followed by a line feed. None of the first four can
 * hold a line feed and `body` comes last, so no two entries have one input.
 */
export function journalHash(entry: Omit<JournalEntry, 'hash'>): string {
  const { previous, seq, atMs, type, body } = entry;
  if (!/^[a-z-]+$/.test(type)) throw new RangeError('a journal type is a lower-case word');
  return createHash('sha256').update(`${previous}\n${seq}\n${atMs}\n${type}\n${body}\n`).digest('hex');
}

/** Whether `entry` is the one that follows `previous` (null: is the first). */
export function follows(previous: JournalEntry | null, entry: JournalEntry): boolean {
  return (
    entry.seq === (previous?.seq ?? 0) + 1 &&
    entry.previous === (previous?.hash ?? JOURNAL_START) &&
    entry.hash === journalHash(entry)
  );
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
