import { type Definition, encodeValue, sha256Hex } from '../../../baselines/index.js';
import { createRecordMaker, type Decode, encodeText, parseOverflow } from '../relational/decode.js';
import type { Fingerprint } from '../relational/fingerprint.js';
import { parseLine, type Undecodable } from './copy-text.js';
import type { Column } from './identify.js';

/**
 * Decoding of COPY text for the columns of a `copyStatement`, which are those of the definition, key first. Throws when the line is not
 * what such a statement writes. A value that cannot be represented becomes length and digest, so that it costs its own record alone; the
 * digest of one that was not even read is made of `unreadKey`, which people cannot have signed (ADR 47).
 */
export function createDecode(
  definition: Definition,
  columns: readonly Column[],
  fingerprint: Fingerprint | null,
  unreadKey: string,
): Decode {
  const width = columns.length;
  const recordOf = createRecordMaker(definition, fingerprint);
  return (buffer, start, end) => {
    const values = parseLine(buffer, start, end);
    if (values.length !== width + 1) throw new Error('COPY text holds a line of another width');
    const overflow = values[width] ?? null;
    if (typeof overflow === 'object' && overflow !== null) throw new Error('the overflow column is no text');
    const long = overflow === null ? null : parseOverflow(overflow, unreadKey);
    return recordOf(columns.map(({ json }, i) => long?.get(i) ?? encodeField(values[i] ?? null, json)));
  };
}

function encodeField(value: string | Undecodable | null, json: boolean): string | null {
  return value === null || typeof value === 'string' ? encodeText(value, json) : undecodableField(value);
}

/** The encoded form of a value that is no text: its length and digest. */
export function undecodableField({ bytes }: Undecodable): string {
  return encodeValue({ form: 'digest', bytes: bytes.length, sha256: sha256Hex(bytes) });
}
