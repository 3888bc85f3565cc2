import { type Definition, decodeValue, parseRecordLine } from '../../../baselines/index.js';

/** A record as people signed it, beside what is there now: its canonical lines; null where there is none. */
export interface RestoredRecord {
  readonly definition: Definition;
  readonly signed: string | null;
  readonly observed: string | null;
}

/** How one kind of database writes names and texts. */
export interface RestoreDialect {
  readonly identifier: (name: string) => string;
  /** Null for a table that is none of its own. */
  readonly table: (table: string) => string | null;
  /** A literal of any text, in characters that a terminal obeys in no way. */
  readonly literal: (text: string) => string;
}

/** A literal, or why there is none. */
type Side = { readonly sql: string } | { readonly unknown: string };

/**
 * Statements that put a record back as it was signed, as lines of SQL and comments: an UPDATE of the columns that differ, an INSERT of a record that is
 * gone. Values come from what was signed and from nowhere else; what is known there by its fingerprint or digest only is named as not
 * known. A record that nobody signed is left to people: its key is the thief's text.
 */
export function restoreStatements(
  { definition, signed, observed }: RestoredRecord,
  dialect: RestoreDialect,
): readonly string[] {
  const { name } = definition;
  const table = definition.derive === undefined ? dialect.table(definition.table) : null;
  if (table === null)
    return [`-- ${name}: is not read from a table as it stands; put it back where it is kept`];
  if (signed === null) {
    return [
      `-- ${name}: 1 record that nobody signed; look at it with "tillwarden show" and remove it by hand`,
    ];
  }
  const was = parseRecordLine(signed);
  const keys = definition.key.map((column, at) => [column, sideOf(was.key[at] ?? null, dialect)] as const);
  const sealedKey = keys.find(([, side]) => 'unknown' in side);
  if (sealedKey !== undefined) return [`-- ${name}: the key is sealed, so its record cannot be named here`];
  const now = observed === null ? null : parseRecordLine(observed).fields;
  const fields = definition.columns
    .filter((column) => now === null || now.get(column) !== was.fields.get(column))
    .map((column) => [column, sideOf(was.fields.get(column) ?? null, dialect)] as const);
  const unknown = fields.flatMap(([column, side]) =>
    'unknown' in side ? [`-- ${name}, ${dialect.identifier(column)}: ${side.unknown}`] : [],
  );
  const known = fields.flatMap(([column, side]) => ('sql' in side ? [[column, side.sql] as const] : []));
  const where = keys.map(([column, side]) => compared(dialect.identifier(column), side)).join(' AND ');
  if (now === null) {
    const all = [
      ...keys.flatMap(([column, side]) => ('sql' in side ? [[column, side.sql] as const] : [])),
      ...known,
    ];
    const columns = all.map(([column]) => dialect.identifier(column)).join(', ');
    return [
      ...unknown,
      `INSERT INTO ${table} (${columns}) VALUES (${all.map(([, sql]) => sql).join(', ')});`,
    ];
  }
  if (known.length === 0) return unknown;
  const set = known.map(([column, sql]) => `${dialect.identifier(column)} = ${sql}`).join(', ');
  return [...unknown, `UPDATE ${table} SET ${set} WHERE ${where};`];
}

function compared(column: string, side: Side): string {
  return 'sql' in side && side.sql !== 'NULL' ? `${column} = ${side.sql}` : `${column} IS NULL`;
}

function sideOf(encoded: string | null, { literal }: RestoreDialect): Side {
  if (encoded === null) return { sql: 'NULL' };
  const value = decodeValue(encoded);
  switch (value.form) {
    case 'text':
    case 'raw-json':
      return { sql: literal(value.text) };
    case 'hmac':
    case 'set':
      return { unknown: 'the approved value is sealed and not known here; set it anew' };
    case 'digest':
      return {
        unknown: `the approved value of ${value.bytes} bytes is known by its digest only; take it from a backup`,
      };
  }
}

/** Texts that a terminal shows as they are and a person reads as they are: visible ASCII. Anything else is to be written by its bytes. */
export function isPlainText(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/** The bytes of a text as hex digits. */
export function hexOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex');
}
