import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { sameDefinition } from './definition.js';
import { BaselineError, type BaselineErrorCode } from './errors.js';
import { LIMITS } from './limits.js';
import { compareRecords, compareUtf8, isOtherLineEnds, type RecordLine } from './record.js';
import { type LineReader, lineReader } from './record-reader.js';
import type { CollectionSnapshot } from './snapshot.js';
import type { Statement, StatementCollection } from './statement.js';
import { atOnce, type Steps } from './steps.js';

const LINE_FEED = 0x0a;
/** Between two turns of other work. */
const LINES_PER_STEP = 64;
const BYTES_PER_STEP = 1024 * 1024;

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
 * definition, keys ascend, none is there twice and none holds a null. `like`: another state of the collection that was read like this, under the same definition. A line that
 * stands there is its record, as an object.
 */
export function readRecords(
  collection: StatementCollection,
  bytes: Uint8Array,
  like?: CollectionSnapshot,
): CollectionSnapshot {
  return atOnce(readRecordsInSteps(collection, bytes, like));
}

/** The same in steps: a large file is hashed and taken apart beside other work. */
function* readRecordsInSteps(
  { definition, records: digest, count }: StatementCollection,
  bytes: Uint8Array,
  like: CollectionSnapshot | undefined,
): Steps<CollectionSnapshot> {
  const refuse: Refuse = refusalIn(definition);
  yield* refuseUnsigned(digest, bytes, refuse);
  if (!isUtf8(bytes)) refuse('BASELINE_NOT_UTF8', 'are not UTF-8 text');

  const readLine = likeBefore(lineReader(definition), like?.records ?? []);
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
    if (at % LINES_PER_STEP === 0) yield;
  }
  if (records.length !== count) {
    refuse('BASELINE_RECORDS_COUNT', `are ${records.length}; the statement says ${count}`);
  }
  return { definition, records, recordsDigest: digest };
}

/** Reads lines in order. One that stands among `known`, which are in order too, is nearly always the next of them and needs no reading. */
function likeBefore(read: LineReader, known: readonly RecordLine[]): LineReader {
  let at = 0;
  const next = (line: string) => (known[at]?.line === line ? known[at++] : undefined);
  return (line) => {
    const same = next(line);
    if (same !== undefined) return { record: same };
    const reading = read(line);
    const { record } = reading;
    if (record === undefined) return reading;
    // What is not there any more, and this record as it was.
    const isPast = (one: RecordLine) => one.line !== line && compareUtf8(one.key, record.key) <= 0;
    for (let one = known[at]; one !== undefined && isPast(one); one = known[at]) at += 1;
    return { record: next(line) ?? record };
  };
}

/**
 * One record of the signed file of a collection, by the canonical text of its key; undefined when it holds none. The file is the one that
 * people signed, by its digest; nothing is said of what else it holds. Throws as `readRecords` does.
 */
export function readRecord(
  { definition, records: digest }: StatementCollection,
  bytes: Uint8Array,
  key: string,
): RecordLine | undefined {
  const refuse: Refuse = refusalIn(definition);
  atOnce(refuseUnsigned(digest, bytes, refuse));
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Inside of a text no quotation mark stands without a backslash before it, so this is the end of one line and nothing else.
  const end = buffer.indexOf(`,"key":${key}}\n`);
  if (end === -1) return undefined;
  const line = buffer.toString(
    'utf8',
    buffer.lastIndexOf(LINE_FEED, end) + 1,
    buffer.indexOf(LINE_FEED, end),
  );
  const { record, refused } = lineReader(definition)(line);
  return refused ? refuse(refused.code, `hold under a key ${refused.found}`) : record;
}

type Refuse = (code: BaselineErrorCode, what: string) => never;

const NOT_OURS =
  'Tillwarden writes no such file: restore it from where it was signed, or withdraw what names it and propose anew.';
/** What to do about a records file that says itself what is wrong with it; the other refusals say it in their own words. */
const REMEDIES: Readonly<Partial<Record<BaselineErrorCode, string>>> = {
  BASELINE_NOT_UTF8: NOT_OURS,
  BASELINE_RECORDS_MALFORMED: NOT_OURS,
  BASELINE_RECORDS_FIELDS: NOT_OURS,
  BASELINE_RECORDS_NULL_KEY: NOT_OURS,
  BASELINE_RECORDS_DUPLICATE: NOT_OURS,
  BASELINE_RECORDS_ORDER: NOT_OURS,
  BASELINE_RECORDS_COUNT: NOT_OURS,
  BASELINE_TOO_LARGE: 'Remove the file; where the records are real, split the collection into several.',
};

function refusalIn({ name }: StatementCollection['definition']): Refuse {
  return (code, found) => {
    const remedy = REMEDIES[code];
    const what = `The records of ${name} ${found}.`;
    throw new BaselineError(code, remedy === undefined ? what : `${what} ${remedy}`);
  };
}

/** Throws for bytes that are not those of the digest. */
function* refuseUnsigned(digest: string, bytes: Uint8Array, refuse: Refuse): Steps<void> {
  if (bytes.length > LIMITS.recordsBytes) {
    refuse('BASELINE_TOO_LARGE', `have ${bytes.length} bytes; at most ${LIMITS.recordsBytes} are read`);
  }
  if ((yield* digestInSteps(bytes)) === digest) return;
  if (isOtherLineEnds(bytes, digest)) {
    const how = 'put "* -text" into .gitattributes of the folder and check the files out anew';
    refuse(
      'BASELINE_LINE_ENDS',
      `are the signed ones with other line ends (CRLF), which git or an editor changed; ${how}`,
    );
  }
  refuse('BASELINE_RECORDS_DIGEST', 'are not the signed ones; restore the file from where it was signed');
}

/** Finds a records file by its digest. May throw a `BaselineError` that says why the file cannot be read. */
export type RecordsReader = (digest: string) => Uint8Array | undefined;

/** The records of one collection of a statement. Throws `BASELINE_RECORDS_MISSING` and whatever `readRecords` throws. */
export function readCollection(collection: StatementCollection, records: RecordsReader): CollectionSnapshot {
  return atOnce(readRecordsInSteps(collection, signedFile(collection, records), undefined));
}

/** The records file of a collection. Throws `BASELINE_RECORDS_MISSING`. */
export function signedFile(collection: StatementCollection, records: RecordsReader): Uint8Array {
  const bytes = records(collection.records);
  if (bytes !== undefined) return bytes;
  throw new BaselineError(
    'BASELINE_RECORDS_MISSING',
    `The records of ${collection.definition.name} are missing: ${collection.records}.jsonl. Restore the file from where it was signed.`,
  );
}

/** Lends what was read and verified before. */
export interface Lender {
  /** The very state of a collection that a statement names. */
  same(collection: StatementCollection): CollectionSnapshot | undefined;
  /** Another state of it, under the same definition. */
  like(collection: StatementCollection): CollectionSnapshot | undefined;
}

/** Lends the records of these collections, the first ones first. */
export function lenderOf(sources: readonly (ReadonlyMap<string, CollectionSnapshot> | undefined)[]): Lender {
  const statesOf = ({ definition }: StatementCollection) =>
    sources.flatMap((collections) => {
      const lent = collections?.get(definition.name);
      return lent !== undefined && sameDefinition(lent.definition, definition) ? [lent] : [];
    });
  return {
    same: (collection) =>
      statesOf(collection).find(
        (lent) => lent.recordsDigest === collection.records && lent.records.length === collection.count,
      ),
    like: (collection) => statesOf(collection)[0],
  };
}

/** All records a statement names, by collection. `known` lends what was verified before. Throws what `readCollection` throws. */
export function readCollections(
  statement: Statement,
  records: RecordsReader,
  known: Lender,
): ReadonlyMap<string, CollectionSnapshot> {
  return atOnce(readCollectionsInSteps(statement, records, known));
}

/** The same in steps. */
export function* readCollectionsInSteps(
  statement: Statement,
  records: RecordsReader,
  known: Lender,
): Steps<ReadonlyMap<string, CollectionSnapshot>> {
  const collections = new Map<string, CollectionSnapshot>();
  for (const collection of statement.collections) {
    const one =
      known.same(collection) ??
      (yield* readRecordsInSteps(collection, signedFile(collection, records), known.like(collection)));
    collections.set(collection.definition.name, one);
  }
  return collections;
}

function* digestInSteps(bytes: Uint8Array): Steps<string> {
  const hash = createHash('sha256');
  for (let from = 0; from < bytes.length; from += BYTES_PER_STEP) {
    if (from > 0) yield;
    hash.update(bytes.subarray(from, from + BYTES_PER_STEP));
  }
  return hash.digest('hex');
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
