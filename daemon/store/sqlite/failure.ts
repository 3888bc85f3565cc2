import { StoreError, type StoreErrorCode } from '../errors.js';

/** Primary result codes (https://www.sqlite.org/rescode.html). The driver gives the extended code, whose low byte is the primary one. */
const CODES: ReadonlyMap<number, StoreErrorCode> = new Map([
  [8, 'STORE_READ_ONLY'],
  [11, 'STORE_CORRUPT'],
  [13, 'STORE_FULL'],
  [26, 'STORE_CORRUPT'],
]);

const ADVICE: Readonly<Record<string, string>> = {
  STORE_READ_ONLY: 'make the state directory and its files writable for this user',
  STORE_CORRUPT:
    'restore the state directory from a backup, or move it away and start anew (alerts still waiting in it are lost)',
  STORE_FULL:
    'free space on the disk of the state directory; what could not be recorded is decided anew on the next read',
  STORE_FAILED: 'look at the disk and the permissions of the state directory',
};

/** Runs a statement, naming a failure of the driver for what it is. Everything else passes through. */
export function withStoreErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(error) ?? error;
  }
}

/** The `StoreError` for an error of the driver; null for any other error. */
export function storeError(error: unknown): StoreError | null {
  const primary = primaryCode(error);
  if (primary === null) return null;
  const code = CODES.get(primary) ?? 'STORE_FAILED';
  // The driver's message may name our tables and columns, never a value.
  return new StoreError(code, `the state store failed (${messageOf(error)}): ${ADVICE[code]}`, {
    cause: error,
  });
}

/** Whether somebody else holds the lock that was wanted (SQLITE_BUSY). */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === 5;
}

/** Whether files beside the database could not be made or written (SQLITE_READONLY, SQLITE_CANTOPEN). */
export function isUnwritable(error: unknown): boolean {
  return [8, 14].includes(primaryCode(error) ?? 0);
}

export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}

function primaryCode(error: unknown): number | null {
  return typeof error === 'object' && error !== null && 'errcode' in error
    ? Number(error.errcode) & 0xff
    : null;
}
