import { watch } from 'chokidar';

/** A running watch. */
export interface DiskWatch {
  close(): Promise<void>;
}

/**
 * Calls `onHint` when something below `paths` may have changed. Only a wake-up: chokidar misses swapped directories, writes with
 * restored times and overflowing queues, so whoever uses this re-reads on a timer as well. Errors are reported, never thrown.
 */
export function watchDisk(
  paths: readonly string[],
  onHint: () => void,
  onError: (error: unknown) => void,
): DiskWatch {
  const watcher = watch([...paths], {
    ignoreInitial: true,
    depth: 3,
    followSymlinks: false,
    persistent: true,
  });
  watcher.on('all', onHint);
  watcher.on('error', onError);
  return { close: () => watcher.close() };
}
