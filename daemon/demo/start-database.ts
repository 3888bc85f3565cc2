import type { DemoDatabase } from './database.js';
import type { DemoDatabaseName } from './database-names.js';
import type { Installation } from './scenario/scenario.js';

/** Starts a database by its name. `log` is told what is being done. */
export async function startDemoDatabase(
  name: DemoDatabaseName,
  directory: string,
  log: (line: string) => void,
  installation: Installation,
): Promise<DemoDatabase> {
  if (name === 'mysql')
    return (await import('./mysql/demo-database.js')).startMysqlDemo(directory, log, installation);
  return (await import('./postgres/demo-database.js')).startPostgresDemo(directory, log, installation);
}
