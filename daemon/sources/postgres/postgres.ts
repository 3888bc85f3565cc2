import type { SourceContext } from '../context.js';
import { createDatabaseSource } from '../relational/database-source.js';
import type { Source } from '../source.js';
import type { PostgresConfig } from './config.js';

/** A PostgreSQL database as a source. */
export function createPostgresSource(context: SourceContext, config: PostgresConfig): Source {
  return createDatabaseSource({
    kind: 'postgres',
    context,
    hasHints: config.hints !== 'none',
    hasChangeLog: config.changeLog !== undefined,
    open: async () => (await import('./opened.js')).openPostgres(context, config),
  });
}
