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

/**
 * The values of one line of COPY text (PostgreSQL, COPY, "Text Format"); `\N` is null. Throws when the bytes are not UTF-8,
 * as a database with encoding SQL_ASCII may send, or an escape is not one that COPY writes.
 */
export function parseLine(buffer: Buffer, start: number, end: number): (string | null)[] {
  let text = buffer.toString('utf8', start, end);
  // The lenient decoder is several times faster; its replacement character is rare enough to look twice.
  if (text.includes('\uFFFD')) text = strictUtf8.decode(buffer.subarray(start, end));
  return text.split('\t').map(unescapeField);
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
