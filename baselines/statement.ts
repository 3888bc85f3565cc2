import type { JsonValue } from './canonical.js';
import { documentBytes, parseDocument } from './canonical.js';
import { canonicalDefinition, type Definition, KINDS } from './definition.js';
import { parseDerivation } from './derivation.js';
import { LIMITS } from './limits.js';
import { sha256Hex } from './record.js';
import * as shape from './shape.js';

/** Name and version of a preset. */
const PRESET = /^[a-z][a-z0-9-]{0,62}@[1-9][0-9]{0,5}$/;

export const STATEMENT_FORMAT = 'tillwarden-baseline/1';
/** The highest version a chain can have: nine digits, as in its file name. */
export const MAX_VERSION = 999_999_999;

/** The document people sign: one numbered step in the chain of a site. */
export interface Statement {
  readonly format: typeof STATEMENT_FORMAT;
  readonly site: string;
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  /** Hex SHA-256 of the parent statement's bytes; null for version 1 and for no other. */
  readonly parent: string | null;
  /** ISO UTC instants with milliseconds. */
  readonly created: string;
  readonly expires: string;
  /** Why this was approved, in the approver's words. */
  readonly reason: string;
  /** Ordered by name. */
  readonly collections: readonly StatementCollection[];
}

export interface StatementCollection {
  readonly definition: Definition;
  /** Hex SHA-256 of the records file. */
  readonly records: string;
  /** Number of records. */
  readonly count: number;
}

/** The bytes that are signed and written to disk. Definitions are brought into canonical form. */
export function statementBytes(statement: Statement): Uint8Array {
  const { format, site, version, parent, created, expires, reason } = statement;
  const collections = statement.collections.map(({ definition, records, count }) => ({
    definition: { ...canonicalDefinition(definition) },
    records,
    count,
  }));
  return documentBytes({ format, site, version, parent, created, expires, reason, collections });
}

/** Lower-case hex SHA-256 of a statement's bytes: its name in the chain. */
export function statementDigest(bytes: Uint8Array): string {
  return sha256Hex(bytes);
}

/** Reads a statement and refuses every text but the one `statementBytes` writes. Says nothing about who signed it. */
export function parseStatement(bytes: Uint8Array): Statement {
  const fields = shape.exactObject(
    parseDocument(bytes),
    ['format', 'site', 'version', 'parent', 'created', 'expires', 'reason', 'collections'],
    'A statement',
  );
  const version = shape.integer(fields.version, 1, MAX_VERSION, 'version');
  const statement: Statement = {
    format: shape.oneOf(fields.format, [STATEMENT_FORMAT], 'format'),
    site: shape.matching(fields.site, shape.NAME, 'site'),
    version,
    parent: parseParent(fields.parent, version),
    created: shape.instant(fields.created, 'created'),
    expires: shape.instant(fields.expires, 'expires'),
    reason: shape.text(fields.reason, 2000, 'reason'),
    collections: shape.list(fields.collections, 1000, 'collections').map(parseCollection),
  };
  if (statement.created >= statement.expires) shape.refuse('expires', 'later than created');
  if (Date.parse(statement.expires) - Date.parse(statement.created) > LIMITS.validDays * 86_400_000) {
    shape.refuse('expires', `at most ${LIMITS.validDays} days after created`);
  }
  shape.ascending(
    statement.collections.map((collection) => collection.definition.name),
    'The names of collections',
  );
  return statement;
}

/** The parent digest of a statement or trust root: null for version 1 and for no other. */
export function parseParent(value: JsonValue, version: number): string | null {
  if ((version === 1) !== (value === null))
    shape.refuse('parent', 'null in version 1 and a digest in all others');
  return value === null ? null : shape.digest(value, 'parent');
}

function parseCollection(value: JsonValue): StatementCollection {
  const fields = shape.exactObject(value, ['definition', 'records', 'count'], 'A collection');
  return {
    definition: parseDefinition(fields.definition),
    records: shape.digest(fields.records, 'records'),
    count: shape.integer(fields.count, 0, Number.MAX_SAFE_INTEGER, 'count'),
  };
}

function parseDefinition(value: JsonValue): Definition {
  const fields = shape.objectWith(
    value,
    ['name', 'kind', 'source', 'table', 'key', 'columns', 'secret'],
    ['author', 'derive', 'history', 'preset'],
    'A definition',
  );
  const names = (field: JsonValue, where: string) =>
    shape.list(field, 2000, where).map((name) => shape.text(name, 255, where));
  const key = shape.distinct(names(fields.key, 'key'), 'key');
  const columns = shape.ascending(names(fields.columns, 'columns'), 'columns');
  const secret = shape.ascending(names(fields.secret, 'secret'), 'secret');
  if (key.length === 0) shape.refuse('key', 'at least one column');
  const all = new Set([...key, ...columns]);
  if (all.size !== key.length + columns.length) shape.refuse('columns', 'apart from key');
  if (!secret.every((name) => all.has(name))) shape.refuse('secret', 'among key and columns');
  const author = fields.author === undefined ? [] : shape.ascending(names(fields.author, 'author'), 'author');
  if (fields.author !== undefined && author.length === 0) shape.refuse('author', 'a column, or absent');
  if (!author.every((name) => columns.includes(name) && !secret.includes(name))) {
    shape.refuse('author', 'among columns and not secret');
  }
  if (fields.history !== undefined && fields.history !== true) shape.refuse('history', 'true, or absent');
  return {
    name: shape.matching(fields.name, shape.COLLECTION, 'name'),
    kind: shape.oneOf(fields.kind, KINDS, 'kind'),
    source: shape.text(fields.source, 255, 'source'),
    table: shape.text(fields.table, 255, 'table'),
    key,
    columns,
    secret,
    ...(author.length === 0 ? {} : { author }),
    ...(fields.derive === undefined ? {} : { derive: parseDerivation(fields.derive) }),
    ...(fields.history === undefined ? {} : { history: true }),
    ...(fields.preset === undefined ? {} : { preset: shape.matching(fields.preset, PRESET, 'preset') }),
  };
}
