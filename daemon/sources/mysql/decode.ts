import type { Definition } from '../../../baselines/index.js';
import { createRecordMaker, type Decode, encodeText, parseOverflow } from '../relational/decode.js';
import type { Cell } from '../relational/derive/cell.js';
import type { Fingerprint } from '../relational/fingerprint.js';
import type { TableColumn } from './column.js';
import { findValues, placesFor } from './packet.js';
import { decodeAscii, encodeUndecodable } from './text.js';

/** Takes one row of a `selectStatement` apart; what stands for a value that was not read is made of `unreadKey` (`parseOverflow`). Throws for what such a statement does not make the server send. */
export function createCellReader(
  columns: readonly TableColumn[],
  unreadKey: string,
): (buffer: Buffer, start: number, end: number) => Cell[] {
  const places = placesFor(columns.length + 1);
  return (buffer, start, end) => {
    findValues(buffer, start, end, places);
    const overflow = places.at(-1);
    const long =
      overflow === undefined || overflow.start === -1
        ? null
        : parseOverflow(decodeAscii(buffer, overflow.start, overflow.end) ?? '', unreadKey);
    return columns.map(({ json, decode }, i): Cell => {
      const encoded = long?.get(i);
      if (encoded !== undefined) return { encoded };
      const place = places[i];
      if (place === undefined || place.start === -1) return null;
      const text = decode(buffer, place.start, place.end);
      return text === null ? { encoded: encodeUndecodable(buffer, place.start, place.end) } : { text, json };
    });
  };
}

/** Decoding for the columns of a `selectStatement`, which are those of the definition, key first. */
export function createRowDecode(
  definition: Definition,
  columns: readonly TableColumn[],
  fingerprint: Fingerprint | null,
  unreadKey: string,
): Decode {
  const makeRecord = createRecordMaker(definition, fingerprint);
  const cellsOf = createCellReader(columns, unreadKey);
  return (buffer, start, end) =>
    makeRecord(
      cellsOf(buffer, start, end).map((cell) =>
        cell === null ? null : 'text' in cell ? encodeText(cell.text, cell.json) : cell.encoded,
      ),
    );
}

export const UNDECODABLE = 'one of its rows is not what our statement makes the server send';
