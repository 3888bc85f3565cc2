import type { SourceContext } from '../context.js';
import type { Source } from '../source.js';
import type { FilesConfig } from './config.js';
import type { FilesThread } from './files-thread.js';

/** The files of a machine as a source. Its thread is started by `open`, so that naming the source costs nothing. */
export function createFilesSource(context: SourceContext, config: FilesConfig): Source {
  const { name } = context;
  const collections = context.collections.map((definition) => definition.name);
  // A server says nothing by itself.
  const hasHints = config.hints !== 'none' && config.sftp === undefined;
  let opened: FilesThread | null = null;
  let isWatched = false;
  const needOpened = (): FilesThread => {
    if (!opened) throw new Error(`source "${name}" is used before it is open`);
    return opened;
  };
  return {
    kind: 'files',
    name,
    collections,
    hasHints,
    open: async () => {
      opened = (await import('./files-thread.js')).startFilesThread(context, config);
      return opened.degradations();
    },
    degradations: () => opened?.degradations() ?? [],
    read: async (wanted) => {
      // Taken before the survey begins: what was observed can only be newer than we say.
      const observedAtMs = (context.clock ?? Date.now)();
      const read = await needOpened().read(wanted ?? collections, wanted !== undefined);
      return { source: name, observedAtMs, collections: read };
    },
    watch: (onHint) => {
      const thread = needOpened();
      if (!isWatched && hasHints) thread.watch(onHint);
      isWatched = true;
    },
    close: async () => opened?.close(),
  };
}
