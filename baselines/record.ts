import { hash } from 'node:crypto';

/** One item of a collection, taken apart. Values are encoded by `encodeValue`. */
export interface TillRecord {
  /** In the order of the definition's `key`. A null here makes the record drift by itself. */
  readonly key: readonly (string | null)[];
  readonly fields: ReadonlyMap<string, string | null>;
}

/** A record in canonical form. Three strings, so that 100,000 of them stay small. */
export interface RecordLine {
  /** Canonical text of the key: a JSON array such as `["7"]`. */
  readonly key: string;
  /** Canonical text of the record, without line feed: `{"fields":{…},"key":[…]}`. */
  readonly line: string;
  /** Lower-case hex SHA-256 of `line` in UTF-8. */
  readonly digest: string;
}

/**
 * The canonical form: RFC 8785 for our shape. Field names are ordered by UTF-16 code units (RFC 8785 3.2.3),
 * strings are escaped as `JSON.stringify` does, which is what RFC 8785 3.2.2.2 prescribes for well-formed text.
 */
export function recordLine(record: TillRecord): RecordLine {
  const names = [...record.fields.keys()].sort();
  const fields = names
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(record.fields.get(name) ?? null)}`)
    .join(',');
  const key = JSON.stringify(record.key);
  const line = `{"fields":{${fields}},"key":${key}}`;
  return { key, line, digest: sha256Hex(line) };
}

/** Takes a canonical line apart. The line must come from `recordLine` or from verified bytes. */
export function parseRecordLine(line: string): TillRecord {
  const parsed = JSON.parse(line) as { fields: object; key: (string | null)[] };
  return { key: parsed.key, fields: new Map(Object.entries(parsed.fields) as [string, string | null][]) };
}

/** Lower-case hex SHA-256 of text (as UTF-8) or bytes. */
export function sha256Hex(input: string | Uint8Array): string {
  return hash('sha256', input, 'hex');
}

/** Whether bytes are those of this digest but for line ends of Windows, which git and editors write in the place of a line feed. */
export function isOtherLineEnds(bytes: Uint8Array, digest: string): boolean {
  const text = Buffer.from(bytes).toString('latin1');
  return text.includes('\r\n') && sha256Hex(Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1')) === digest;
}

/** Orders by the UTF-8 bytes of the text, which is code-point order and not JavaScript's own. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates sort after all other code units in UTF-8 order.
    const xSurrogate = x >= 0xd800 && x <= 0xdfff;
    const ySurrogate = y >= 0xd800 && y <= 0xdfff;
    if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

/** The order of records in a snapshot and in a records file: by key, then (for duplicate keys) by line. */
export function compareRecords(a: RecordLine, b: RecordLine): number {
  return compareUtf8(a.key, b.key) || compareUtf8(a.line, b.line);
}
