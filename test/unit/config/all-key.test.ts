import { expect, test } from '@jest/globals';
import { loadConfig } from '../../../daemon/config/load.js';
import { sourceKinds } from '../../../daemon/sources/index.js';
import { installSql } from '../../../daemon/sources/postgres/sql.js';
import { createTestDatabase } from '../../support/postgres.js';
import { configFolder, exampleText } from './folder.js';

test('a table whose key says all there is to say can be configured, granted and read', async () => {
  const database = await createTestDatabase();
  const role = await database.createRole('monitor');
  const text = exampleText('good.smallest.yaml').replace(
    /- \{ name: terminals.*\}/,
    '- { name: permissions, kind: permission, table: public.user_permission, key: [user_id, permission] }',
  );
  const folder = configFolder(text.replace('url_file: secrets/url', `url: ${database.urlAs(role)}`));
  const config = loadConfig(folder.file);
  folder.remove();
  const [own] = config.sites[0]?.sources ?? [];
  const collections = own?.collections ?? [];
  expect(collections).toMatchObject([{ key: ['user_id', 'permission'], columns: [], secret: [] }]);
  await database.query(installSql({ role, channel: 'tillwarden', definitions: collections }));

  const context = { site: 'prague-1', name: 'cas', collections, fingerprintKey: null, log: () => undefined };
  const source = sourceKinds.get('postgres')?.create(context, own?.config ?? {});
  await source?.open();
  const reading = await source?.read(['permissions']);
  await source?.close();
  const permissions = reading?.collections.get('permissions');
  await database.drop();
  expect(permissions?.readable && permissions.snapshot.records[0]?.line).toMatch(
    /^\{"fields":\{\},"key":\["\d+","\w/,
  );
});
