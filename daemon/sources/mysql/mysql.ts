import type { SourceContext } from '../context.js';
import { createDatabaseSource } from '../relational/database-source.js';
import type { Source } from '../source.js';
import type { MysqlConfig } from './config.js';

/** A MySQL or MariaDB server as a source. */
export function createMysqlSource(context: SourceContext, config: MysqlConfig): Source {
  return createDatabaseSource({
    kind: 'mysql',
    context,
    hasHints: config.hints !== 'none',
    open: async () => (await import('./opened.js')).openMysql(context, config),
  });
}
