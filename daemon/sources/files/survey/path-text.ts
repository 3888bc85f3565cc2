import { isUtf8 } from 'node:buffer';

/** Characters that a path is not shown with: those that control a terminal or end a line, and the one that escapes. */
const UNSHOWN = /[\p{Cc}\u2028\u2029\\]/u;
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names that are their own text. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;

/** The text of a name whose bytes come as Latin-1 text. */
export function nameText(bytes: string): string {
  return PLAIN.test(bytes) ? bytes : pathText(Buffer.from(bytes, 'latin1'));
}

/**
 * The text of a path, which names it byte for byte: a byte that is no part of UTF-8 text, a control character and U+2028 and U+2029 stand as
 * `\xNN` for each of their bytes, a backslash as two. No two paths have one text.
 */
export function pathText(path: Uint8Array): string {
  if (isUtf8(path)) {
    const text = DECODER.decode(path);
    return UNSHOWN.test(text) ? escaped(text) : text;
  }
  let text = '';
  for (let at = 0; at < path.length; ) {
    const length = characterLength(path, at);
    text += length === 0 ? hex(path[at] ?? 0) : escaped(DECODER.decode(path.subarray(at, at + length)));
    at += Math.max(1, length);
  }
  return text;
}

function escaped(text: string): string {
  let result = '';
  for (const letter of text) {
    if (letter === '\\') result += '\\\\';
    else if (UNSHOWN.test(letter)) for (const byte of Buffer.from(letter, 'utf8')) result += hex(byte);
    else result += letter;
  }
  return result;
}

/** Bytes of the character that begins here; 0 when none does. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
