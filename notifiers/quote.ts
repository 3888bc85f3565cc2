import type { Untrusted } from './alert.js';
import { byNumber, readsRightToLeft, type Shown, showCharacters } from './allow-list.js';
import { excerpts, type Span, sha256Start, sharedEnds } from './excerpt.js';

/** A stretch of a quotation: words of ours, or characters of the watched system's value. */
export interface QuotePart {
  readonly text: string;
  readonly from: 'us' | 'value';
  /** True where the value differs from the one it is compared with. */
  readonly differs: boolean;
}
export type Quotation = readonly QuotePart[];

/** Values that take no more characters than this when shown are never cut: every coin's address is among them. */
export const LONGEST_ADDRESS = 128;
/** From here on the length is shown, so that two long values differ at a glance. */
const TELL_LENGTH_FROM = 33;

/** The quotation as one line of text. */
export function quotationText(quotation: Quotation): string {
  return quotation.map((part) => part.text).join('');
}

/** `quotation` as one line of text: what a terminal, a log or a test prints. */
export function quote(value: Untrusted | null, limit: number): string {
  return quotationText(quotation(value, limit));
}

/**
 * Quotes a value of the watched system by the one rule of invariant 8 (`allow-list.ts`). Texts stand in “ ”, which no value can
 * contain; what stands outside is ours: null, a value that does not exist, the length. About `limit` characters (at least
 * `LONGEST_ADDRESS`) are shown; of a longer one both ends, how much is left out, and the start of its SHA-256.
 */
export function quotation(value: Untrusted | null, limit: number): Quotation {
  if (value?.form === 'masked') return maskedQuotation(value, limit);
  const text = quotedText(value);
  return text === null ? [ours(describeValueless(value))] : draw(text, value, limit, null, false);
}

/**
 * Quotes two values so that they can be compared: what differs is marked, a cut never falls on it, and two different texts
 * differ even to a reader to whom all letters beyond ASCII look alike.
 */
export function quotePair(
  before: Untrusted | null,
  after: Untrusted | null,
  limit: number,
): { readonly before: Quotation; readonly after: Quotation } {
  const [was, now] = [quotedText(before), quotedText(after)];
  if (was === null || now === null || was === now) {
    return { before: quotation(before, limit), after: quotation(after, limit) };
  }
  const { start, end } = sharedEnds(was, now);
  const both = (byNumbers: boolean) => ({
    before: draw(was, before, limit, { from: start, to: was.length - end }, byNumbers),
    after: draw(now, after, limit, { from: start, to: now.length - end }, byNumbers),
  });
  const pair = both(false);
  return folded(pair.before) === folded(pair.after) ? both(true) : pair;
}

/** The text to show between quotation marks, or null where our own words stand for the value. */
function quotedText(value: Untrusted | null): string | null {
  if (value === null || value.untrusted === null || value.untrusted === '') return null;
  return value.form === 'digest' || value.form === 'hmac' || value.form === 'masked' ? null : value.untrusted;
}

/** The quotation that stands for personal data: “a”…“@example.org” (masked, 17 characters). */
function maskedQuotation({ untrusted, masked }: Untrusted, limit: number): Quotation {
  const length = masked === undefined ? '' : `, ${count(masked.characters, 'character')}`;
  const shown = (text: string) => (text === '' ? [] : quotation({ untrusted: text }, limit));
  return merged([
    ...shown(untrusted ?? ''),
    ours('…'),
    ...shown(masked?.end ?? ''),
    ours(` (masked${length})`),
  ]);
}

function describeValueless(value: Untrusted | null): string {
  if (value === null) return '(does not exist)';
  if (value.untrusted === null) return 'NULL (no value)';
  const hex = /^[0-9a-f]{64}$/.exec(value.untrusted)?.[0];
  switch (value.form) {
    case 'digest':
      return `(too long to show: ${value.bytes === undefined ? 'length unknown' : count(value.bytes, 'byte')}, SHA-256 ${hex ?? 'unknown'})`;
    case 'hmac':
      if (value.untrusted === '') return '(secret; set, value unknown)';
      return `(secret; fingerprint ${hex?.slice(0, 16) ?? 'unknown'})`;
    case 'raw-json':
      return '“” (empty, not valid JSON)';
    default:
      return '“” (empty text)';
  }
}

/** `region` is what differs from the other value; `byNumbers` shows its letters beyond ASCII by their numbers. */
function draw(
  text: string,
  value: Untrusted | null,
  limit: number,
  region: Span | null,
  byNumbers: boolean,
): Quotation {
  const rightToLeft = readsRightToLeft(text);
  const show = (span: Span): Shown[] => {
    const shown = showCharacters(text.slice(span.from, span.to), rightToLeft);
    return byNumbers && region !== null ? numbered(shown, span, region) : shown;
  };
  const spans = excerpts(text, region, Math.max(limit, LONGEST_ADDRESS), show);
  const parts: QuotePart[] = [];
  const seen: Shown[] = [];
  let shownTo = 0;
  for (const span of spans) {
    if (span.from > shownTo) parts.push(ours(` … ${count(span.from - shownTo, 'character')} left out … `));
    parts.push(ours('“'));
    let at = span.from;
    for (const shown of show(span)) {
      const end = at + shown.raw.length;
      pushValue(parts, shown.text, region !== null && at < region.to && end > region.from);
      at = end;
      seen.push(shown);
    }
    parts.push(ours('”'));
    shownTo = span.to;
  }
  const notes = describeText(text, value, seen, spans.length > 1);
  return notes === '' ? merged(parts) : merged([...parts, ours(notes)]);
}

/** A letter in the region is shown by its number, and so are the marks that would otherwise sit on it. */
function numbered(shown: readonly Shown[], span: Span, region: Span): Shown[] {
  let at = span.from;
  let escaping = false;
  return shown.map((one) => {
    const inside = at >= region.from && at < region.to;
    at += one.raw.length;
    escaping = one.script !== null && (inside || (escaping && /^\p{M}$/u.test(one.raw)));
    return escaping ? byNumber(one.raw) : one;
  });
}

/** A text as a reader sees it to whom every letter beyond ASCII looks the same. */
function folded(quotation: Quotation): string {
  return quotation
    .map((part) => (part.from === 'us' ? '' : part.text.replace(/[^ -~]/gu, '\u25a1')))
    .join('');
}

function describeText(text: string, value: Untrusted | null, seen: readonly Shown[], cut: boolean): string {
  const scripts = [...new Set(seen.map((shown) => shown.script))].filter(
    (script) => script !== null && script !== 'Latin',
  );
  const escaped = seen.filter((shown) => shown.text !== shown.raw).length;
  const notes: string[] = [];
  if (value?.form === 'raw-json') notes.push('not valid JSON');
  if (scripts.length > 0) notes.push(`${scripts.join(' and ')} letters`);
  const length = text.length >= 2 * TELL_LENGTH_FROM ? TELL_LENGTH_FROM : Array.from(text).length;
  if (notes.length > 0 || escaped > 0 || cut || length >= TELL_LENGTH_FROM) {
    notes.push(count(lengthInCharacters(text), 'character'));
  }
  const byTheirNumber = seen.filter((shown) => shown.text.startsWith('\\u{')).length;
  if (byTheirNumber > 0) notes.push(`${byTheirNumber} shown by number`);
  if (cut) notes.push(`SHA-256 begins ${sha256Start(text)}`);
  return notes.length === 0 ? '' : ` (${notes.join(', ')})`;
}

function lengthInCharacters(text: string): number {
  let characters = 0;
  for (const _ of text) characters += 1;
  return characters;
}

function pushValue(parts: QuotePart[], text: string, differs: boolean): void {
  const last = parts.at(-1);
  if (last?.from === 'value' && last.differs === differs) {
    parts[parts.length - 1] = { ...last, text: last.text + text };
  } else {
    parts.push({ text, from: 'value', differs });
  }
}

function merged(parts: readonly QuotePart[]): Quotation {
  return parts.reduce<QuotePart[]>((all, part) => {
    const last = all.at(-1);
    if (last?.from === 'us' && part.from === 'us') all[all.length - 1] = ours(last.text + part.text);
    else all.push(part);
    return all;
  }, []);
}

const ours = (text: string): QuotePart => ({ text, from: 'us', differs: false });
const count = (n: number, noun: string): string =>
  `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`;
