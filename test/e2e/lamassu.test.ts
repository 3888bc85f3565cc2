import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CollectionSnapshot } from '../../baselines/index.js';
import { describeWorstFirst } from '../../daemon/alerts/describe.js';
import { configTemplate } from '../../daemon/cli/setup/init-config.js';
import type { Config } from '../../daemon/config/config.js';
import { loadConfig } from '../../daemon/config/load.js';
import { compareCollection } from '../../daemon/drift/compare.js';
import { changesBetween } from '../../daemon/drift/diff.js';
import { explain } from '../../daemon/drift/explain.js';
import { changedFieldNames } from '../../daemon/drift/fields.js';
import { annotator } from '../../daemon/policy/annotations.js';
import { conditionsOfCollection } from '../../daemon/policy/conditions.js';
import { labelFinder, NO_LABELS } from '../../daemon/policy/labels.js';
import { lamassu } from '../../daemon/presets/lamassu.js';
import { DEVICE, LAMASSU_SECRETS, type LamassuServer, setUpLamassu, USER } from '../support/lamassu.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openTestSource, type TestSource } from '../support/postgres-source.js';

let db: TestDatabase;
let server: LamassuServer;
let source: TestSource;
let config: Config;
const folder = mkdtempSync(join(tmpdir(), 'tillwarden-lamassu-'));

beforeAll(async () => {
  const file = join(folder, 'tillwarden.yaml');
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(file, configTemplate({ site: 'prague-1', root: '0'.repeat(64), preset: lamassu }));
  config = loadConfig(file, 'none');
  db = await createTestDatabase();
  server = await setUpLamassu(db);
  source = await openTestSource(db, config.sites[0]?.sources[0]?.collections ?? []);
});
afterAll(async () => {
  await source.close();
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function observed(): Promise<ReadonlyMap<string, CollectionSnapshot>> {
  const { collections } = await source.source.read();
  return new Map(
    [...collections].flatMap(([name, reading]) => {
      if (!reading.readable) throw new Error(`${name}: ${reading.cause} ${reading.detail}`);
      return name.includes('sensor') || reading.snapshot.definition.kind === 'sensor'
        ? []
        : [[name, reading.snapshot] as const];
    }),
  );
}

/** What an operator who signed everything before would read of a change: severity, words, collection and fields. */
async function heard(change: () => Promise<unknown>): Promise<string[]> {
  const signed = await observed();
  await change();
  const now = await observed();
  const found = [...signed].flatMap(([name, before]) => {
    const after = now.get(name);
    if (!after) throw new Error(`${name} is gone`);
    const { definition } = before;
    const reading = { readable: true, snapshot: after } as const;
    const outcome = compareCollection({ site: 'prague-1', configured: definition, signed: before, reading });
    if (outcome.outcome === 'unknown') throw new Error(`${name}: ${outcome.detail}`);
    const beside = { definition, signed: before, observed: after, labels: NO_LABELS, book: null };
    const options = { rules: config.rules, unknownGraceMs: 0 };
    const annotate = annotator({ ...beside, nowMs: Date.now() });
    return conditionsOfCollection('prague-1', definition, outcome, options, before, annotate);
  });
  const described = describeWorstFirst(found);
  return found.map((condition) => {
    const { subject, severity } = condition;
    if (subject.what !== 'change') throw new Error('no change');
    const one = described.find((other) => other.condition === condition);
    const named = subject.type === 'modified' ? changedFieldNames(subject) : [];
    const words = one?.inTitle === false ? `(along with it) ${one.words(1)}` : one?.words(1);
    const fields = named.length > 0 ? ` ${named.join(', ')}` : '';
    return `${severity}: ${words} | ${subject.collection} ${subject.key}${fields}`;
  });
}

const sql = (text: string) => () => db.query(text);

test('a configuration saved unchanged is silent, however often', async () => {
  expect(
    await heard(async () => {
      for (let i = 0; i < 5; i++) await server.saveConfig();
    }),
  ).toEqual([]);
});

test('another wallet plugin pays elsewhere', async () => {
  expect(await heard(() => server.saveConfig({ wallets_BTC_wallet: 'bitgo' }))).toEqual([
    'critical: 1 wallet route now pays elsewhere | wallet_routes ["BTC"] wallet',
  ]);
});

test('a coin whose code holds an underscore is a coin', async () => {
  expect(await heard(() => server.saveConfig({ wallets_USDT_TRON_wallet: 'other' }))).toEqual([
    'critical: 1 wallet route now pays elsewhere | wallet_routes ["USDT_TRON"] wallet',
  ]);
});

test('a zero-confirmation limit is a changed route', async () => {
  expect(await heard(() => server.saveConfig({ wallets_BTC_zeroConfLimit: 5000 }))).toEqual([
    'critical: 1 wallet route was changed | wallet_routes ["BTC"] zero_conf_limit',
  ]);
});

test('a phone number on the receipt is a setting', async () => {
  expect(await heard(() => server.saveConfig({ receipt_phone: '+420 111 222 334' }))).toEqual([
    'medium: 1 setting was changed | settings ["config/receipt_phone"] value',
  ]);
});

test('advanced wallet settings and settings that are new are watched as settings', async () => {
  expect(
    await heard(() => server.saveConfig({ wallets_advanced_feeMultiplier: '2', somethingNew_x: 1 })),
  ).toEqual([
    'medium: 1 new setting | settings ["config/somethingNew_x"]',
    'medium: 1 setting was changed | settings ["config/wallets_advanced_feeMultiplier"] value',
  ]);
});

test('a commission, a machine that pays out and an alarm are told by their own names', async () => {
  expect(
    await heard(() =>
      server.saveConfig({
        commissions_cashOut: 0,
        [`cashOut_${DEVICE}_zeroConfLimit`]: 9,
        notifications_email_active: false,
      }),
    ),
  ).toEqual([
    'high: 1 setting was changed | commissions ["cashOut"] value',
    `high: 1 terminal was changed | cash_out ["${DEVICE}","zeroConfLimit"] value`,
    'high: 1 contact was changed | alarm_settings ["email_active"] value',
  ]);
});

test('the key of an exchange, the id of a wallet and the address of an alarm are three different things', async () => {
  expect(await heard(() => server.saveAccounts('kraken', { privateKey: 'another-key-1' }))).toEqual([
    'critical: 1 key of a wallet or exchange was replaced | plugin_credentials ["kraken","privateKey"] credential',
  ]);
  expect(await heard(() => server.saveAccounts('bitgo', { BTCWalletId: 'another-wallet-1' }))).toEqual([
    'critical: 1 wallet route now pays elsewhere | wallet_targets ["bitgo","BTC"] wallet_id',
  ]);
  expect(await heard(() => server.saveAccounts('mailgun', { toEmail: 'thief@example.net' }))).toEqual([
    'high: 1 contact was changed | alarm_targets ["mailgun"] to_email',
  ]);
});

test('another host or path of an endpoint pays elsewhere', async () => {
  const endpoint = `https://evil.example/v3/${LAMASSU_SECRETS.infuraKey}`;
  expect(await heard(() => server.saveAccounts('infura', { endpoint }))).toEqual([
    'critical: 1 wallet route now pays elsewhere | wallet_endpoints ["infura"] wallet_endpoint, wallet_endpoint_host',
  ]);
});

test('an effective row made invalid brings an older configuration back, and is told as such', async () => {
  await server.saveConfig({ wallets_BTC_wallet: 'bitcoind' });
  const newest = `(select max(id) from user_config where type = 'config')`;
  // What is in the history is signed only once it was seen.
  expect(await heard(sql(`update user_config set valid = false where id = ${newest}`))).toEqual([
    'critical: 1 wallet route now pays elsewhere | wallet_routes ["BTC"] wallet',
    'critical: 1 setting was changed | newest_config ["config"] valid',
    expect.stringMatching(/^critical: 1 setting was changed \| config_history \["\d+"\] valid$/),
  ]);
  await db.query(`update user_config set valid = true where id = ${newest}`);
});

test('a row that is planted for the next honest save is told, valid or not', async () => {
  expect(
    await heard(
      sql(
        `insert into user_config (type, data, valid, schema_version) values ('config', '{"config":{}}', false, 2)`,
      ),
    ),
  ).toEqual(['critical: 1 setting was changed | newest_config ["config"] valid']);
  await server.saveConfig();
});

test('an old row that is deleted is told', async () => {
  expect(await heard(sql('delete from user_config where id = 2'))).toEqual([
    'critical: 1 setting was removed | config_history ["2"]',
  ]);
});

test('an invitation is a link and not an administrator, until it is used', async () => {
  const create = `insert into user_register_tokens values ('${LAMASSU_SECRETS.linkToken}', 'mallory', 'superuser', now() + interval '1 hour', false)`;
  expect(await heard(sql(create))).toEqual([
    'critical: 1 access link created | registration_links ["mallory"]',
  ]);
  const used = `delete from user_register_tokens;
    insert into users (id, username, password, role, enabled) values ('00000000-0000-4000-8000-000000000002', 'mallory', 'x', 'superuser', true)`;
  expect(await heard(sql(used))).toEqual([
    'critical: 1 new administrator, by an access link that was used | users ["00000000-0000-4000-8000-000000000002"]',
    'critical: (along with it) 1 access link was used or withdrawn | registration_links ["mallory"]',
  ]);
});

test('a link whose time was over when it went ran out, and nobody came by it', async () => {
  await db.query(
    `insert into user_register_tokens values ('run-out-1', 'late', 'user', now() - interval '1 hour', false)`,
  );
  expect(await heard(sql('delete from user_register_tokens'))).toEqual([
    'critical: 1 access link ran out | registration_links ["late"]',
  ]);
});

test('a link that resets a second factor is a link', async () => {
  expect(
    await heard(
      sql(
        `insert into auth_tokens values ('reset-token-1', 'reset_twofa', '${USER}', now() + interval '1 hour')`,
      ),
    ),
  ).toEqual([`critical: 1 access link created | reset_links ["${USER}","reset_twofa"]`]);
});

test('a pairing code is one thing though it is two rows, and the machine is told when it is there', async () => {
  expect(
    await heard(
      sql(
        `insert into pairing_tokens (token, name, created) values ('p1', 'New', '2026-01-01'), ('p2', 'New', '2026-01-01')`,
      ),
    ),
  ).toEqual([expect.stringMatching(/^medium: 1 access link created \| pairing_codes /)]);
  const machine = 'cd'.repeat(32);
  expect(
    await heard(
      sql(
        `delete from pairing_tokens; insert into devices (device_id, name, paired, display) values ('${machine}', 'New', true, true)`,
      ),
    ),
  ).toEqual([
    `high: 1 new terminal, by an access link that was used | terminals ["${machine}"]`,
    expect.stringMatching(/^medium: \(along with it\) 1 access link used or expired \| pairing_codes /),
  ]);
});

test('a link that resets a second factor is told with what came of it, and by the name of the user it is for', async () => {
  const before = await observed();
  expect(
    await heard(
      sql(
        `delete from auth_tokens; update users set twofa_code = 'ANOTHERSEED-another-1' where id = '${USER}'`,
      ),
    ),
  ).toEqual([
    `critical: 1 administrator was changed, by an access link that was used | users ["${USER}"] twofa_code`,
    `critical: (along with it) 1 access link was used or withdrawn | reset_links ["${USER}","reset_twofa"]`,
  ]);
  const link = before.get('reset_links');
  const label = labelFinder(before, new Map())(link?.definition, {
    before: link?.records[0]?.line ?? null,
    after: [],
  });
  expect(label).toEqual({ collection: 'users', fields: [{ name: 'username', value: 'bob' }] });
});

test('the wallet plugin of a coin is told with the coin and both plugins, and nothing else of the configuration', async () => {
  await server.saveConfig({ wallets_BTC_wallet: 'bitcoind' });
  const before = (await observed()).get('wallet_routes');
  await server.saveConfig({ wallets_BTC_wallet: 'bitgo' });
  const after = (await observed()).get('wallet_routes');
  if (!before || !after) throw new Error('no routes');
  expect(
    changesBetween('prague-1', before, after).map((one) => [
      one.key,
      ...explain({ before: one.before?.line ?? null, after: one.after.map(({ line }) => line) }),
    ]),
  ).toEqual([['["BTC"]', { field: 'wallet', before: 'bitcoind', after: 'bitgo' }]]);
});

test('a login by a hardware key moves its counter and is silent; another key in its place is told', async () => {
  const data = (counter: number, publicKey: string) =>
    `'${JSON.stringify({ counter, credentialID: 'c1', publicKey })}'`;
  await db.query(
    `insert into hardware_credentials (id, user_id, data) values ('00000000-0000-4000-8000-0000000000aa', '${USER}', ${data(1, 'k1')})`,
  );
  const login = `update hardware_credentials set last_used = now(), data = ${data(2, 'k1')}`;
  expect(await heard(sql(login))).toEqual([]);
  expect(await heard(sql(`update hardware_credentials set data = ${data(3, 'k2')}`))).toEqual([
    'critical: 1 administrator was changed | hardware_credentials ["00000000-0000-4000-8000-0000000000aa"] data',
  ]);
});

test('what the server writes by itself is silent: a thousand pings, network heartbeats, a refill, logins', async () => {
  expect(
    await heard(async () => {
      await db.query(`do $$ begin for i in 1..1000 loop
        update devices set last_online = now() + i * interval '1 ms'; end loop; end $$`);
      await db.query(`insert into machine_network_heartbeat (id, device_id, average_response_time)
        select gen_random_uuid(), '${DEVICE}', i from generate_series(1, 140) i`);
      await db.query(`update devices set cassette1 = 40;
        update users set last_accessed = now(), last_accessed_address = '203.0.113.9'`);
    }),
  ).toEqual([]);
});

test('an accounts row that cannot be read says so in every collection of it, and shows nothing of it', async () => {
  const broken = `{"accounts":{"a":"${LAMASSU_SECRETS.bitgoToken}","a":1}}`;
  const lines = await heard(sql(`update user_config set data = '${broken}' where type = 'accounts'`));
  for (const name of [
    'wallet_targets',
    'wallet_endpoints',
    'alarm_targets',
    'plugin_credentials',
    'accounts_other',
  ]) {
    expect(lines.some((line) => line.includes('in doubt') && line.includes(`| ${name} `))).toBe(true);
  }
  await server.saveAccounts('bitgo', {});
});

test('no secret of the server leaves the reader', async () => {
  await db.query(
    `insert into user_register_tokens values ('${LAMASSU_SECRETS.linkToken}', 'eve', 'user', now(), false)`,
  );
  const everything = inspect([await source.source.read(), source.logged, source.hints], {
    depth: 20,
    maxArrayLength: null,
    maxStringLength: null,
  });
  expect(everything).toContain('bob');
  for (const secret of Object.values(LAMASSU_SECRETS)) expect(everything).not.toContain(secret);
  expect(everything).not.toContain('another-');
});

test('a history of thousands of heavy rows does not make reading slow: only one of them travels', async () => {
  await db.query(`insert into user_config (type, data, valid, schema_version)
    select 'config', json_build_object('config', json_build_object('pad', repeat('x', 45000))), true, 2 from generate_series(1, 300)`);
  await server.saveConfig();
  const narrow = await openTestSource(db, config.sites[0]?.sources[0]?.collections ?? [], {
    maxCollectionBytes: 100_000,
  });
  expect((await narrow.records('wallet_routes')).length).toBeGreaterThan(0);
  await narrow.close();
});
