import { hexOf, isPlainText, type RestoreDialect } from '../relational/restore.js';

/** A schema and a name within it, as they stand in the catalog. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
}

/** An identifier as SQL, whatever it holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal as SQL, right whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** A dollar-quoted literal whose tag does not occur in the text. */
export function quoteBody(text: string): string {
  let tag = '$tillwarden$';
  for (let n = 1; text.includes(tag); n++) tag = `$tillwarden${n}$`;
  return `${tag}${text}${tag}`;
}

/** A qualified relation as SQL. */
export function quoteRelation(relation: Relation): string {
  return `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`;
}

/**
 * All rows of a relation as SQL, found in the table itself. An index may be used for nothing that is read of a watched table: what its condition lets in is for
 * the session to say that writes a row, and for ours whether it holds all of them.
 */
export function everyRowOf(relation: Relation): string {
  return `${quoteRelation(relation)} TABLESAMPLE pg_catalog.system (100)`;
}

/**
 * Takes the `table` of a definition apart. `schema.table` is meant letter by letter, without case folding; a part that holds a dot or
 * a quote is written in double quotes, doubled inside. Null when it is not of this form or too long for PostgreSQL.
 */
export function parseRelation(table: string): Relation | null {
  const match = /^(?:"((?:[^"]|"")+)"|([^".]+))\.(?:"((?:[^"]|"")+)"|([^".]+))$/s.exec(table);
  const schema = match?.[1]?.replaceAll('""', '"') ?? match?.[2];
  const name = match?.[3]?.replaceAll('""', '"') ?? match?.[4];
  if (schema === undefined || name === undefined) return null;
  return isIdentifier(schema) && isIdentifier(name) ? { schema, name } : null;
}

/** The inverse of `parseRelation`: the one text that names a relation in a notification. */
export function relationText(relation: Relation): string {
  const part = (name: string) => (/[".]/.test(name) ? quoteIdentifier(name) : name);
  return `${part(relation.schema)}.${part(relation.name)}`;
}

/** The test of an identifier that PostgreSQL holds as it is: 1 to 63 bytes, no NUL. */
export function isIdentifier(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes >= 1 && bytes <= 63 && !name.includes('\0');
}

/** How PostgreSQL writes what is put back. An unknown literal takes the type of its column. */
export const POSTGRES_DIALECT: RestoreDialect = {
  identifier: quoteIdentifier,
  table: (table) => {
    const relation = parseRelation(table);
    return relation === null ? null : quoteRelation(relation);
  },
  literal: (text) =>
    isPlainText(text) ? quoteLiteral(text).trim() : `convert_from('\\x${hexOf(text)}', 'UTF8')`,
};
