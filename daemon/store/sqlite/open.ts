import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { StoreError } from '../errors.js';
import type { Store } from '../store.js';
import type { Database } from './database.js';
import { MIGRATIONS } from './migrations/index.js';
import { SqliteStore } from './sqlite-store.js';

const DATABASE_FILE = 'state.sqlite';
const LOCK_FILE = 'lock.sqlite';
const PID_FILE = 'daemon.pid';
/** How long a writer waits for a reader's checkpoint, in milliseconds. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens the state of a daemon for writing, creating or migrating it. Throws `StoreError`: `STORE_IN_USE` while another daemon has it,
 * `STORE_NEWER` when a newer program wrote it, `STORE_UNREADABLE` when it is damaged or not accessible.
 */
export function openStore(directory: string): Store {
  return guarded(directory, () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const lock = takeLock(directory);
    try {
      const path = join(directory, DATABASE_FILE);
      if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
      chmodSync(path, 0o600);
      const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
      database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;');
      migrate(database);
      return new SqliteStore(database, () => lock.close());
    } catch (error) {
      lock.close();
      throw error;
    }
  });
}

/** Opens the state for reading beside a running daemon. Null when no daemon ever ran here. */
export function openStoreReadOnly(directory: string): Store | null {
  return guarded(directory, () => {
    const path = join(directory, DATABASE_FILE);
    if (!existsSync(path)) return null;
    const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    const version = versionOf(database);
    if (version === 0) return null;
    if (version !== MIGRATIONS.length) throw wrongVersion(version);
    return new SqliteStore(database, () => undefined);
  });
}

/**
 * An exclusive transaction on a database of its own, held for as long as the daemon lives: the operating system ends it with the
 * process, however that ends, and no stale file can keep the next daemon out.
 */
function takeLock(directory: string): { close(): void } {
  const lock = new DatabaseSync(join(directory, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    throw new StoreError(
      'STORE_IN_USE',
      `another tillwarden daemon${pidOf(directory)} is using ${directory}: stop it first, or give this one another stateDirectory`,
      { cause: error },
    );
  }
  writeFileSync(join(directory, PID_FILE), `${process.pid}\n`, { mode: 0o600 });
  return lock;
}

function pidOf(directory: string): string {
  try {
    const pid = Number(readFileSync(join(directory, PID_FILE), 'utf8'));
    return Number.isSafeInteger(pid) ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}

function migrate(database: Database): void {
  const version = versionOf(database);
  if (version > MIGRATIONS.length) throw wrongVersion(version);
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue;
    database.exec(`begin immediate; ${sql}; pragma user_version = ${index + 1}; commit;`);
  }
}

function versionOf(database: Database): number {
  return Number((database.prepare('pragma user_version').get() as { user_version: number }).user_version);
}

function wrongVersion(version: number): StoreError {
  return new StoreError(
    'STORE_NEWER',
    `the state has format ${version}, this program knows ${MIGRATIONS.length}: run the version of tillwarden that wrote it, or a newer one`,
  );
}

function guarded<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const found = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      'STORE_UNREADABLE',
      `the state in ${directory} cannot be opened (${found}): make it readable and writable for this user, or restore it from a backup`,
      { cause: error },
    );
  }
}
