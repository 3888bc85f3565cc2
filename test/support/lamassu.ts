import type { TestDatabase } from './postgres.js';

/** Tables of a lamassu-server as far as its public tree names them, with a small operator's data. */
export const LAMASSU_SCHEMA = `
  create table users (id uuid primary key, username text, password text, role text, enabled boolean, twofa_code text, temp_twofa_code text,
    created timestamptz default now(), last_accessed timestamptz, last_accessed_from text, last_accessed_address inet);
  create table hardware_credentials (id uuid primary key, user_id uuid, created timestamptz default now(), last_used timestamptz, data jsonb);
  create table user_register_tokens (token text primary key, username text, role text, expire timestamptz, use_fido boolean);
  create table auth_tokens (token text primary key, type text, user_id uuid, expire timestamptz);
  create table user_config (id serial primary key, type text, data json, created timestamptz default now(), valid boolean, schema_version int);
  create table devices (device_id text primary key, name text, paired boolean, display boolean, created timestamptz default now(),
    last_online timestamptz, version text, model text, cassette1 int, number_of_cassettes int default 2, number_of_recyclers int default 0, user_config_id int);
  create table machine_network_heartbeat (id uuid primary key, device_id text, average_response_time numeric, created timestamptz default now());
  create table pairing_tokens (id serial primary key, token text, name text, created timestamptz);
`;

export const DEVICE = 'ab'.repeat(32);
export const USER = '00000000-0000-4000-8000-000000000001';

/** Values that must never leave the reader. */
export const LAMASSU_SECRETS = {
  password: 'argon2-of-bob-s3cr3t',
  twofa: 'TOTPSEEDOFBOB',
  bitgoToken: 'v2xbitgotoken0123456789',
  krakenKey: 'kr4k3nK3yMaterial',
  walletId: '5f0walletidofbob',
  infuraKey: 'infuraprojectid99',
  linkToken: 'registerlinktoken77',
} as const;

type Settings = Record<string, unknown>;

export interface LamassuServer {
  /** Saves the configuration as the server does: a whole new row. */
  saveConfig(changed?: Settings): Promise<void>;
  /** Saves accounts as the server does: the one row, in place. */
  saveAccounts(plugin: string, changed: Settings): Promise<void>;
}

/** Creates tables and data, and saves like the server. */
export async function setUpLamassu(db: TestDatabase): Promise<LamassuServer> {
  const config: Settings = {
    locale_cryptoCurrencies: ['BTC', 'USDT_TRON'],
    wallets_BTC_active: true,
    wallets_BTC_wallet: 'bitcoind',
    wallets_BTC_exchange: 'kraken',
    wallets_BTC_ticker: 'kraken',
    wallets_BTC_zeroConf: 'none',
    wallets_BTC_zeroConfLimit: 0,
    wallets_USDT_TRON_wallet: 'trongrid',
    wallets_advanced_feeMultiplier: '1',
    commissions_cashOut: 5.5,
    notifications_email_active: true,
    receipt_phone: '+420 111 222 333',
    [`cashOut_${DEVICE}_active`]: true,
    [`cashOut_${DEVICE}_zeroConfLimit`]: 0,
  };
  const accounts: Record<string, Settings> = {
    bitgo: { token: LAMASSU_SECRETS.bitgoToken, BTCWalletId: LAMASSU_SECRETS.walletId, environment: 'prod' },
    kraken: { privateKey: LAMASSU_SECRETS.krakenKey },
    infura: { endpoint: `https://mainnet.infura.example/v3/${LAMASSU_SECRETS.infuraKey}` },
    mailgun: { toEmail: 'alarm@example.org', apiKey: LAMASSU_SECRETS.krakenKey },
  };
  const json = (value: unknown) => `'${JSON.stringify(value).replaceAll("'", "''")}'`;
  const saveConfig = async (changed: Settings = {}): Promise<void> => {
    Object.assign(config, changed);
    await db.query(
      `insert into user_config (type, data, valid, schema_version) values ('config', ${json({ config })}, true, 2)`,
    );
  };
  await db.query(LAMASSU_SCHEMA);
  await db.query(`insert into users (id, username, password, role, enabled, twofa_code)
      values ('${USER}', 'bob', '${LAMASSU_SECRETS.password}', 'superuser', true, '${LAMASSU_SECRETS.twofa}');
    insert into devices (device_id, name, paired, display) values ('${DEVICE}', 'Main street', true, true);
    insert into user_config (type, data, valid, schema_version) values ('accounts', ${json({ accounts })}, true, 2)`);
  await saveConfig();
  await saveConfig({ commissions_cashIn: 4 });
  return {
    saveConfig,
    saveAccounts: async (plugin, changed) => {
      accounts[plugin] = { ...accounts[plugin], ...changed };
      await db.query(`update user_config set data = ${json({ accounts })} where type = 'accounts'`);
    },
  };
}
