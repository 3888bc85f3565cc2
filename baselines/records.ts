import { isUtf8 } from 'node:buffer';
import { BaselineError, type BaselineErrorCode } from './errors.js';
import { LIMITS } from './limits.js';
import { compareRecords, isOtherLineEnds, type RecordLine, sha256Hex } from './record.js';
import { lineReader } from './record-reader.js';
import type { CollectionSnapshot } from './snapshot.js';
import type { Statement, StatementCollection } from './statement.js';

const LINE_FEED = 0x0a;

/**
 * The records file of a collection: each record's canonical line and a line feed, in order. Written line by line: joined as text first,
 * 100,000 records would take three times the memory for a moment.
 */
export function recordsBytes({ records }: CollectionSnapshot): Uint8Array {
  const length = records.reduce((sum, { line }) => sum + Buffer.byteLength(line, 'utf8') + 1, 0);
  const bytes = Buffer.allocUnsafe(length);
  let end = 0;
  for (const { line } of records) {
    end += bytes.write(line, end, 'utf8');
    bytes[end++] = LINE_FEED;
  }
  return bytes;
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
  const refuse: (code: BaselineErrorCode, what: string) => never = (code, what) => {
    throw new BaselineError(code, `The records of ${definition.name} ${what}.`);
  };
  if (bytes.length > LIMITS.recordsBytes) {
    refuse('BASELINE_TOO_LARGE', `have ${bytes.length} bytes; at most ${LIMITS.recordsBytes} are read`);
  }
  if (sha256Hex(bytes) !== digest) {
    if (isOtherLineEnds(bytes, digest)) {
      const how = 'put "* -text" into .gitattributes of the folder and check the files out anew';
      refuse(
        'BASELINE_LINE_ENDS',
        `are the signed ones with other line ends (CRLF), which git or an editor changed; ${how}`,
      );
    }
    refuse('BASELINE_RECORDS_DIGEST', 'are not the signed ones; restore the file from where it was signed');
  }
  if (!isUtf8(bytes)) refuse('BASELINE_NOT_UTF8', 'are not UTF-8 text');

  const readLine = lineReader(definition);
  const records: RecordLine[] = [];
  for (const line of lines(bytes)) {
    const at = records.length + 1;
    const { record, refused } = readLine(line);
    if (refused) return refuse(refused.code, `hold in line ${at} ${refused.found}`);
    const previous = records.at(-1);
    if (previous?.key === record.key)
      refuse('BASELINE_RECORDS_DUPLICATE', `hold the key of line ${at} twice`);
    if (previous && compareRecords(previous, record) > 0) {
      refuse('BASELINE_RECORDS_ORDER', `are out of order in line ${at}`);
    }
    records.push(record);
  }
  if (records.length !== count) {
    refuse('BASELINE_RECORDS_COUNT', `are ${records.length}; the statement says ${count}`);
  }
  return { definition, records, recordsDigest: digest };
}

/** Finds a records file by its digest. May throw a `BaselineError` that says why the file cannot be read. */
export type RecordsReader = (digest: string) => Uint8Array | undefined;

/** The records of one collection of a statement. Throws `BASELINE_RECORDS_MISSING` and whatever `readRecords` throws. */
export function readCollection(collection: StatementCollection, records: RecordsReader): CollectionSnapshot {
  const bytes = records(collection.records);
  if (bytes !== undefined) return readRecords(collection, bytes);
  throw new BaselineError(
    'BASELINE_RECORDS_MISSING',
    `The records of ${collection.definition.name} are missing: ${collection.records}.jsonl. Restore the file from where it was signed.`,
  );
}

/**
 * All records a statement names, by collection. `known` lends what was verified before. Throws what `readCollection`
 * throws.
 */
export function readCollections(
  statement: Statement,
  records: RecordsReader,
  known: (collection: StatementCollection) => CollectionSnapshot | undefined = () => undefined,
): ReadonlyMap<string, CollectionSnapshot> {
  return new Map(
    statement.collections.map((collection) => [
      collection.definition.name,
      known(collection) ?? readCollection(collection, records),
    ]),
  );
}

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
