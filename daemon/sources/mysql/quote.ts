import { hexOf, isPlainText, type RestoreDialect } from '../relational/restore.js';

/** A table and its schema, which MySQL also calls a database. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** An identifier as SQL, whatever it holds and whatever `sql_mode` says. */
export function backtick(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A string literal as SQL, right with and without NO_BACKSLASH_ESCAPES: what the two read differently stands as hex. */
export function sqlString(text: string): string {
  if (!/[\\\0]/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return `_utf8mb4 X'${Buffer.from(text, 'utf8').toString('hex')}'`;
}

/** A qualified relation as SQL. */
export function backtickTable({ schema, name }: TableName): string {
  return `${backtick(schema)}.${backtick(name)}`;
}

/**
 * Takes the `table` of a definition apart. `schema.table` is meant letter by letter; a part that holds a dot or a backtick is written in
 * backticks, doubled inside. Null when it is not of this form or no name that MySQL can hold.
 */
export function parseTableName(table: string): TableName | null {
  const match = /^(?:`((?:[^`]|``)+)`|([^`.]+))\.(?:`((?:[^`]|``)+)`|([^`.]+))$/s.exec(table);
  const schema = match?.[1]?.replaceAll('``', '`') ?? match?.[2];
  const name = match?.[3]?.replaceAll('``', '`') ?? match?.[4];
  if (schema === undefined || name === undefined) return null;
  return isMysqlName(schema) && isMysqlName(name) ? { schema, name } : null;
}

/** The one text that names an object by its parts: the inverse of `parseTableName`, for any number of parts. */
export function qualifiedName(parts: readonly string[]): string {
  return parts.map((part) => (/[`.]/.test(part) ? backtick(part) : part)).join('.');
}

/** Whether MySQL can hold the identifier as it is: 1 to 64 characters of the basic plane, no NUL, no space at the end. */
export function isMysqlName(name: string): boolean {
  return /^[\u0001-\uD7FF\uE000-\uFFFF]{1,64}$/s.test(name) && !name.endsWith(' ');
}

/** How MySQL and MariaDB write what is put back. */
export const MYSQL_DIALECT: RestoreDialect = {
  identifier: backtick,
  table: (table) => {
    const relation = parseTableName(table);
    return relation === null ? null : backtickTable(relation);
  },
  literal: (text) => (isPlainText(text) ? sqlString(text) : `_utf8mb4 X'${hexOf(text)}'`),
};
