import {
  type Definition,
  encodeValue,
  normalizeJsonText,
  type RecordLine,
  recordLine,
} from '../../../baselines/index.js';
import type { Fingerprint } from '../relational/fingerprint.js';
import { parseLine } from './copy-text.js';
import type { Column } from './identify.js';

/** Turns one line of COPY text into a record. */
export type Decode = (buffer: Buffer, start: number, end: number) => RecordLine;

/**
 * Decoding for the columns of a `copyStatement`, which are those of the definition, key first. Throws when the line is not what such a
 * statement writes. Values of secret columns leave it sealed.
 */
export function createDecode(
  definition: Definition,
  columns: readonly Column[],
  fingerprint: Fingerprint | null,
): Decode {
  const secret = new Set(definition.secret);
  const keys = definition.key.length;
  const width = columns.length;

  const fingerprinted = (name: string, key: string | null, encoded: string): string => {
    if (!secret.has(name)) return encoded;
    // Reached only if a check at the start is gone: better no record than a secret in the open.
    if (!fingerprint) throw new Error('a secret column cannot be read without a fingerprint key');
    return encodeValue({ form: 'hmac', hmac: fingerprint(name, key, encoded) });
  };

  return (buffer, start, end) => {
    const values = parseLine(buffer, start, end);
    if (values.length !== width + 1) throw new Error('COPY text holds a line of another width');
    const overflow = values[width] ?? null;
    const long = overflow === null ? null : parseOverflow(overflow);
    const encoded = columns.map(({ json }, i) => long?.get(i) ?? encodeText(values[i] ?? null, json));

    const key = columns.slice(0, keys).map(({ name }, i) => {
      const value = encoded[i] ?? null;
      return value === null ? null : fingerprinted(name, null, value);
    });
    const keyText = JSON.stringify(key);
    const fields = new Map<string, string | null>();
    for (let i = keys; i < width; i++) {
      const name = columns[i]?.name ?? '';
      const value = encoded[i] ?? null;
      fields.set(name, value === null ? null : fingerprinted(name, keyText, value));
    }
    return recordLine({ key, fields });
  };
}

function encodeText(text: string | null, json: boolean): string | null {
  if (text === null) return null;
  if (!json) return encodeValue({ form: 'text', text });
  const normal = normalizeJsonText(text);
  return encodeValue(normal.ok ? { form: 'text', text: normal.text } : { form: 'raw-json', text });
}

function parseOverflow(text: string): Map<number, string> {
  const values = new Map<number, string>();
  for (const item of text.split(',')) {
    const match = /^(\d+):(\d+):([0-9a-f]{64})$/.exec(item);
    if (!match?.[1] || !match[2] || !match[3]) throw new Error('the overflow column is malformed');
    values.set(Number(match[1]), encodeValue({ form: 'digest', bytes: Number(match[2]), sha256: match[3] }));
  }
  return values;
}
