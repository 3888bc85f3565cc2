import type { IndicatorKind } from './indicator.js';

/** A value that a pattern of STIX names. */
export interface StixValue {
  readonly kind: IndicatorKind;
  readonly value: string;
}

/** Nothing longer is taken apart, in UTF-16 code units. */
const LONGEST = 10_000;
/** Values of one pattern that are taken. */
const MOST_VALUES = 1_000;

/** One token of the pattern language (STIX 2.1, chapter 9): a text in quotes, a path of an object, or a sign. */
const TOKEN = /\s*(?:'((?:[^'\\]|\\.)*)'|([a-z][a-z0-9-]*:[^\s=<>!()[\]]+)|([A-Z]{2,})|([[\](),=]))/y;

/**
 * The values of a pattern any of which is enough to match it: comparisons by `=`, `IN` and `ISSUBSET`, joined by `OR`. Whatever needs several things at once
 * (`AND`, `FOLLOWEDBY`, `WITHIN`), other comparisons and objects that nobody here watches are no such pattern: then it says why, in our words.
 */
export function valuesOfPattern(pattern: string): readonly StixValue[] | string {
  const tokens = tokensOf(pattern);
  if (tokens === null) return 'a pattern in another form';
  const values: StixValue[] = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at];
    if (token?.sign !== undefined || token?.word === 'OR') {
      at += 1;
      continue;
    }
    if (token?.word !== undefined) return `a pattern with ${token.word}`;
    if (token?.path === undefined) return 'a pattern in another form';
    const { texts, next } = comparedWith(tokens, at + 1);
    if (texts.length === 0) return 'a pattern with another comparison than =, IN and ISSUBSET';
    const kind = kindOf(token.path);
    if (kind === null) return 'a pattern of an object that is not watched';
    for (const value of texts) values.push({ kind, value });
    at = next;
    if (values.length > MOST_VALUES) return `a pattern of more than ${MOST_VALUES} values`;
  }
  return values.length === 0 ? 'a pattern in another form' : values;
}

interface Token {
  readonly text?: string;
  readonly path?: string;
  readonly word?: string;
  readonly sign?: string;
}

function tokensOf(pattern: string): readonly Token[] | null {
  const all = pattern.trimEnd();
  if (all.length > LONGEST || all === '') return null;
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < all.length) {
    const found = TOKEN.exec(all);
    if (found === null) return null;
    const [, text, path, word, sign] = found;
    if (text !== undefined) tokens.push({ text: text.replace(/\\(.)/gs, '$1') });
    else if (path !== undefined) tokens.push({ path });
    else if (word !== undefined) tokens.push({ word });
    else tokens.push({ sign: sign ?? '' });
  }
  return tokens;
}

/** The texts behind `=`, `IN` or `ISSUBSET`, and where it goes on; none for another comparison. */
function comparedWith(
  tokens: readonly Token[],
  from: number,
): { readonly texts: string[]; readonly next: number } {
  const none = { texts: [], next: from };
  const { sign, word } = tokens[from] ?? {};
  if (sign === '=' || word === 'ISSUBSET') {
    const text = tokens[from + 1]?.text;
    return text === undefined ? none : { texts: [text], next: from + 2 };
  }
  if (word !== 'IN' || tokens[from + 1]?.sign !== '(') return none;
  const texts: string[] = [];
  for (let at = from + 2; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.text !== undefined) texts.push(token.text);
    else if (token?.sign === ')') return { texts, next: at + 1 };
    else if (token?.sign !== ',') return none;
  }
  return none;
}

/** What the places of STIX objects are here. For wallets it has no object; those are the names in use. */
const PATHS: readonly (readonly [RegExp, IndicatorKind])[] = [
  [/^ipv[46]-addr:value$|^network-traffic:(?:src|dst)_ref\.value$/, 'network'],
  [/^domain-name:value$/, 'domain'],
  [/^email-addr:value$|^email-message:(?:from|sender)_ref\.value$/, 'e-mail'],
  [/^user-account:(?:account_login|user_id|display_name)$/, 'user-name'],
  [/^file:hashes\.(?:'SHA-256'|"SHA-256"|SHA-?256)$/i, 'hash'],
  [/^file:name$/, 'file-name'],
  [/^(?:x-)?crypto(?:currency)?-(?:wallet|address):(?:value|address)$/, 'wallet-address'],
  [/^x-atm-terminal:serial_number$/, 'serial'],
  [/^x-log-line:pattern$/, 'log-pattern'],
];

function kindOf(path: string): IndicatorKind | null {
  return PATHS.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
