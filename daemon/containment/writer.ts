import type { ContainmentSql } from '../config/containment.js';
import { readSecretFile } from '../config/secret.js';
import type { ColumnWrite, ColumnWriter, WriterSettings } from '../sources/column-write.js';
import { type SourceKinds, sourceKindOf } from '../sources/source-kind.js';

/** All that a writer is given of an action in SQL; `detail`: why its connection string cannot be used, without a byte of it. */
export function writerOf(
  sql: ContainmentSql,
  { name, timeoutMs }: { readonly name: string; readonly timeoutMs: number },
  kinds: SourceKinds,
):
  | { readonly writer: ColumnWriter; readonly settings: WriterSettings; readonly write: ColumnWrite }
  | { readonly detail: string } {
  const { database, urlFile, tlsCaFile, allowUnverifiedTls, lockTimeoutMs } = sql;
  const { table, column, value, where, mostRows } = sql;
  const { writer } = sourceKindOf(kinds, database);
  if (writer === null) return { detail: `nothing is written to ${database}` };
  // Read when it is used: a password that was changed meanwhile is the one that counts.
  const secret = readSecretFile('/', urlFile);
  if (!secret.ok) return { detail: `urlFile: found ${secret.found}; needed ${secret.needed}` };
  return {
    writer,
    settings: { name, url: secret.secret, tlsCaFile, allowUnverifiedTls, timeoutMs, lockTimeoutMs },
    write: { table, column, value, where: [...new Set(where.map((one) => one.column))], mostRows },
  };
}
