import { createHash } from 'node:crypto';
import type { Shown } from './allow-list.js';

/** A stretch of a text in UTF-16 code units, end excluded; never begins or ends inside a surrogate pair. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Characters of what both values share, shown on either side of what differs. */
const CONTEXT = 16;
/** A gap shorter than this is shown: telling of it takes as long. */
const SHORTEST_GAP = 32;

/**
 * The stretches of a text to show so that about `limit` characters appear: all of it where it fits, else both ends and, where a
 * region differs from another text, the start and the end of that region with some context. `show` says how a stretch is shown.
 */
export function excerpts(
  text: string,
  region: Span | null,
  limit: number,
  show: (span: Span) => readonly Shown[],
): readonly Span[] {
  if (text.length <= limit && width(show({ from: 0, to: text.length })) <= limit) {
    return [{ from: 0, to: text.length }];
  }
  const ends = region === null ? limit / 2 : limit / 6;
  const wanted = [
    { from: 0, to: forward(text, 0, ends, show) },
    { from: backward(text, text.length, ends, show), to: text.length },
  ];
  if (region !== null) {
    const start = backward(text, region.from, CONTEXT, show);
    const end = forward(text, region.to, CONTEXT, show);
    wanted.push(
      { from: start, to: forward(text, region.from, limit / 3, show) },
      { from: backward(text, region.to, limit / 3, show), to: end },
    );
  }
  return joined(wanted);
}

function joined(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((a, b) => a.from - b.from || a.to - b.to);
  return sorted.reduce<Span[]>((all, span) => {
    const last = all.at(-1);
    if (last !== undefined && span.from <= last.to + SHORTEST_GAP) {
      all[all.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    } else {
      all.push(span);
    }
    return all;
  }, []);
}

/** How far from `from` the next `budget` shown characters reach. */
function forward(text: string, from: number, budget: number, show: (span: Span) => readonly Shown[]): number {
  let to = from;
  let left = budget;
  const networkScope = wholeCharacter(text, Math.min(text.length, from + Math.ceil(budget)));
  for (const shown of show({ from, to: networkScope })) {
    left -= shown.text.length;
    if (left < 0) break;
    to += shown.raw.length;
  }
  return to;
}

/** How far back from `to` the last `budget` shown characters reach. */
function backward(text: string, to: number, budget: number, show: (span: Span) => readonly Shown[]): number {
  let from = to;
  let left = budget;
  const networkScope = wholeCharacter(text, Math.max(0, to - Math.ceil(budget)));
  for (const shown of [...show({ from: networkScope, to })].reverse()) {
    left -= shown.text.length;
    if (left < 0) break;
    from -= shown.raw.length;
  }
  return from;
}

/** How many code units two texts share at their starts and at their ends, counted once. */
export function sharedEnds(one: string, other: string): { readonly start: number; readonly end: number } {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  start = Math.min(wholeCharacter(one, start), wholeCharacter(other, start));
  let end = 0;
  while (end < shorter - start && one[one.length - 1 - end] === other[other.length - 1 - end]) end += 1;
  while (end > 0 && (splitsPair(one, one.length - end) || splitsPair(other, other.length - end))) end -= 1;
  return { start, end };
}

/** First 16 hexadecimal digits of a text's SHA-256 over UTF-8. */
export function sha256Start(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}

const width = (shown: readonly Shown[]): number => shown.reduce((sum, one) => sum + one.text.length, 0);
const wholeCharacter = (text: string, at: number): number => (splitsPair(text, at) ? at - 1 : at);
const splitsPair = (text: string, at: number): boolean =>
  at > 0 && at < text.length && /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1));
