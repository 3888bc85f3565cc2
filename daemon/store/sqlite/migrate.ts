import { StoreError } from '../errors.js';
import type { Statements } from './database.js';
import { MIGRATIONS } from './migrations/index.js';

/** Format of the database: how many migrations it has been through. 0 for a new one. */
export function formatOf(sql: Statements): number {
  return Number(sql.get('pragma user_version')?.['user_version']);
}

/** Brings the database to this program's format, one transaction for each migration. Throws `STORE_NEWER`. */
export function migrate(sql: Statements, migrations: readonly string[] = MIGRATIONS): void {
  const format = formatOf(sql);
  if (format > migrations.length) throw otherFormat(format, migrations.length);
  for (const [index, migration] of migrations.entries()) {
    if (index < format) continue;
    sql.exec('begin immediate');
    try {
      sql.exec(migration);
      sql.exec(`pragma user_version = ${index + 1}`);
      sql.exec('commit');
    } catch (error) {
      sql.exec('rollback');
      throw error;
    }
  }
}

/** Throws `STORE_NEWER` unless the database has exactly this program's format: a reader cannot migrate. */
export function requireFormat(sql: Statements): void {
  const format = formatOf(sql);
  if (format !== MIGRATIONS.length) throw otherFormat(format, MIGRATIONS.length);
}

function otherFormat(found: number, known: number): StoreError {
  const advice =
    found > known
      ? 'run the version of tillwarden that wrote it, or a newer one'
      : 'start the daemon of this version once, which brings it up to date';
  return new StoreError(
    'STORE_NEWER',
    `the state has format ${found}, this program needs ${known}: ${advice}`,
  );
}
