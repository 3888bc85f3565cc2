import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { StoreError } from '../errors.js';
import type { Store, StoreReader } from '../store.js';
import { type Database, Statements } from './database.js';
import { messageOf, storeError } from './failure.js';
import { Damage } from './integrity/damage.js';
import { refuseOtherSchema } from './integrity/schema.js';
import { takeLock } from './lock.js';
import { formatOf, migrate, requireFormat } from './migrate.js';
import { SqliteReader } from './sqlite-reader.js';
import { SqliteStore } from './sqlite-store.js';
import { openUnwritten } from './unwritten.js';

export const DATABASE_FILE = 'state.sqlite';
/** How long to wait for a reader that is in the way, in milliseconds. The event loop stands still meanwhile. */
const BUSY_TIMEOUT_MS = 1000;
/** What a write-ahead log may keep on disk after a checkpoint, in bytes. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Opens the state of a daemon for writing, creating or migrating it. Files get mode 0600; a directory that is created, 0700. Throws
 * `StoreError`: `STORE_IN_USE` while another daemon has it, `STORE_NEWER` when a newer program wrote it, `STORE_CORRUPT` when it is
 * damaged, `STORE_SCHEMA` when it is not built as the migrations build it, `STORE_UNREADABLE` when it is not accessible.
 * `onCommitted` is called after each transaction, and must not throw. A database of more than `checkedFirstBytes` is looked through for damage while it is used.
 */
export function openStore(directory: string, onCommitted?: () => void, checkedFirstBytes?: number): Store {
  return opening(directory, () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const lock = takeLock(directory, (path) => new DatabaseSync(path, { timeout: 0 }));
    try {
      const path = join(directory, DATABASE_FILE);
      // The log and the shared memory beside it take their mode from this file.
      if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
      chmodSync(path, 0o600);
      const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
      return closingOnFailure(database, (sql) => {
        sql.exec('pragma journal_mode = wal');
        sql.exec('pragma synchronous = full');
        sql.exec('pragma foreign_keys = on');
        sql.exec(`pragma journal_size_limit = ${LOG_LIMIT_BYTES}`);
        const damage = new Damage(path, sql, checkedFirstBytes);
        try {
          return startedOn(sql, { path, damage, lock, onCommitted });
        } catch (error) {
          damage.stop();
          throw error;
        }
      });
    } catch (error) {
      lock.close();
      throw error;
    }
  });
}

function startedOn(
  sql: Statements,
  {
    path,
    damage,
    lock,
    onCommitted,
  }: {
    readonly path: string;
    readonly damage: Damage;
    readonly lock: Pick<Database, 'close'>;
    readonly onCommitted: (() => void) | undefined;
  },
): Store {
  migrate(sql);
  const refuseAltered = () => {
    damage.refuse();
    refuseOtherSchema(sql, () => new DatabaseSync(':memory:'));
  };
  refuseAltered();
  const release = () => {
    damage.stop();
    lock.close();
  };
  return new SqliteStore(sql, release, staysAt(path), refuseAltered, onCommitted);
}

/** Runs `work` while no daemon can open this state directory, which is created where there is none. Throws `STORE_IN_USE`. */
export function holdingDirectory<T>(directory: string, work: () => T): T {
  const lock = opening(directory, () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return takeLock(directory, (path) => new DatabaseSync(path, { timeout: 0 }));
  });
  try {
    return work();
  } finally {
    lock.close();
  }
}

/**
 * Opens the state for reading, also beside a running daemon, and in a folder that cannot be written, such as a forensic copy. Null when no daemon ever ran here. Throws as
 * `openStore` does.
 */
export function openStoreReadOnly(directory: string): StoreReader | null {
  return opening(directory, () => {
    const path = join(directory, DATABASE_FILE);
    // `existsSync` takes what it may not look at for nothing, and nothing reads as "0 incidents".
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
    const open = (file: string | URL) => new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    return closingOnFailure(openUnwritten(path, open), (sql) => {
      if (formatOf(sql) === 0) {
        sql.close();
        return null;
      }
      requireFormat(sql);
      return new SqliteReader(sql);
    });
  });
}

/**
 * Whether SQLite finds no damage in the whole of a database, which is opened for reading, also beside a running daemon: a second for every 100 MB or so. Throws what
 * keeps it from finding out.
 */
export function isWholeDatabase(path: string): boolean {
  try {
    const sql = new Statements(new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS }));
    try {
      return sql.get('pragma quick_check(1)')?.['quick_check'] === 'ok';
    } finally {
      sql.close();
    }
  } catch (error) {
    const known = error instanceof StoreError ? error : storeError(error);
    if (known?.code === 'STORE_CORRUPT') return false;
    throw error;
  }
}

/** The database with what SQLite keeps beside it while it is open. */
const FILES = ['', '-wal', '-shm'];

/**
 * Says whether the files that are open still lie where they were opened. One that was deleted is written to without an error, and what it holds is gone
 * with the process; of a log that was deleted, everything since the last checkpoint.
 */
function staysAt(path: string): () => boolean {
  const place = (file: string) => {
    const stat = statSync(`${path}${file}`, { throwIfNoEntry: false });
    return stat === undefined ? null : `${stat.dev} ${stat.ino}`;
  };
  const opened = FILES.map(place);
  return () => FILES.every((file, at) => place(file) === opened[at]);
}

function closingOnFailure<T>(database: Database, work: (sql: Statements) => T): T {
  const sql = new Statements(database);
  try {
    return work(sql);
  } catch (error) {
    sql.close();
    throw error;
  }
}

function opening<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError && error.code !== 'STORE_FAILED') throw error;
    const known = storeError(error);
    if (known !== null && known.code !== 'STORE_FAILED') throw known;
    throw new StoreError(
      'STORE_UNREADABLE',
      `the state in ${directory} cannot be opened (${messageOf(error)}), so what it holds is unknown: make it readable and writable for this user, or run this as the daemon's user`,
      { cause: error },
    );
  }
}
