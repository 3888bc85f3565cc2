import { canonicalJson, documentBytes, type JsonValue, parseDocument } from './canonical.js';
import { KINDS, type Kind } from './definition.js';
import { type RecordLine, recordLine } from './record.js';
import * as shape from './shape.js';
import { decodeValue } from './value.js';

export const EXPECTATION_FORMAT = 'tillwarden-expectation/1';
/** Of an expectation that names objects of the watched database by their sort and schema. */
export const ANNOUNCEMENT_FORMAT = 'tillwarden-expectation/2';
export const MUTE_FORMAT = 'tillwarden-mute/1';

const DAY_MS = 86_400_000;

/** How far the times of a suppression may lie apart, in milliseconds. */
export const SUPPRESSION_LIMITS = {
  /** From the signing to the beginning of an expectation's window. */
  aheadMs: 30 * DAY_MS,
  /** Length of an expectation's window. */
  windowMs: 7 * DAY_MS,
  /** From the end of the window to the day by which what happened must be in a baseline. */
  adoptMs: 30 * DAY_MS,
  /** Length of a mute. */
  muteMs: 7 * DAY_MS,
  /** Length of the window of one that names objects by their sort: nobody says what exactly will happen in it. */
  objectsWindowMs: DAY_MS,
  /** Changes in one expectation. */
  changes: 5000,
  /** Sorts of objects in one expectation, each of one schema. */
  objects: 50,
} as const;

/** Values of a record by column, encoded by `encodeValue`. */
export type Fields = ReadonlyMap<string, string | null>;

/** One change that people expect: exactly this, and nothing else about the record. */
export interface ExpectedChange {
  readonly collection: string;
  /** Values of the key columns, encoded. Null: one new record, under a key that the database chooses. */
  readonly key: readonly string[] | null;
  /** The fields that the baseline holds; null when the record is to appear. */
  readonly before: Fields | null;
  /** The fields that there will be; null when the record is to vanish. A record that appears may have secrets of any value: the form `set`. */
  readonly after: Fields | null;
}

/** Whatever happens to objects of one sort in one schema of a watched database. Which of it is covered the daemon decides. */
export interface ExpectedObjects {
  /** A sensor. */
  readonly collection: string;
  /** The sort, as records of the sensor name it: `function`. */
  readonly object: string;
  readonly schema: string;
}

/** Changes that people announce: they wake nobody when they happen within the window, and must be in a baseline by `adoptBy`. */
export interface Expectation {
  readonly format: typeof EXPECTATION_FORMAT | typeof ANNOUNCEMENT_FORMAT;
  readonly site: string;
  /** ISO UTC instants with milliseconds. */
  readonly created: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly adoptBy: string;
  readonly reason: string;
  readonly changes: readonly ExpectedChange[];
  /** Empty but in `ANNOUNCEMENT_FORMAT`. */
  readonly objects: readonly ExpectedObjects[];
}

/** Changes of a kind, a collection or one record wake nobody until a time. They are recorded all the same. */
export interface Mute {
  readonly format: typeof MUTE_FORMAT;
  readonly site: string;
  readonly created: string;
  readonly until: string;
  readonly reason: string;
  readonly scope: MuteScope;
}

export type MuteScope =
  | { readonly kind: Kind }
  /** `key`: values of the key columns of the only record meant, encoded; null: all of the collection. */
  | { readonly collection: string; readonly key: readonly string[] | null };

/** The bytes that are signed and written to disk. Changes and objects are brought into their one order. */
export function expectationBytes(expectation: Expectation): Uint8Array {
  const { format, site, created, notBefore, notAfter, adoptBy, reason } = expectation;
  const changes = ordered(expectation.changes.map(changeJson));
  const objects = ordered(
    expectation.objects.map(({ collection, object, schema }) => ({ collection, object, schema })),
  );
  const ofBoth = { format, site, created, notBefore, notAfter, adoptBy, reason, changes };
  return documentBytes(format === ANNOUNCEMENT_FORMAT ? { ...ofBoth, objects } : ofBoth);
}

function ordered(values: readonly JsonValue[]): JsonValue[] {
  return values
    .map((json) => ({ json, text: canonicalJson(json) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ json }) => json);
}

export function muteBytes(mute: Mute): Uint8Array {
  const { format, site, created, until, reason, scope } = mute;
  const [kind, collection, key] =
    'kind' in scope ? [scope.kind, null, null] : [null, scope.collection, scope.key];
  return documentBytes({ format, site, created, until, reason, kind, collection, key });
}

/** Reads an expectation and refuses every text but the one `expectationBytes` writes. Says nothing about who signed it. */
export function parseExpectation(bytes: Uint8Array): Expectation {
  const fields = shape.objectWith(
    parseDocument(bytes),
    ['format', 'site', 'created', 'notBefore', 'notAfter', 'adoptBy', 'reason', 'changes'],
    ['objects'],
    'An expectation',
  );
  const format = shape.oneOf(fields.format, [EXPECTATION_FORMAT, ANNOUNCEMENT_FORMAT], 'format');
  const entries = shape.list(fields.changes, SUPPRESSION_LIMITS.changes, 'changes');
  if (entries.length === 0 && format === EXPECTATION_FORMAT) shape.refuse('changes', 'at least one');
  shape.ascending(entries.map(canonicalJson), 'changes');
  const expectation: Expectation = {
    format,
    site: shape.matching(fields.site, shape.NAME, 'site'),
    created: shape.instant(fields.created, 'created'),
    notBefore: shape.instant(fields.notBefore, 'notBefore'),
    notAfter: shape.instant(fields.notAfter, 'notAfter'),
    adoptBy: shape.instant(fields.adoptBy, 'adoptBy'),
    reason: shape.text(fields.reason, 2000, 'reason'),
    changes: entries.map(parseChange),
    objects: parseObjects(fields.objects, format),
  };
  const { created, notBefore, notAfter, adoptBy, objects } = expectation;
  const { aheadMs, windowMs, objectsWindowMs, adoptMs } = SUPPRESSION_LIMITS;
  within(created, notBefore, aheadMs, 'notBefore');
  within(notBefore, notAfter, objects.length === 0 ? windowMs : objectsWindowMs, 'notAfter');
  within(notAfter, adoptBy, adoptMs, 'adoptBy');
  const records = expectation.changes.filter(({ key }) => key !== null);
  shape.distinct(
    records.map(({ collection, key }) => canonicalJson([collection, key])),
    'The records of changes',
  );
  return expectation;
}

/** Reads a mute and refuses every text but the one `muteBytes` writes. Says nothing about who signed it. */
export function parseMute(bytes: Uint8Array): Mute {
  const fields = shape.exactObject(
    parseDocument(bytes),
    ['format', 'site', 'created', 'until', 'reason', 'kind', 'collection', 'key'],
    'A mute',
  );
  const mute: Mute = {
    format: shape.oneOf(fields.format, [MUTE_FORMAT], 'format'),
    site: shape.matching(fields.site, shape.NAME, 'site'),
    created: shape.instant(fields.created, 'created'),
    until: shape.instant(fields.until, 'until'),
    reason: shape.text(fields.reason, 2000, 'reason'),
    scope: parseScope(fields.kind, fields.collection, fields.key),
  };
  if (mute.created >= mute.until) shape.refuse('until', 'later than created');
  within(mute.created, mute.until, SUPPRESSION_LIMITS.muteMs, 'until');
  return mute;
}

/** True when a record that was observed is the expected one: each field the same, or sealed where any secret is expected. */
export function isExpectedRecord(expected: Fields, observed: Fields): boolean {
  return (
    expected.size === observed.size &&
    [...expected].every(([name, value]) => {
      const is = observed.get(name);
      if (is === undefined || is === null || !isSet(value)) return is === value;
      return decodeValue(is).form === 'hmac';
    })
  );
}

function isSet(encoded: string | null): boolean {
  return encoded !== null && decodeValue(encoded).form === 'set';
}

/** The record as it will be, or as it is signed, in canonical form; null where there is none. Only of a change that names its key. */
export function expectedLine({ key }: ExpectedChange, fields: Fields | null): RecordLine | null {
  if (fields === null || key === null) return null;
  return recordLine({ key, fields });
}

function changeJson({ collection, key, before, after }: ExpectedChange): JsonValue {
  return { collection, key, before: fieldsJson(before), after: fieldsJson(after) };
}

function fieldsJson(fields: Fields | null): JsonValue {
  return fields === null ? null : Object.fromEntries(fields);
}

function parseChange(value: JsonValue): ExpectedChange {
  const fields = shape.exactObject(value, ['collection', 'key', 'before', 'after'], 'A change');
  const change: ExpectedChange = {
    collection: collectionName(fields.collection),
    key: parseKey(fields.key),
    before: parseFields(fields.before, 'before'),
    after: parseFields(fields.after, 'after'),
  };
  const { key, before, after } = change;
  if (key === null && (before !== null || after === null)) {
    shape.refuse('key', 'given unless a new record appears');
  }
  if (before !== null && [before, after].some((side) => [...(side?.values() ?? [])].some(isSet))) {
    shape.refuse('after', 'without a secret of any value, which only a record that appears may have');
  }
  if (canonicalJson(fieldsJson(before)) === canonicalJson(fieldsJson(after))) {
    shape.refuse('after', 'other than before');
  }
  return change;
}

/** Given in the one format, at least one, and in no other. */
function parseObjects(value: JsonValue | undefined, format: Expectation['format']): ExpectedObjects[] {
  if (format === EXPECTATION_FORMAT) {
    if (value !== undefined) shape.refuse('objects', `left out of ${EXPECTATION_FORMAT}`);
    return [];
  }
  const entries = shape.list(value ?? null, SUPPRESSION_LIMITS.objects, 'objects');
  if (entries.length === 0) shape.refuse('objects', 'at least one');
  shape.ascending(entries.map(canonicalJson), 'objects');
  return entries.map((entry) => {
    const fields = shape.exactObject(entry, ['collection', 'object', 'schema'], 'An entry of objects');
    return {
      collection: collectionName(fields.collection),
      object: shape.matching(fields.object, /^[a-z][a-z-]{0,39}$/, 'object'),
      schema: shape.text(fields.schema, 200, 'schema'),
    };
  });
}

function parseScope(kind: JsonValue, collection: JsonValue, key: JsonValue): MuteScope {
  if ((kind === null) === (collection === null)) shape.refuse('kind', 'given, or collection, and not both');
  if (kind !== null) {
    if (key !== null) shape.refuse('key', 'null where a kind is muted');
    return { kind: shape.oneOf(kind, KINDS, 'kind') };
  }
  return { collection: collectionName(collection), key: parseKey(key) };
}

function collectionName(value: JsonValue): string {
  return shape.matching(value, shape.COLLECTION, 'collection');
}

/** A value may be empty, and as long as the document. */
function parseKey(value: JsonValue): readonly string[] | null {
  if (value === null) return null;
  const parts = shape.list(value, 2000, 'key');
  if (parts.length === 0) shape.refuse('key', 'at least one value');
  return parts.map((part) => (typeof part === 'string' ? part : shape.refuse('key', 'a list of texts')));
}

function parseFields(value: JsonValue, where: string): Fields | null {
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) shape.refuse(where, 'an object or null');
  return new Map(
    Object.entries(value).map(([name, field]) => {
      if (field !== null && typeof field !== 'string') shape.refuse(where, 'an object of texts and nulls');
      return [name, field];
    }),
  );
}

function within(from: string, to: string, mostMs: number, where: string): void {
  const apart = Date.parse(to) - Date.parse(from);
  if (apart < 0 || apart > mostMs) {
    shape.refuse(
      where,
      `at most ${mostMs / DAY_MS} ${mostMs === DAY_MS ? 'day' : 'days'} after what it follows, and not before it`,
    );
  }
}
