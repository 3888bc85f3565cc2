import { loadConfig } from '../../../daemon/config/load.js';
import { mysqlReferenceSchema, mysqlReferenceSeed } from '../../../daemon/demo/reference/mysql-schema.js';
import { referenceCollections } from '../../../daemon/demo/site.js';
import { prepareSiteAround, type WatchedSite, type WatchedSiteOptions } from '../watched-site.js';
import type { MysqlDatabase } from './databases.js';
import { install, readerAccount } from './source.js';

/** A site of the reference schema in a MySQL or MariaDB database, which gets the printed SQL. */
export async function prepareMysqlSite(
  db: MysqlDatabase,
  options: WatchedSiteOptions = {},
): Promise<WatchedSite> {
  await db.query(`${mysqlReferenceSchema()} ${mysqlReferenceSeed()}`);
  const watched = await prepareSiteAround(db.urlAs(readerAccount(db)), {
    kind: 'mysql',
    hints: 'auto',
    collections: referenceCollections(db.name),
    ...options,
  });
  for (const { settings, definitions } of loadConfig(watched.site.configFile).sites.flatMap(
    ({ sources }) => sources,
  )) {
    await install(db, definitions, settings);
  }
  return watched;
}
