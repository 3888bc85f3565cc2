import { decodeValue } from '../../../baselines/index.js';
import { counted } from '../../wording.js';
import type { UnreadableCause, UnreadRecords } from '../source.js';
import type { UnreadPlace } from './survey/census.js';

/** Causes that somebody brings about come before those that pass. */
const WORST_FIRST: readonly UnreadableCause[] = ['denied', 'moving', 'too-large', 'failed'];

/** The records that no survey could read; undefined when there are none. Names stay out of the words: they are the watched system's. */
export function unreadRecords(places: readonly UnreadPlace[]): UnreadRecords | undefined {
  const cause = WORST_FIRST.find((one) => places.some((place) => place.cause === one));
  if (places.length === 0 || cause === undefined) return undefined;
  const own = new Set(places.flatMap(({ path, below }) => (below ? [] : [path])));
  const below = new Set(places.flatMap(({ path, below: isBelow }) => (isBelow ? [path] : [])));
  return {
    count: places.length,
    cause,
    detail: wordsOf(places),
    covers: (key) => {
      const path = pathOfKey(key);
      return path !== null && (own.has(path) || isBelowOne(path, below));
    },
  };
}

function wordsOf(places: readonly UnreadPlace[]): string {
  const codes = [...new Set(places.map(({ code }) => code))].sort().slice(0, 5);
  const files = places.filter(({ below }) => !below).length;
  const folders = places.length - files;
  const parts = [
    ...(files === 0 ? [] : [counted(files, 'entry')]),
    ...(folders === 0 ? [] : [`everything in ${counted(folders, 'folder')}`]),
  ];
  return `${parts.join(' and ')} could not be read (${codes.join(', ')}); all else was`;
}

/** The path in the key of a record; null of what is none. */
function pathOfKey(key: string): string | null {
  const parts: unknown = JSON.parse(key);
  const [encoded] = Array.isArray(parts) ? parts : [];
  if (typeof encoded !== 'string') return null;
  const value = decodeValue(encoded);
  return value.form === 'text' ? value.text : null;
}

function isBelowOne(path: string, folders: ReadonlySet<string>): boolean {
  if (folders.size === 0) return false;
  for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
    if (folders.has(end === 0 ? '/' : path.slice(0, end))) return true;
    if (end === 0) return false;
  }
  return false;
}

/** True when two surveys could not read the same places for the same reasons. */
export function sameUnread(a: readonly UnreadPlace[], b: readonly UnreadPlace[]): boolean {
  return a.length === b.length && textOf(a) === textOf(b);
}

function textOf(places: readonly UnreadPlace[]): string {
  return JSON.stringify(places.map(({ path, below, code }) => [path, below, code]).sort());
}
