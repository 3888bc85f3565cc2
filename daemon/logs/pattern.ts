/** A pattern for lines of text: literal text with named parts between, such as `login of {user} from {address} failed`. */
export interface LinePattern {
  readonly text: string;
  /** The longest literal of it: a line that does not hold it needs no closer look. */
  readonly anchor: string;
  /** Names of its parts, in order, without those that stand for anything (`{*}`). */
  readonly names: readonly string[];
  /** The named parts of a line, or null where it does not match. Takes time in proportion to the line, whatever it holds. */
  match(line: string): ReadonlyMap<string, string> | null;
}

/** Limits of a pattern, in UTF-16 code units. */
export const PATTERN_LIMITS = { longest: 500, parts: 16, anchor: 4 } as const;

const PART = /\{(\*|[a-z][a-zA-Z0-9]{0,30})\}/g;

/**
 * Reads a pattern. There is no alternative, repetition or look-ahead in it, so none can take long; the literals must stand in a line in their order, and a
 * part is what stands between two of them, at the end of the pattern up to the next blank. Returns why not, in our words, for a text that is none.
 */
export function parseLinePattern(text: string): LinePattern | string {
  if (text.length > PATTERN_LIMITS.longest)
    return `a pattern of more than ${PATTERN_LIMITS.longest} characters`;
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) return 'a pattern with a control character or line end';
  const literals: string[] = [];
  const names: string[] = [];
  let from = 0;
  for (const { 0: whole, 1: name = '*', index } of text.matchAll(PART)) {
    if (index === from && from > 0) return 'two parts with nothing between them';
    literals.push(text.slice(from, index));
    names.push(name);
    from = index + whole.length;
  }
  literals.push(text.slice(from));
  const named = names.filter((name) => name !== '*');
  if (names.length > PATTERN_LIMITS.parts) return `more than ${PATTERN_LIMITS.parts} parts`;
  if (new Set(named).size < named.length) return 'two parts of one name';
  const anchor = literals.reduce(
    (longest, one) => (one.trim().length > longest.trim().length ? one : longest),
    '',
  );
  if (anchor.trim().length < PATTERN_LIMITS.anchor) {
    return `no literal text of at least ${PATTERN_LIMITS.anchor} characters`;
  }
  return { text, anchor, names: named, match: (line: string) => matchLine(line, literals, names) };
}

function matchLine(
  line: string,
  literals: readonly string[],
  names: readonly string[],
): ReadonlyMap<string, string> | null {
  const [first = ''] = literals;
  let at = first === '' ? 0 : line.indexOf(first);
  if (at < 0) return null;
  at += first.length;
  const parts = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    const next = literals[index + 1] ?? '';
    const end = next === '' ? endOfWord(line, at) : line.indexOf(next, at);
    if (end < 0) return null;
    if (name !== '*') parts.set(name, line.slice(at, end).trim());
    at = end + next.length;
  }
  return parts;
}

function endOfWord(line: string, from: number): number {
  for (let at = from; at < line.length; at++) if (line.charCodeAt(at) <= 0x20) return at;
  return line.length;
}
