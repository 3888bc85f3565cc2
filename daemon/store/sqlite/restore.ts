import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Store, StoreReader } from '../store.js';
import { DATABASE_FILE, holdingDirectory, openStore, openStoreReadOnly } from './open.js';

/** What a restore puts in the place of. */
export interface ReplacedState {
  readonly exists: boolean;
  /** Head of its journal; null when there was none, or it cannot be read. */
  readonly head: string | null;
  /** What it remembers; null when there was none, or it cannot be read. */
  readonly state: StoreReader | null;
}

/**
 * Puts the state that lies in `staged` (a database and the folders beside it) into the place of the one in `directory`, on the same
 * file system. `prepare` checks and marks what is staged, migrated to this program's format; when it throws nothing was changed.
 * What was there moves into a folder of its own, whose name is returned; null when there was nothing. Throws `STORE_IN_USE` while a
 * daemon runs, and what `openStore` throws for the staged database.
 */
export function restoreState(
  directory: string,
  staged: string,
  options: {
    readonly folders: readonly string[];
    readonly aside: string;
    readonly prepare: (staged: Store, replaced: ReplacedState) => void;
  },
): string | null {
  return holdingDirectory(directory, () => {
    const databases = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`];
    const old = [...databases, ...options.folders].filter((name) => existsSync(join(directory, name)));
    const state = readable(directory);
    try {
      const store = openStore(staged);
      try {
        options.prepare(store, { exists: old.length > 0, head: headIn(state), state });
      } finally {
        store.close();
      }
    } finally {
      state?.close();
    }
    const aside = join(directory, options.aside);
    if (old.length > 0) {
      mkdirSync(aside, { mode: 0o700 });
      // The database goes first and comes last: without it a start tells that the memory is lost, whatever else is there.
      for (const name of old) renameSync(join(directory, name), join(aside, name));
    }
    for (const name of [...options.folders, DATABASE_FILE]) {
      if (existsSync(join(staged, name))) renameSync(join(staged, name), join(directory, name));
    }
    syncDirectory(directory);
    return old.length > 0 ? aside : null;
  });
}

// A damaged state is what a backup is restored for.
function readable(directory: string): StoreReader | null {
  try {
    return openStoreReadOnly(directory);
  } catch {
    return null;
  }
}

function headIn(state: StoreReader | null): string | null {
  try {
    return state?.journal.head() ?? null;
  } catch {
    return null;
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
