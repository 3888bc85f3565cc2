import type { Definition } from '../../../baselines/index.js';
import { createRecordMaker, type Decode, encodeText, parseOverflow } from '../relational/decode.js';
import type { Fingerprint } from '../relational/fingerprint.js';
import type { TableColumn } from './column.js';
import { findValues, placesFor } from './packet.js';
import { decodeAscii, encodeUndecodable } from './text.js';

/** Decoding for the columns of a `selectStatement`, which are those of the definition, key first. */
export function createRowDecode(
  definition: Definition,
  columns: readonly TableColumn[],
  fingerprint: Fingerprint | null,
): Decode {
  const makeRecord = createRecordMaker(definition, fingerprint);
  const places = placesFor(columns.length + 1);
  return (buffer, start, end) => {
    findValues(buffer, start, end, places);
    const overflow = places.at(-1);
    const long =
      overflow === undefined || overflow.start === -1
        ? null
        : parseOverflow(decodeAscii(buffer, overflow.start, overflow.end) ?? '');
    const encoded = columns.map(({ json, decode }, i) => {
      const replaced = long?.get(i);
      if (replaced !== undefined) return replaced;
      const place = places[i];
      if (place === undefined || place.start === -1) return null;
      const text = decode(buffer, place.start, place.end);
      return text === null ? encodeUndecodable(buffer, place.start, place.end) : encodeText(text, json);
    });
    return makeRecord(encoded);
  };
}

export const UNDECODABLE = 'one of its rows is not what our statement makes the server send';
