import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../daemon/store/sqlite/open.js';
import type { Store } from '../../daemon/store/store.js';

/** A real store in a directory of its own, until `remove`. */
export function temporaryStore(): { readonly store: Store; readonly directory: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'tillwarden-store-'));
  const store = openStore(directory);
  return {
    store,
    directory,
    remove: () => {
      store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
