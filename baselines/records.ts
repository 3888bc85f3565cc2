import { isUtf8 } from 'node:buffer';
import type { Definition } from './definition.js';
import { BaselineError, type BaselineErrorCode } from './errors.js';
import { LIMITS } from './limits.js';
import { compareRecords, type RecordLine, recordLine, sha256Hex, type TillRecord } from './record.js';
import type { CollectionSnapshot } from './snapshot.js';
import type { Statement, StatementCollection } from './statement.js';

const LINE_FEED = 0x0a;

/** The records file of a collection: each record's canonical line and a line feed, in order. */
export function recordsBytes(snapshot: CollectionSnapshot): Uint8Array {
  return Buffer.from(snapshot.records.map((record) => `${record.line}\n`).join(''), 'utf8');
}

/**
 * Reads the records file that a statement names, or throws the `BASELINE_RECORDS_…` that says what is wrong with it. What
 * comes back is exactly what was signed: digest and count fit, each line is the one spelling of a record of the
 * definition, keys ascend, none is there twice and none holds a null.
 */
export function readRecords(
  { definition, records: digest, count }: StatementCollection,
  bytes: Uint8Array,
): CollectionSnapshot {
  const refuse = (code: BaselineErrorCode, what: string): never => {
    throw new BaselineError(code, `The records of ${definition.name} ${what}.`);
  };
  if (bytes.length > LIMITS.recordsBytes) {
    refuse('BASELINE_TOO_LARGE', `have ${bytes.length} bytes; at most ${LIMITS.recordsBytes} are read`);
  }
  if (sha256Hex(bytes) !== digest) {
    refuse('BASELINE_RECORDS_DIGEST', 'are not the signed ones; restore the file from where it was signed');
  }
  if (!isUtf8(bytes)) refuse('BASELINE_NOT_UTF8', 'are not UTF-8 text');

  const readLine = lineReader(definition);
  const records: RecordLine[] = [];
  let previous: RecordLine | undefined;
  for (const line of lines(bytes)) {
    const record = readLine(line);
    if (typeof record === 'string') refuse(record, `hold in line ${records.length + 1} ${MEANING[record]}`);
    else {
      const order = previous === undefined ? -1 : compareRecords(previous, record);
      if (previous?.key === record.key) {
        refuse('BASELINE_RECORDS_DUPLICATE', `hold the key of line ${records.length + 1} twice`);
      }
      if (order > 0) refuse('BASELINE_RECORDS_ORDER', `are out of order in line ${records.length + 1}`);
      records.push(record);
      previous = record;
    }
  }
  if (records.length !== count) {
    refuse('BASELINE_RECORDS_COUNT', `are ${records.length}; the statement says ${count}`);
  }
  return { definition, records, recordsDigest: digest };
}

/** Finds a records file by its digest. May throw a `BaselineError` that says why the file cannot be read. */
export type RecordsReader = (digest: string) => Uint8Array | undefined;

/**
 * All records a statement names, by collection. `known` lends what was verified before. Throws `BASELINE_RECORDS_MISSING`
 * and whatever `readRecords` throws.
 */
export function readCollections(
  statement: Statement,
  records: RecordsReader,
  known: (collection: StatementCollection) => CollectionSnapshot | undefined = () => undefined,
): ReadonlyMap<string, CollectionSnapshot> {
  const find = ({ definition, records: digest }: StatementCollection): Uint8Array => {
    const bytes = records(digest);
    if (bytes !== undefined) return bytes;
    throw new BaselineError(
      'BASELINE_RECORDS_MISSING',
      `The records of ${definition.name} are missing: ${digest}.jsonl. Restore the file from where it was signed.`,
    );
  };
  return new Map(
    statement.collections.map((collection) => [
      collection.definition.name,
      known(collection) ?? readRecords(collection, find(collection)),
    ]),
  );
}

const MEANING = {
  BASELINE_RECORDS_MALFORMED: 'something else than one record in canonical form',
  BASELINE_RECORDS_FIELDS: 'other fields or key columns than the definition has',
  BASELINE_RECORDS_NULL_KEY: 'a null in its key',
} as const;

/** The lines of a file, without their line feeds. A last line that has none is given with a mark no record has. */
function* lines(bytes: Uint8Array): Generator<string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  while (start < buffer.length) {
    const end = buffer.indexOf(LINE_FEED, start);
    if (end === -1) return yield '';
    yield buffer.toString('utf8', start, end);
    start = end + 1;
  }
}

/** Reads one line of a collection: the record, or the reason why it is none. */
function lineReader(definition: Definition): (line: string) => RecordLine | keyof typeof MEANING {
  const names = [...definition.columns].sort();
  return (line) => {
    const record = parseLine(line);
    if (record === undefined) return 'BASELINE_RECORDS_MALFORMED';
    const canonical = recordLine(record);
    if (canonical.line !== line || hasLoneSurrogate(line)) return 'BASELINE_RECORDS_MALFORMED';
    const fits =
      record.key.length === definition.key.length &&
      record.fields.size === names.length &&
      names.every((name) => record.fields.has(name));
    if (!fits) return 'BASELINE_RECORDS_FIELDS';
    return record.key.includes(null) ? 'BASELINE_RECORDS_NULL_KEY' : canonical;
  };
}

function parseLine(line: string): TillRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { key, fields } = value as { key?: unknown; fields?: unknown };
  if (!Array.isArray(key) || typeof fields !== 'object' || fields === null) return undefined;
  const entries = Object.entries(fields);
  if (!key.every(isValue) || !entries.every((entry) => isValue(entry[1]))) return undefined;
  return { key, fields: new Map(entries) };
}

function isValue(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/**
 * `JSON.stringify` writes half a surrogate pair as an escape, for which RFC 8785 has no form. In a line that `recordLine`
 * wrote, an escape that starts with `\ud` can be nothing else.
 */
function hasLoneSurrogate(line: string): boolean {
  return line.includes('\\ud') && /(?<!\\)(?:\\\\)*\\ud/.test(line);
}
