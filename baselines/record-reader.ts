import type { Definition } from './definition.js';
import type { BaselineErrorCode } from './errors.js';
import { type RecordLine, recordLine, sha256Hex } from './record.js';

/** Why a line is not a record of its collection. */
interface RefusedLine {
  readonly code: BaselineErrorCode;
  readonly found: string;
}
type LineReading =
  | { readonly record: RecordLine; readonly refused?: never }
  | { readonly refused: RefusedLine; readonly record?: never };

export type LineReader = (line: string) => LineReading;

const MALFORMED = refused('BASELINE_RECORDS_MALFORMED', 'something else than one record in canonical form');
const FIELDS = refused('BASELINE_RECORDS_FIELDS', 'other fields or key columns than the definition has');
const NULL_KEY = refused('BASELINE_RECORDS_NULL_KEY', 'a null in a key');

/**
 * Reads lines of a collection. A line is a record when it is the very text that `recordLine` writes for it, has exactly
 * the fields and key columns of the definition, and no null in its key.
 */
export function lineReader(definition: Definition): LineReader {
  const columns = new Set(definition.columns);
  return (line) => {
    const parsed = parseLine(line);
    if (parsed === undefined) return MALFORMED;
    const { fields, key } = parsed;
    const names = Object.keys(fields);
    if (canonicalLine(fields, key, names) !== line || hasLoneSurrogate(line)) return MALFORMED;
    if (key.length !== definition.key.length || names.length !== columns.size) return FIELDS;
    if (!names.every((name) => columns.has(name))) return FIELDS;
    if (key.includes(null)) return NULL_KEY;
    return { record: { key: JSON.stringify(key), line, digest: sha256Hex(line) } };
  };
}

type Values = { readonly [name: string]: string | null };

function parseLine(line: string): { fields: Values; key: (string | null)[] } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { key, fields } = value as { key?: unknown; fields?: unknown };
  if (!Array.isArray(key) || typeof fields !== 'object' || fields === null || Array.isArray(fields))
    return undefined;
  if (!key.every(isValue) || !Object.values(fields).every(isValue)) return undefined;
  return { fields: fields as Values, key };
}

function isValue(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/**
 * The line that `recordLine` writes. With names in order `JSON.stringify` writes the same, and faster; names that look like numbers
 * come first in a JavaScript object and may be out of order.
 */
function canonicalLine(fields: Values, key: (string | null)[], names: readonly string[]): string {
  const inOrder = names.every((name, i) => i === 0 || (names[i - 1] as string) < name);
  if (inOrder) return JSON.stringify({ fields, key });
  return recordLine({ key, fields: new Map(Object.entries(fields)) }).line;
}

/**
 * `JSON.stringify` writes half a surrogate pair as an escape, for which RFC 8785 has no form. In a line that `recordLine`
 * wrote, an escape that starts with `\ud` can be nothing else.
 */
function hasLoneSurrogate(line: string): boolean {
  return line.includes('\\ud') && /(?<!\\)(?:\\\\)*\\ud/.test(line);
}

function refused(code: BaselineErrorCode, found: string): { readonly refused: RefusedLine } {
  return { refused: { code, found } };
}
