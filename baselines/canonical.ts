import { isUtf8 } from 'node:buffer';
import { BaselineError } from './errors.js';
import { LIMITS } from './limits.js';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Our own documents are one line: canonical JSON and a line feed. */
const LINE_FEED = '\n';

/**
 * RFC 8785 for what we write: text, safe integers, true, false, null, arrays, objects. Only an object's own names
 * count, so `__proto__`, `constructor` and `toJSON` are names like any other. Throws `BASELINE_NOT_CANONICAL` for
 * what has no such form: fractions, lone surrogates, undefined.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === 'string') return canonicalText(value);
  if (typeof value === 'number') return canonicalInteger(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const object = value as { readonly [name: string]: JsonValue };
    // RFC 8785 3.2.3: names are ordered by UTF-16 code units, which is what sort() compares.
    const members = Object.keys(object)
      .sort()
      .map((name) => `${canonicalText(name)}:${canonicalJson(object[name] as JsonValue)}`);
    return `{${members.join(',')}}`;
  }
  throw new BaselineError(
    'BASELINE_NOT_CANONICAL',
    `A ${typeof value} has no canonical form; needed is JSON.`,
  );
}

/** Matches a surrogate that is not half of a pair: text that UTF-8 cannot carry. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

function canonicalText(text: string): string {
  if (LONE_SURROGATE.test(text)) {
    throw new BaselineError(
      'BASELINE_NOT_CANONICAL',
      'A text holds half of a surrogate pair; needed is Unicode text.',
    );
  }
  // ECMA-262 QuoteJSONString is what RFC 8785 3.2.2.2 prescribes for well-formed text.
  return JSON.stringify(text);
}

function canonicalInteger(value: number): string {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    throw new BaselineError(
      'BASELINE_NOT_CANONICAL',
      'A number is not a whole number below 2^53; needed is one.',
    );
  }
  return String(value);
}

/** The bytes of a document of ours: canonical JSON and one line feed, in UTF-8. */
export function documentBytes(value: JsonValue): Uint8Array {
  return Buffer.from(canonicalJson(value) + LINE_FEED, 'utf8');
}

/**
 * Reads a document of ours: the one and only text that `documentBytes` writes for its value. That refuses duplicate
 * names, white space, escapes, trailing bytes and other spellings at once. Size, encoding and depth are checked before
 * anything is parsed.
 */
export function parseDocument(bytes: Uint8Array): JsonValue {
  refuseTooLarge(bytes);
  if (!isUtf8(bytes)) throw new BaselineError('BASELINE_NOT_UTF8', 'The document is not UTF-8 text.');
  if (depth(bytes) > LIMITS.documentDepth) {
    throw new BaselineError(
      'BASELINE_TOO_DEEP',
      `The document nests deeper than ${LIMITS.documentDepth} levels; ours never do. Remove it, and find out who put it there.`,
    );
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const value = parseJson(text);
  if (canonicalJson(value) + LINE_FEED !== text) {
    throw new BaselineError(
      'BASELINE_NOT_CANONICAL',
      'The document is not in canonical form (sorted names, no white space, one line feed at the end); it was not written by tillwarden or was edited.',
    );
  }
  return value;
}

/** Throws `BASELINE_TOO_LARGE` for more bytes than a document may have. */
export function refuseTooLarge(bytes: Uint8Array): void {
  if (bytes.length <= LIMITS.documentBytes) return;
  throw new BaselineError(
    'BASELINE_TOO_LARGE',
    `The document has ${bytes.length} bytes; at most ${LIMITS.documentBytes} are read. Remove what does not belong there.`,
  );
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // The parser's own message quotes the document, which nobody may have signed.
    throw new BaselineError(
      'BASELINE_NOT_JSON',
      'The document is not JSON; it is damaged or was cut off. Restore it from where it was signed.',
    );
  }
}

/** Levels of arrays and objects, counted outside of strings. For text that is not JSON it is only an upper bound's guess. */
function depth(bytes: Uint8Array): number {
  let level = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c /* \ */) i++;
      else if (byte === 0x22 /* " */) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b /* { */ || byte === 0x5b /* [ */) deepest = Math.max(deepest, ++level);
    else if (byte === 0x7d /* } */ || byte === 0x5d /* ] */) level--;
  }
  return deepest;
}
