import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { type CliRun, type CliWorld, createCliWorld, writeSecret } from './run-cli.js';

let world: CliWorld;
/** Not the shared one: its sensor would tell of the roles that other test files make. */
let postgres: OwnPostgres;
let database: TestDatabase;
/** The same state on the same server, for the dry run. */
let copy: TestDatabase;

/** What a vendor's migration does: code and defaults, a service account, settings. */
const UPGRADE = `
  alter table crypto_setting alter column strategy set default 'v2';
  create function vendor_note() returns trigger language plpgsql as $$ begin new.name := trim(new.name); return new; end $$;
  create trigger vendor_note before update on terminal for each row execute function vendor_note();
  insert into cas_user (id, login, password_hash, person_id, group_id) values (90, 'vendor-service', gen_random_uuid()::text, 1, 1);
  update crypto_setting set strategy = 'v2 – "safe"' where id = 1;
  delete from user_permission where user_id = 2;
`;

beforeAll(async () => {
  [world, postgres] = await Promise.all([createCliWorld(['alice']), startOwnPostgres()]);
  database = await postgres.createDatabase();
  copy = await postgres.createDatabase();
  await copy.querySuperuser(`reassign owned by ${copy.owner} to ${database.owner}`);
  const site = join(world.directory, 'site');
  const key = ['--key', world.publicKey('alice'), '--name', 'alice'];
  await world.as('alice', 'init', ...key, '--directory', site, '--site', 'prague-1');
  const config = await readFile(join(site, 'tillwarden.yaml'), 'utf8');
  await writeFile(join(site, 'copy.yaml'), config.replace('secrets/cas_url', 'secrets/copy_url'), {
    mode: 0o600,
  });
  const role = await database.createRole('tillwarden');
  await writeSecret(join(site, 'secrets/cas_url'), database.urlAs(role));
  await database.query((await world.as('alice', 'sql', '--role', role)).stdout);
  const copyRole = await copy.createRole('tillwarden');
  await writeSecret(join(site, 'secrets/copy_url'), copy.urlAs(copyRole));
  await copy.querySuperuser(
    `set role ${database.owner}; ${(await world.as('alice', 'sql', '--role', copyRole)).stdout}`,
  );
  expect((await world.as('alice', 'approve', '--only', 'all')).stdout).toContain('Installed: baseline 1');
});

afterAll(async () => {
  await world.close();
  await copy.drop();
  await database.drop();
  await postgres.close();
});

const at = (name: string) => join(world.directory, 'site', name);
const diff = (...more: string[]): Promise<CliRun> =>
  world.as('alice', 'snapshot', '--diff', at('before.json'), at('after.json'), ...more);

async function takeSnapshot(name: string): Promise<void> {
  const taken = await world.as('alice', 'snapshot', '--config', at('copy.yaml'), '--json', '--records');
  expect(taken).toMatchObject({ exit: 0, stderr: '' });
  await writeFile(at(name), taken.stdout);
}

test('an upgrade that was tried on a copy is announced from there, and wakes nobody when it comes', async () => {
  await takeSnapshot('before.json');
  await copy.querySuperuser(`set role ${database.owner}; ${UPGRADE}`);
  await takeSnapshot('after.json');

  const said = await diff();
  expect(said.exit).toBe(10);
  expect(said.stdout).toMatch(/^admin_users {10}1 record more, 0 changed, 0 gone$/m);
  expect(said.stdout).toMatch(/^sensor_cas .* more, .* changed, 0 gone$/m);

  const expectation = await diff('--as-expectation');
  expect(expectation).toMatchObject({ exit: 10, stderr: '' });
  // What a terminal would obey or turn around is escaped.
  expect(expectation.stdout).toMatch(/^[\n -~]*$/);
  await writeFile(at('upgrade.json'), expectation.stdout);
  const signing = ['--file', at('upgrade.json'), '--reason', 'upgrade to v2', '--yes'];
  const signed = await world.as('alice', 'expect', 'prague-1', ...signing);
  expect(signed.stdout).toContain('In force');

  await database.query(UPGRADE);
  const { sites } = JSON.parse((await world.as('alice', 'check', '--json')).stdout);
  const changes = sites[0].collections.flatMap((one: { changes?: object[] }) => one.changes ?? []);
  expect(changes.length).toBeGreaterThanOrEqual(5);
  for (const change of changes) expect(change).toMatchObject({ suppressed: { what: 'expected' } });

  await database.query(`update crypto_setting set strategy = 'v3' where id = 2`);
  const [routes] = JSON.parse(
    (await world.as('alice', 'check', '--json')).stdout,
  ).sites[0].collections.filter((one: { collection: string }) => one.collection === 'wallet_routes');
  expect(routes.changes.map((one: { suppressed?: object }) => one.suppressed !== undefined).sort()).toEqual([
    false,
    true,
  ]);
});

test('what cannot be announced is left out and named, and what is no snapshot is refused', async () => {
  const json = JSON.parse(await readFile(at('after.json'), 'utf8'));
  const { collections } = json.sites[0];
  const users = collections.find((one: { collection: string }) => one.collection === 'admin_users');
  users.records[0].fields.password_hash = `~hmac:${'0'.repeat(64)}`;
  users.records[1].fields.login = `~digest:70000:${'0'.repeat(64)}`;
  await writeFile(at('after.json'), JSON.stringify(json));
  const left = await diff('--as-expectation');
  expect(left.stderr).toContain('left out: admin_users: 1 record of which a sealed value changes; approve');
  expect(left.stderr).toContain('left out: admin_users: 1 record with a value that is carried as its digest');
  expect(left.stdout).not.toContain('~');

  users.readable = false;
  await writeFile(at('after.json'), JSON.stringify(json));
  expect(await diff()).toMatchObject({
    exit: 64,
    stderr: expect.stringContaining('admin_users could not be read'),
  });
  collections.splice(collections.indexOf(users), 1);
  await writeFile(at('after.json'), JSON.stringify(json));
  expect((await diff()).stderr).toContain('admin_users: it stands in one of the two files');
  await writeFile(at('after.json'), JSON.stringify({ sites: [{ ...json.sites[0], site: 'other' }] }));
  expect((await diff()).stderr).toContain('they are of two sites');
  for (const text of ['{', '{"sites":[]}', JSON.stringify({ sites: [...json.sites, ...json.sites] })]) {
    await writeFile(at('after.json'), text);
    expect(await diff()).toMatchObject({
      exit: 64,
      stderr: expect.stringMatching(/^error CLI_EXPECTATION: .*needed is/),
    });
  }
  const alone = await world.as('alice', 'snapshot', '--as-expectation');
  expect(alone).toMatchObject({ exit: 64, stderr: expect.stringContaining('goes with --diff') });
});
