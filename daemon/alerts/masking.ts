import type { Untrusted } from '../../notifiers/index.js';

/** Columns whose values are personal data, by collection: messages show them masked. */
export type PersonalColumns = ReadonlyMap<string, ReadonlySet<string>>;

/** The longest domain there is (RFC 1035 2.3.4), and its `@`. */
const LONGEST_END = 254;
/** Of a shorter value the first character would be half of it, or all. */
const LEAST_CHARACTERS = 3;

/**
 * A value of a personal column as a message may carry it: of an e-mail address the first character and the domain, of any other text the first
 * character, and the length. What is carried as a digest or a fingerprint anyway, and what does not exist, stays as it is.
 */
export function masked(value: Untrusted): Untrusted {
  const { untrusted, form } = value;
  if (untrusted === null || untrusted === '' || (form !== undefined && form !== 'raw-json')) return value;
  const characters = Array.from(untrusted);
  const shown = characters.length >= LEAST_CHARACTERS ? characters.slice(0, 1).join('') : '';
  return {
    untrusted: shown,
    form: 'masked',
    masked: { end: domainOf(untrusted), characters: characters.length },
  };
}

/** `@` and the domain of an e-mail address; empty for anything else. */
function domainOf(text: string): string {
  const end = /^[^\s@]+(@[^\s@]+)$/u.exec(text)?.[1] ?? '';
  return end.length <= LONGEST_END ? end : '';
}
