import type { JournalEntry } from '../../store/store.js';
import { utc } from './instant.js';
import { word } from './journal-values.js';
import { eventWords, type WrittenBody } from './journal-words.js';

/** What an entry says, in one line. Nothing of it can steer a terminal: what is not visible ASCII is quoted. */
export function entryText({ type, body }: Pick<JournalEntry, 'type' | 'body'>): string {
  const parsed = entryBody(body);
  if (parsed === null) return word(body);
  const site = typeof parsed['site'] === 'string' ? [`${word(parsed['site'])}`] : [];
  const parts = eventWords(type, parsed) ?? memberByMember(parsed);
  return [...site, ...parts.filter((part) => part !== null && part !== '')].join(', ');
}

/** `17  2026-11-25 03:10:07.120 UTC  verdict  prague-1, incident 7f3a, …`. */
export function entryLine(entry: JournalEntry): string {
  const seq = String(entry.seq).padStart(6);
  return `${seq}  ${utc(entry.atMs)}  ${word(entry.type).padEnd(17)}  ${entryText(entry)}`.trimEnd();
}

/** The members of a body; null when it is not the JSON object that we write. */
export function entryBody(body: string): WrittenBody | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** An entry of another version. */
function memberByMember(body: WrittenBody): string[] {
  return Object.entries(body)
    .filter(([name]) => name !== 'site')
    .map(([name, value]) => `${word(name)} ${word(value)}`);
}
