import type { ReadPass } from '../relational/row-cache.js';

/** Splits COPY text into its lines, which end in a line feed: one inside a value travels as `\n`. */
export interface LineSplitter {
  push(chunk: Buffer): void;
}

/**
 * Calls `onLine` with the place of each line in a buffer, valid during the call only. A line that spans chunks is put together
 * once, however many they are.
 */
export function createLineSplitter(
  onLine: (buffer: Buffer, start: number, end: number) => void,
): LineSplitter {
  let begun: Buffer[] = [];
  return {
    push: (chunk) => {
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        if (begun.length > 0) {
          const line = Buffer.concat([...begun, chunk.subarray(start, end)]);
          begun = [];
          onLine(line, 0, line.length);
        } else onLine(chunk, start, end);
        start = end + 1;
      }
      if (start < chunk.length) begun.push(chunk.subarray(start));
    },
  };
}

const LINE_FEED = 0x0a;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A value whose bytes are no UTF-8, as a database with encoding SQL_ASCII may send. */
export interface Undecodable {
  readonly bytes: Buffer;
}

/**
 * The values of one line of COPY text (PostgreSQL, COPY, "Text Format"); `\N` is null. Throws when an escape is not one that COPY writes.
 */
export function parseLine(buffer: Buffer, start: number, end: number): (string | Undecodable | null)[] {
  const text = buffer.toString('utf8', start, end);
  // The lenient decoder is several times faster; its replacement character is rare enough to look twice.
  return text.includes('\uFFFD')
    ? parseCarefully(buffer.subarray(start, end))
    : text.split('\t').map(unescapeField);
}

function parseCarefully(line: Buffer): (string | Undecodable | null)[] {
  // A byte a character: tabs and escapes are ASCII.
  return line
    .toString('latin1')
    .split('\t')
    .map((field) => {
      const value = unescapeField(field);
      if (value === null) return null;
      const bytes = Buffer.from(value, 'latin1');
      try {
        return strictUtf8.decode(bytes);
      } catch {
        return { bytes };
      }
    });
}

function unescapeField(field: string): string | null {
  if (!field.includes('\\')) return field;
  if (field === '\\N') return null;
  return field.replace(/\\(.?)/gs, (_, letter: string) => {
    const character = ESCAPES.get(letter);
    if (character === undefined) throw new Error('COPY text holds an escape that PostgreSQL does not write');
    return character;
  });
}

const ESCAPES = new Map([
  ['\\', '\\'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

/** Takes lines whose last column is a number that is no part of the row, and hands rows over with it. */
export function markedRows(
  pass: Pick<ReadPass, 'row'>,
): (buffer: Buffer, start: number, end: number) => void {
  return (buffer, start, end) => {
    let mark = 0;
    let place = 1;
    let at = end - 1;
    for (; at >= start && buffer[at] !== TAB; at--) {
      mark += ((buffer[at] ?? 0) - ZERO) * place;
      place *= 10;
    }
    pass.row(buffer, start, at, mark);
  };
}

const TAB = 0x09;
const ZERO = 0x30;
