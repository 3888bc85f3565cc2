import { type FSWatcher, watch } from 'node:fs';
import { errorCode } from '../../../error-code.js';
import type { FileStat } from '../../machine/stat.js';
import { ofHandle } from './local-paths.js';
import type { FolderWatch } from './local-walker.js';

interface Watched {
  readonly watcher: FSWatcher;
  readonly device: number | null;
  readonly inode: number | null;
  entered: number;
}

export interface FolderEventsOptions {
  /** `name`: bytes as Latin-1 text; null when the system does not say. */
  readonly onEvent: (folder: string, name: string | null) => void;
  /** A folder cannot be listened to, with the code of the system. */
  readonly onTrouble: (code: string) => void;
}

/**
 * Events of folders, one inotify watch each. Begun while the folder is open and before it is read, so that nothing falls in between; begun anew when
 * another folder lies at its place (docs/adr/0081). Never evidence: what they miss, the timed survey finds.
 */
export class FolderEvents implements FolderWatch {
  readonly #options: FolderEventsOptions;
  readonly #folders = new Map<string, Watched>();
  #survey = 0;

  constructor(options: FolderEventsOptions) {
    this.#options = options;
  }

  enter(path: string, handle: number, { device, inode }: FileStat): void {
    const known = this.#folders.get(path);
    if (known && known.inode === inode && known.device === device) {
      known.entered = this.#survey;
      return;
    }
    known?.watcher.close();
    this.#folders.delete(path);
    try {
      const watcher = watch(ofHandle(handle), { persistent: false, encoding: 'buffer' }, (_event, name) =>
        this.#options.onEvent(path, name?.toString('latin1') ?? null),
      );
      watcher.on('error', (error) => this.#options.onTrouble(errorCode(error) ?? 'EUNKNOWN'));
      this.#folders.set(path, { watcher, device, inode, entered: this.#survey });
    } catch (error) {
      this.#options.onTrouble(errorCode(error) ?? 'EUNKNOWN');
    }
  }

  /** A survey of everything begins. */
  begin(): void {
    this.#survey++;
  }

  entered(): void {
    for (const [path, { watcher, entered }] of this.#folders) {
      if (entered === this.#survey) continue;
      watcher.close();
      this.#folders.delete(path);
    }
  }

  close(): void {
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }
}
