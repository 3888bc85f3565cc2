import type { Definition } from '../../../baselines/index.js';
import { createRecordMaker, type Decode, encodeText, parseOverflow } from '../relational/decode.js';
import type { Fingerprint } from '../relational/fingerprint.js';
import { parseLine } from './copy-text.js';
import type { Column } from './identify.js';

/**
 * Decoding of COPY text for the columns of a `copyStatement`, which are those of the definition, key first. Throws when the line is not
 * what such a statement writes.
 */
export function createDecode(
  definition: Definition,
  columns: readonly Column[],
  fingerprint: Fingerprint | null,
): Decode {
  const width = columns.length;
  const recordOf = createRecordMaker(definition, fingerprint);
  return (buffer, start, end) => {
    const values = parseLine(buffer, start, end);
    if (values.length !== width + 1) throw new Error('COPY text holds a line of another width');
    const overflow = values[width] ?? null;
    const long = overflow === null ? null : parseOverflow(overflow);
    return recordOf(columns.map(({ json }, i) => long?.get(i) ?? encodeText(values[i] ?? null, json)));
  };
}
