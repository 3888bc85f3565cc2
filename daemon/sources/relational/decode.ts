import {
  type Definition,
  encodeValue,
  normalizeJsonText,
  type RecordLine,
  recordLine,
  sha256Hex,
} from '../../../baselines/index.js';
import type { Fingerprint } from './fingerprint.js';

/** Turns the bytes of one row, as the server sent them, into a record. Throws for what our statement does not write. */
export type Decode = (buffer: Buffer, start: number, end: number) => RecordLine;

/** Makes a record of the encoded values of a row, key columns first, in the order of the definition. */
export type RecordMaker = (encoded: readonly (string | null)[]) => RecordLine;

/** Values of secret columns leave it as fingerprints. */
export function createRecordMaker(definition: Definition, fingerprint: Fingerprint | null): RecordMaker {
  const { key: keyNames, columns } = definition;
  const secret = new Set(definition.secret);
  const guarded = (name: string, key: string | null, value: string | null | undefined): string | null => {
    if (value === null || value === undefined) return null;
    if (!secret.has(name)) return value;
    // Reached only if a check at the start is gone: better no record than a secret in the open.
    if (!fingerprint) throw new Error('a secret column cannot be read without a fingerprint key');
    return encodeValue({ form: 'hmac', hmac: fingerprint(name, key, value) });
  };
  return (encoded) => {
    const key = keyNames.map((name, i) => guarded(name, null, encoded[i]));
    const keyText = JSON.stringify(key);
    const fields = new Map<string, string | null>();
    columns.forEach((name, i) => {
      fields.set(name, guarded(name, keyText, encoded[keyNames.length + i]));
    });
    return recordLine({ key, fields });
  };
}

/** A value's text in the encoding of records. `json`: in one order and spacing, or marked when our parser refuses it. */
export function encodeText(text: string | null, json: boolean): string | null {
  if (text === null) return null;
  if (!json) return encodeValue({ form: 'text', text });
  const normal = normalizeJsonText(text);
  return encodeValue(normal.ok ? { form: 'text', text: normal.text } : { form: 'raw-json', text });
}

/**
 * Values that were too long to travel, encoded, by the index of their column: the server sends `index:bytes:sha256` of each, separated by
 * commas, in a column of its own. `unread` in place of the digest: the server did not read the value either. What then stands for it is
 * made of `unreadKey`, so that it is the same as often as this process reads it, and never as signed.
 */
export function parseOverflow(text: string, unreadKey: string | null = null): ReadonlyMap<number, string> {
  const values = new Map<number, string>();
  for (const item of text.split(',')) {
    const match = /^(\d+):(\d+):([0-9a-f]{64}|unread)$/.exec(item);
    if (!match?.[1] || !match[2] || !match[3]) throw new Error('the overflow column is malformed');
    if (match[3] === 'unread' && unreadKey === null) throw new Error('a value was not read that should be');
    const sha256 = match[3] === 'unread' ? sha256Hex(`tillwarden unread ${unreadKey} ${match[2]}`) : match[3];
    values.set(Number(match[1]), encodeValue({ form: 'digest', bytes: Number(match[2]), sha256 }));
  }
  return values;
}
