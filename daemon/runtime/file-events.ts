import { watch } from 'chokidar';

/** A running watch. */
export interface DiskWatch {
  close(): Promise<void>;
}

/**
 * Calls `onHint` when something below `paths` may have changed. Only a wake-up: chokidar misses swapped directories, writes with
 * restored times and overflowing queues, so whoever uses this re-reads on a timer as well. Errors are reported, never thrown.
 *
 * Folders are watched and not the files in them, of which a chain of years has thousands: what happens to a file is an event of its folder. Of files only
 * those that `paths` names are watched themselves.
 */
export function watchDisk(
  paths: readonly string[],
  onHint: () => void,
  onError: (error: unknown) => void,
): DiskWatch {
  const named = new Set(paths);
  const watcher = watch([...paths], {
    ignoreInitial: true,
    depth: 3,
    followSymlinks: false,
    persistent: true,
    ignored: (path, stats) => stats?.isFile() === true && !named.has(path),
  });
  watcher.on('all', onHint);
  // The events of a folder as the system has them: those of files that are not watched are among them.
  watcher.on('raw', onHint);
  watcher.on('error', onError);
  return { close: () => watcher.close() };
}
