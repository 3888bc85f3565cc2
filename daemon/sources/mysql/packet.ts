/** The place of one value in a buffer; `start` is -1 for null. */
export interface Place {
  start: number;
  end: number;
}

const NULL_MARK = 0xfb;

/**
 * Finds the values of one row of the text protocol (MySQL, "ProtocolText::ResultsetRow": a length-encoded string each). Fills `places`,
 * one for each column. Throws when the row has another width or a value reaches beyond its end.
 */
export function findValues(buffer: Buffer, start: number, end: number, places: readonly Place[]): void {
  let at = start;
  for (const place of places) {
    if (at >= end) throw new Error('a row holds too few values');
    const first = buffer[at] ?? NULL_MARK;
    at++;
    if (first === NULL_MARK) {
      place.start = -1;
      place.end = -1;
      continue;
    }
    let length = first;
    if (first > NULL_MARK) {
      const width = first === 0xfc ? 2 : first === 0xfd ? 3 : 8;
      if (first === 0xff || at + width > end) throw new Error('a length in a row is malformed');
      length =
        width === 8
          ? buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * 2 ** 32
          : buffer.readUIntLE(at, width);
      at += width;
    }
    if (length > end - at) throw new Error('a value reaches beyond its row');
    place.start = at;
    place.end = at + length;
    at += length;
  }
  if (at !== end) throw new Error('a row holds too many values');
}

/** Places for `findValues`. */
export function placesFor(width: number): Place[] {
  return Array.from({ length: width }, () => ({ start: -1, end: -1 }));
}
