import { quote } from '../../../notifiers/index.js';
import { utc } from './instant.js';

/** Characters shown of one value. */
const VALUE_CHARACTERS = 300;
/** Things that are named of many; the rest is counted. */
const MOST_NAMED = 5;
export const DIGEST_DIGITS = 16;
const ID_DIGITS = 8;

/** Visible ASCII as it is: our own words. Whatever else somebody wrote into the state is quoted. */
export function word(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[ -~]+$/.test(text) && text.length <= VALUE_CHARACTERS
    ? text
    : quote({ untrusted: text }, VALUE_CHARACTERS);
}

export function words(value: unknown): string {
  return Array.isArray(value) ? value.map(word).join(', ') : word(value);
}

export function digestText(value: unknown): string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
    ? `sha256:${value.slice(0, DIGEST_DIGITS)}…`
    : word(value);
}

/** An instant in UTC milliseconds. */
export function until(ms: unknown): string {
  return typeof ms === 'number' ? utc(ms) : word(ms);
}

/** The ids of changes as every command prints them. */
export function ids(value: unknown): string {
  return Array.isArray(value) ? someOf(value, (one) => word(String(one).slice(0, ID_DIGITS))) : word(value);
}

/** The first few of many, and how many more there are. */
export function someOf(all: readonly unknown[], name: (one: unknown) => string): string {
  const named = all.slice(0, MOST_NAMED).map(name);
  const rest = all.length - named.length;
  return [...named, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

/** What a person typed. */
export function quotedText(text: string): string {
  return quote({ untrusted: text }, VALUE_CHARACTERS);
}
