import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../daemon/config/load.js';
import { LAMASSU_SECRETS, type LamassuServer, setUpLamassu } from '../support/lamassu.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type CliWorld, createCliWorld } from './run-cli.js';

let db: TestDatabase;
let world: CliWorld;
let config: string;
let server: LamassuServer;

/** From nothing to a configured site: what docs/presets.md tells an operator of lamassu-server to type. */
beforeAll(async () => {
  db = await createTestDatabase();
  server = await setUpLamassu(db);
  world = await createCliWorld(['alice']);
  const folder = join(world.directory, 'site');
  const key = ['--key', world.publicKey('alice'), '--name', 'alice'];
  await world.as('alice', 'init', ...key, '--preset', 'lamassu', '--site', 'prague-1', '--directory', folder);
  config = join(folder, 'tillwarden.yaml');
  const role = await db.createRole('watcher');
  await db.query((await world.as('alice', 'sql', '--role', role)).stdout);
  writeFileSync(join(folder, 'secrets', 'cas_url'), db.urlAs(role));
});
afterAll(async () => {
  await world.close();
  await db.drop();
});

test('check names the paths that match nothing and what to do, and neither calls it drift nor unknown', async () => {
  const check = await world.as('alice', 'check');
  expect(check.stderr).toContain(
    'warning wallet_routes: a path matches nothing: "config/wallets_{coin:A-Z0-9_}_layer2"; compare the spelling',
  );
  // Those of another server's plugins: told in one line for each collection.
  expect(check.stderr.match(/^warning wallet_endpoints: .*$/gm)).toHaveLength(1);
  expect(check.stderr).not.toContain('warning commissions');
  expect(check.stderr).not.toContain('warning hardware_credentials');
  const { sites } = JSON.parse((await world.as('alice', 'check', '--json')).stdout);
  const routes = sites[0].collections.find(
    (one: { collection: string }) => one.collection === 'wallet_routes',
  );
  expect(routes).toMatchObject({
    outcome: 'unknown',
    unmatched: { noRow: false, paths: ['config/wallets_{coin:A-Z0-9_}_layer2'] },
  });
});

test('before the first signature people are asked what only they know of this server, and its secrets stay out of it', async () => {
  const review = await world.as('alice', 'approve', '--only', '');
  for (const words of [
    '1 administrator who may change every wallet and invite others',
    '1 coin that is traded',
    'coin “BTC”, wallet “bitcoind”, exchange “kraken”, ticker “kraken”',
    '2 plugins with a server or environment of their own',
    '1 machine that pays out cash',
    'machine “Main street”',
    '1 place that alarms of the server go to',
  ]) {
    expect(review.stdout).toContain(words);
  }
  expect(review.stdout).toContain('configurations saved last that are not in force (looked at 1)');
  for (const secret of Object.values(LAMASSU_SECRETS)) expect(review.stdout).not.toContain(secret);
});

test('the configuration that init wrote lets alerts name the services of this server', () => {
  expect(loadConfig(config, 'none').sites[0]?.guidance.product).toBe('lamassu');
});

test('a saved setting and a new sealed key are announced as the records they become, and the row that is added needs no word', async () => {
  expect((await world.as('alice', 'approve', '--only', 'all')).stdout).toContain('Installed: baseline 1');
  const file = join(world.directory, 'expected.yaml');
  writeFileSync(
    file,
    `- collection: wallet_routes
  changes: { coin: BTC, wallet: bitgo, active: 'false' }
- collection: plugin_credentials
  appears: { plugin: binance, setting: secretKey, credential: set }
`,
  );
  const signing = ['--file', file, '--reason', 'ticket 4712', '--yes'];
  expect((await world.as('alice', 'expect', 'prague-1', ...signing)).stdout).toContain('In force');
  await server.saveConfig({ wallets_BTC_wallet: 'bitgo', wallets_BTC_active: false });
  await server.saveAccounts('binance', { secretKey: 'n3w-s3cr3t' });
  const drifted = async () => {
    const { sites } = JSON.parse((await world.as('alice', 'check', '--json')).stdout);
    return sites[0].collections
      .filter((one: { collection: string }) => !one.collection.startsWith('sensor_'))
      .flatMap(({ collection, changes }: { collection: string; changes?: { suppressed?: object }[] }) =>
        (changes ?? []).map(({ suppressed }) => [collection, suppressed !== undefined]),
      );
  };
  expect(await drifted()).toEqual([
    ['wallet_routes', true],
    ['plugin_credentials', true],
  ]);
  await server.saveConfig({ wallets_BTC_zeroConfLimit: 5000 });
  expect(await drifted()).toEqual([
    ['wallet_routes', false],
    ['plugin_credentials', true],
  ]);
});

test('rows that came to the history are taken in by a renewal, which says so, and are watched from then on', async () => {
  const newest = `(select max(id) from user_config where type = 'config')`;
  const history = async () => {
    const { sites } = JSON.parse((await world.as('alice', 'check', '--json')).stdout);
    return sites[0].collections.find((one: { collection: string }) => one.collection === 'config_history');
  };
  const touch = `update user_config set schema_version = 3 where id = ${newest} - 1`;
  await db.query(touch);
  expect((await history()).outcome).toBe('same');
  const renewal = await world.as('alice', 'approve', '--renew', '--only', '');
  expect(renewal.stdout).toMatch(/^ {2}config_history: 2 rows added since, watched from this baseline on$/m);
  expect(renewal.stdout).toContain('Installed: baseline 2');
  await db.query(touch.replace('= 3', '= 4'));
  expect(await history()).toMatchObject({ outcome: 'drifted', changes: [{ type: 'modified' }] });
});

test('a spelling that this server does not have is told by check, and rows of which none counts by doctor too', async () => {
  const text = readFileSync(config, 'utf8');
  writeFileSync(
    config,
    text
      .replace('commissions_{setting}', 'comissions_{setting}')
      .replace(
        'rows: { where: { type: config }, latest: id }',
        'rows: { where: { type: Config }, latest: id }',
      ),
  );
  try {
    const check = await world.as('alice', 'check');
    expect(check.stderr).toContain('commissions: a path matches nothing: "config/comissions_{setting}"');
    expect(check.stderr).toContain('newest_config: no row of its table counts; compare "rows"');
    const doctor = await world.as('alice', 'doctor');
    expect(doctor.stdout).toContain('newest_config: no row of its table counts');
  } finally {
    writeFileSync(config, text);
  }
});
