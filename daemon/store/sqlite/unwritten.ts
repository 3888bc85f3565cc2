import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StoreError } from '../errors.js';
import type { Database } from './database.js';
import { isUnwritable } from './failure.js';

/**
 * Opens a database for reading, also where SQLite can make no files beside it: on read-only media, and in a folder of somebody else's. Without a log
 * the file is whole and is opened as one that nobody changes. With one, both are copied to a folder of our own, where SQLite can put
 * them together: the newest entries are in the log, and a reader that left it out would show an older state as the present one. Throws
 * `STORE_UNREADABLE` when somebody writes there meanwhile.
 */
export function openUnwritten(path: string, open: (file: string | URL) => Database): Database {
  try {
    return probed(open(path));
  } catch (error) {
    if (!isUnwritable(error)) throw error;
  }
  const log = `${path}-wal`;
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    const url = pathToFileURL(path);
    url.searchParams.set('immutable', '1');
    return probed(open(url));
  }
  const folder = mkdtempSync(join(tmpdir(), 'tillwarden-state-'));
  try {
    const before = stateOf(path, log);
    for (const file of [path, log]) copyFileSync(file, join(folder, basename(file)));
    if (stateOf(path, log) !== before) {
      throw new StoreError(
        'STORE_UNREADABLE',
        `somebody writes to ${path}, and this user may not make files beside it: run this as the daemon's user, or on a copy`,
      );
    }
    return probed(open(join(folder, basename(path))));
  } finally {
    // What is open stays readable, and nothing is left behind however we end.
    rmSync(folder, { recursive: true, force: true });
  }
}

/** SQLite opens log and shared memory at the first statement. */
function probed(database: Database): Database {
  try {
    database.exec('select count(*) from sqlite_schema');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function stateOf(...files: readonly string[]): string {
  return files
    .map((file) => {
      const { size, mtimeMs, ino } = statSync(file);
      return `${ino} ${size} ${mtimeMs}`;
    })
    .join(' ');
}
