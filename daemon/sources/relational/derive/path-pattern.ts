/**
 * Patterns over the path of a member of JSON, read without a regular expression: names of members with `/` between. A name holds letters that
 * stand for themselves and parts `{name}` or `{name:A-Z0-9_}`, of one character or more, of any or of those listed; `{name...}` as the
 * last name of all stands for one name or more. Matching takes one walk over the text: a part that is not the last of its name ends where
 * its characters end, so what follows it must not be one of them.
 */
export interface PathPattern {
  readonly text: string;
  readonly names: readonly NamePattern[];
  /** The part that stands for all further names; null when the path ends with the pattern. */
  readonly tail: string | null;
  /** Names of all parts, in their order. */
  readonly parts: readonly string[];
}

interface NamePattern {
  readonly tokens: readonly Token[];
  /** Letters that every name begins and ends with, so that most are told apart without a walk. */
  readonly begins: string;
  readonly ends: string;
  /** Place of the last part among the tokens; -1 where there is none. */
  readonly lastPart: number;
  /** The same taken apart into characters, for `overlap`: each pattern is compared with every other one. */
  readonly steps: readonly Step[];
}

type Token =
  | { readonly literal: string }
  | {
      readonly part: string;
      /** Ranges of code units, both ends included; null for any character. */
      readonly ranges: readonly Range[] | null;
    };
type Range = readonly [first: number, last: number];

/** A mistake in a pattern, in our words. Leaves this file as text alone. */
class PatternError extends Error {}

/** The mistake in a pattern, in our words; null when there is none. */
export function patternMistake(text: string): string | null {
  try {
    parsePattern(text);
    return null;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

const MOST_NAMES = 8;
const MOST_TOKENS = 9;

/** Reads a pattern in which `patternMistake` finds nothing. Throws for any other. */
export function parsePattern(text: string): PathPattern {
  const written = text.split('/');
  const tail = /^\{([a-z][a-z0-9_]*)\.\.\.\}$/.exec(written.at(-1) ?? '')?.[1] ?? null;
  const names = (tail === null ? written : written.slice(0, -1)).map((name) => {
    const tokens = tokensOf(name);
    const lastPart = tokens.findLastIndex((token) => 'part' in token);
    const [first, last] = [tokens[0], tokens.at(-1)];
    const begins = first && 'literal' in first ? first.literal : '';
    const ends = last && 'literal' in last ? last.literal : '';
    return { tokens, begins, ends, lastPart, steps: stepsOf(tokens) };
  });
  if (names.length > MOST_NAMES) throw new PatternError(`more than ${MOST_NAMES} names`);
  const parts = names.flatMap(({ tokens }) => tokens.flatMap((token) => ('part' in token ? token.part : [])));
  if (tail !== null) parts.push(tail);
  if (new Set(parts).size !== parts.length) throw new PatternError('two parts of one name');
  return { text, names, tail, parts };
}

function tokensOf(name: string): Token[] {
  if (name === '') throw new PatternError('an empty name');
  const tokens: Token[] = [];
  for (let at = 0; at < name.length; ) {
    const opening = name.indexOf('{', at);
    const literal = name.slice(at, opening === -1 ? name.length : opening);
    if (literal.includes('}')) throw new PatternError('a brace that was not opened');
    if (literal !== '') tokens.push({ literal });
    if (opening === -1) break;
    const closing = name.indexOf('}', opening);
    const part = /^([a-z][a-z0-9_]*)(?::(.+))?$/s.exec(name.slice(opening + 1, closing));
    if (closing === -1 || !part?.[1])
      throw new PatternError('a part that is not {name} or {name:characters}');
    tokens.push({ part: part[1], ranges: part[2] === undefined ? null : rangesOf(part[2]) });
    at = closing + 1;
  }
  if (tokens.length > MOST_TOKENS) throw new PatternError(`more than ${MOST_TOKENS} pieces in a name`);
  refuseAmbiguous(tokens);
  return tokens;
}

function rangesOf(listed: string): Range[] {
  const ranges: Range[] = [];
  for (let i = 0; i < listed.length; ) {
    const first = listed.charCodeAt(i);
    const isRange = listed[i + 1] === '-' && i + 2 < listed.length;
    const last = isRange ? listed.charCodeAt(i + 2) : first;
    if (last < first) throw new PatternError('a range of characters that ends before it begins');
    ranges.push([first, last]);
    i += isRange ? 3 : 1;
  }
  return ranges;
}

/** Refuses what would need trying: a part that another part follows, or a letter that could belong to the part. */
function refuseAmbiguous(tokens: readonly Token[]): void {
  const lastPart = tokens.findLastIndex((token) => 'part' in token);
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    if ('literal' in token || i === lastPart) return;
    if (next === undefined || 'part' in next || isAmong(token.ranges, next.literal.charCodeAt(0))) {
      throw new PatternError(
        `the part {${token.part}} without a certain end: list its characters, without the one that follows it`,
      );
    }
  });
}

function isAmong(ranges: readonly Range[] | null, code: number): boolean {
  if (ranges === null) return true;
  for (const range of ranges) if (code >= range[0] && code <= range[1]) return true;
  return false;
}

/** The values of the pattern's parts, in their order; null when it does not match. Names of a tail are joined by `/`, those in them written `~1`. */
export function matchPath(pattern: PathPattern, path: readonly string[]): readonly string[] | null {
  const { names, tail } = pattern;
  if (tail === null ? path.length !== names.length : path.length <= names.length) return null;
  const values: string[] = [];
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const found = name === undefined ? null : matchName(name, path[i] ?? '');
    if (found === null) return null;
    for (const value of found) values.push(value);
  }
  if (tail !== null) values.push(path.slice(names.length).map(pointerName).join('/'));
  return values;
}

/** As RFC 6901 writes a name in a pointer, so that one that holds a slash is not taken for two. */
const pointerName = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

function matchName({ tokens, begins, ends, lastPart }: NamePattern, name: string): readonly string[] | null {
  if (!name.startsWith(begins) || !name.endsWith(ends)) return null;
  const values: string[] = [];
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) return null;
    if ('literal' in token) {
      if (!name.startsWith(token.literal, at)) return null;
      at += token.literal.length;
      continue;
    }
    const run = runEnd(token.ranges, name, at);
    // What follows the last part is the last of the pattern.
    const end = i === lastPart ? name.length - ends.length : run;
    if (end <= at || run < end) return null;
    values.push(name.slice(at, end));
    at = end;
  }
  return at === name.length ? values : null;
}

function runEnd(ranges: readonly Range[] | null, name: string, from: number): number {
  if (ranges === null) return name.length;
  let end = from;
  while (end < name.length && isAmong(ranges, name.charCodeAt(end))) end++;
  return end;
}

/** True when some path matches both: the two would claim one member. */
export function overlap(a: PathPattern, b: PathPattern): boolean {
  if (a.tail === null && b.tail === null && a.names.length !== b.names.length) return false;
  if (a.tail === null && a.names.length <= b.names.length && b.tail !== null) return false;
  if (b.tail === null && b.names.length <= a.names.length && a.tail !== null) return false;
  const shared = Math.min(a.names.length, b.names.length);
  for (let i = 0; i < shared; i++) {
    if (!stepsOverlap(a.names[i]?.steps ?? [], b.names[i]?.steps ?? [])) return false;
  }
  return true;
}

/** One step over a name: a set of characters, which may come again. */
interface Step {
  readonly ranges: readonly Range[] | null;
  readonly repeats: boolean;
}

function stepsOf(tokens: readonly Token[]): Step[] {
  return tokens.flatMap((token): Step[] =>
    'part' in token
      ? [{ ranges: token.ranges, repeats: true }]
      : Array.from({ length: token.literal.length }, (_, i) => {
          const code = token.literal.charCodeAt(i);
          return { ranges: [[code, code]], repeats: false };
        }),
  );
}

/** Walks both at once, each pair of places looked at once: 255 times 255 at most. */
function stepsOverlap(left: readonly Step[], right: readonly Step[]): boolean {
  const width = right.length + 1;
  const seen = new Set<number>([0]);
  const waiting = [0];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const [i, j] = [Math.floor(place / width), place % width];
    if (i === left.length && j === right.length) return true;
    const [x, y] = [left[i], right[j]];
    if (x === undefined || y === undefined || !shareCharacter(x.ranges, y.ranges)) continue;
    for (const nextI of x.repeats ? [i, i + 1] : [i + 1]) {
      for (const nextJ of y.repeats ? [j, j + 1] : [j + 1]) {
        const next = nextI * width + nextJ;
        if (seen.has(next)) continue;
        seen.add(next);
        waiting.push(next);
      }
    }
  }
  return false;
}

function shareCharacter(a: readonly Range[] | null, b: readonly Range[] | null): boolean {
  if (a === null || b === null) return true;
  return a.some(([from, to]) => b.some(([first, last]) => from <= last && first <= to));
}
