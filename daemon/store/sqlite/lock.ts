import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGuardedText } from '../../guarded-file.js';
import { StoreError } from '../errors.js';
import type { Database } from './database.js';
import { isBusy } from './failure.js';

const LOCK_FILE = 'lock.sqlite';
const PID_FILE = 'daemon.pid';

/**
 * Keeps a second daemon out for as long as this one lives: an exclusive transaction on a database of its own. The operating system
 * ends it with the process, however that ends, so no stale file can keep the next daemon out. Throws `STORE_IN_USE`.
 *
 * The lock file must not be opened by anything else in this process: closing any descriptor of a file drops the process's POSIX
 * locks on it (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export function takeLock(directory: string, open: (path: string) => Database): { close(): void } {
  const path = join(directory, LOCK_FILE);
  const lock = open(path);
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new StoreError(
      'STORE_IN_USE',
      `another tillwarden daemon${holderOf(directory)} is using ${directory}: stop it first, or give this one another state directory`,
      { cause: error },
    );
  }
  try {
    chmodSync(path, 0o600);
    writeFileSync(join(directory, PID_FILE), `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    lock.close();
    throw error;
  }
  return lock;
}

function holderOf(directory: string): string {
  try {
    const pid = readGuardedText(join(directory, PID_FILE), 64).trim();
    return /^\d{1,10}$/.test(pid) ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}
