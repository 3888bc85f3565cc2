import type { SourceContext } from '../context.js';
import type { Source } from '../source.js';
import type { PostgresConfig } from './config.js';
import type { OpenedPostgres } from './opened.js';
import { sensorDefinition } from './sensor.js';

/** A PostgreSQL database as a source. The driver is loaded by `open`, so that naming the source costs nothing. */
export function createPostgresSource(context: SourceContext, config: PostgresConfig): Source {
  const { name } = context;
  const collections = [
    ...context.collections.map((definition) => definition.name),
    sensorDefinition(name).name,
  ];
  let opened: OpenedPostgres | null = null;
  let watching = false;
  const needOpened = (): OpenedPostgres => {
    if (!opened) throw new Error(`source "${name}" is used before it is open`);
    return opened;
  };
  return {
    kind: 'postgres',
    name,
    collections,
    hasHints: config.hints !== 'none',
    open: async () => {
      const { openPostgres } = await import('./opened.js');
      opened = await openPostgres(context, config);
      return opened.degradations();
    },
    degradations: () => opened?.degradations() ?? [],
    read: async (wanted = collections) => {
      // Taken before the transaction begins: what was observed can only be newer than we say.
      const observedAtMs = (context.clock ?? Date.now)();
      return { source: name, observedAtMs, collections: await needOpened().read(wanted) };
    },
    watch: (onHint) => {
      const source = needOpened();
      if (!watching) source.watch(onHint);
      watching = true;
    },
    close: async () => opened?.close(),
  };
}
