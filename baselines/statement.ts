import type { JsonValue } from './canonical.js';
import { documentBytes, parseDocument } from './canonical.js';
import { canonicalDefinition, type Definition } from './definition.js';
import { LIMITS } from './limits.js';
import { parseDefinition } from './parse-definition.js';
import { sha256Hex } from './record.js';
import * as shape from './shape.js';

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
