import { createHash } from 'node:crypto';
import { encodeValue } from '../../../baselines/index.js';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/**
 * MySQL's latin1 is Windows-1252, with the five bytes that it leaves undefined as C1 controls. Its bytes from 0x80 to 0x9F (Unicode,
 * CP1252.TXT); the others mean what they mean in ISO 8859-1. Node's own decoder of that name reads ISO 8859-1.
 */
const CP1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Turns the bytes of a value into text; null when they are not of the character set. */
export type TextDecode = (buffer: Buffer, start: number, end: number) => string | null;

/** Valid UTF-8 or null. The lenient decoder is several times faster; its replacement character is rare enough to look twice. */
export const decodeUtf8: TextDecode = (buffer, start, end) => {
  const text = buffer.toString('utf8', start, end);
  if (!text.includes('\uFFFD')) return text;
  try {
    return strictUtf8.decode(buffer.subarray(start, end));
  } catch {
    return null;
  }
};

export const decodeAscii: TextDecode = (buffer, start, end) => {
  for (let i = start; i < end; i++) if ((buffer[i] ?? 0) > 0x7f) return null;
  return buffer.toString('latin1', start, end);
};

/** The binary character set, and everything whose bytes are not meant as text: hex as MySQL writes it. */
export const decodeBytes: TextDecode = (buffer, start, end) =>
  `0x${buffer.toString('hex', start, end).toUpperCase()}`;

const decodeLatin1: TextDecode = (buffer, start, end) =>
  buffer
    .toString('latin1', start, end)
    .replace(/[\x80-\x9f]/g, (letter) => CP1252.charAt(letter.charCodeAt(0) - 0x80));

/** A BIT, most significant byte first, as a decimal number. */
export const decodeBits: TextDecode = (buffer, start, end) =>
  start === end ? '0' : BigInt(`0x${buffer.toString('hex', start, end)}`).toString();

const DECODERS: ReadonlyMap<string, TextDecode> = new Map([
  ['utf8', decodeUtf8],
  ['utf8mb3', decodeUtf8],
  ['utf8mb4', decodeUtf8],
  ['ascii', decodeAscii],
  ['latin1', decodeLatin1],
  ['binary', decodeBytes],
]);

/** Decoding of a character set by MySQL's name of it. One that we do not know gives its name and hex: `_gbk 0xC4E3`. */
export function decoderOf(charset: string): TextDecode {
  const known = DECODERS.get(charset);
  if (known) return known;
  return (buffer, start, end) => `_${charset} ${decodeBytes(buffer, start, end) ?? ''}`;
}

/** The encoding of a value whose bytes are no text of its character set: its length and digest. */
export function encodeUndecodable(buffer: Buffer, start: number, end: number): string {
  const sha256 = createHash('sha256').update(buffer.subarray(start, end)).digest('hex');
  return encodeValue({ form: 'digest', bytes: end - start, sha256 });
}

/** Text of the server's own catalogs and answers, which is UTF-8; what is not stands as hex. */
export function catalogText(buffer: Buffer, start: number, end: number): string {
  return decodeUtf8(buffer, start, end) ?? decodeBytes(buffer, start, end) ?? '';
}
