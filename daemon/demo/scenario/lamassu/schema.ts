/**
 * The tables of a lamassu-server as far as its public tree names them, and an invented operator's data. Our own model: nothing in it is copied.
 */
export const LAMASSU_SCHEMA = `
  create table users (id uuid primary key, username text, password text, role text, enabled boolean, twofa_code text, temp_twofa_code text,
    created timestamptz default now(), last_accessed timestamptz, last_accessed_from text, last_accessed_address inet);
  create table hardware_credentials (id uuid primary key, user_id uuid, created timestamptz default now(), last_used timestamptz, data jsonb);
  create table user_register_tokens (token text primary key, username text, role text, expire timestamptz, use_fido boolean);
  create table auth_tokens (token text primary key, type text, user_id uuid, expire timestamptz);
  create table user_config (id serial primary key, type text, data json, created timestamptz default now(), valid boolean, schema_version int);
  create table devices (device_id text primary key, name text, paired boolean, display boolean, created timestamptz default now(),
    last_online timestamptz, version text, model text, cassette1 int, number_of_cassettes int default 2, number_of_recyclers int default 0,
    user_config_id int);
  create table machine_network_heartbeat (id uuid primary key, device_id text, average_response_time numeric, created timestamptz default now());
  create table pairing_tokens (id serial primary key, token text, name text, created timestamptz);
`;

/** Ids as the server writes them: 64 hex digits. */
const MACHINES = [
  { id: '3b'.repeat(32), name: 'Main street' },
  { id: '7e'.repeat(32), name: 'Central station' },
  { id: 'c4'.repeat(32), name: 'Airport' },
] as const;

const COINS = [
  { coin: 'BTC', wallet: 'bitcoind', exchange: 'kraken', zeroConfLimit: 0 },
  { coin: 'ETH', wallet: 'infura', exchange: 'kraken', zeroConfLimit: 0 },
  { coin: 'LTC', wallet: 'litecoind', exchange: 'kraken', zeroConfLimit: 0 },
  { coin: 'USDT_TRON', wallet: 'trongrid', exchange: 'binance', zeroConfLimit: 0 },
] as const;

const settings = (): Record<string, unknown> => ({
  locale_cryptoCurrencies: COINS.map(({ coin }) => coin),
  ...Object.fromEntries(
    COINS.flatMap(({ coin, wallet, exchange, zeroConfLimit }) => [
      [`wallets_${coin}_active`, true],
      [`wallets_${coin}_wallet`, wallet],
      [`wallets_${coin}_exchange`, exchange],
      [`wallets_${coin}_ticker`, exchange],
      [`wallets_${coin}_zeroConf`, 'none'],
      [`wallets_${coin}_zeroConfLimit`, zeroConfLimit],
    ]),
  ),
  wallets_advanced_feeMultiplier: '1',
  commissions_cashIn: 7,
  commissions_cashOut: 5.5,
  notifications_email_active: true,
  receipt_phone: '+420 111 222 333',
  ...Object.fromEntries(
    MACHINES.flatMap(({ id }) => [
      [`cashOut_${id}_active`, true],
      [`cashOut_${id}_zeroConfLimit`, 0],
    ]),
  ),
});

const accounts = {
  bitgo: { token: 'invented-token-of-bitgo', BTCWalletId: 'invented-wallet-id', environment: 'prod' },
  kraken: { apiKey: 'invented-key-of-kraken', privateKey: 'invented-private-key-of-kraken' },
  binance: { apiKey: 'invented-key-of-binance', privateKey: 'invented-private-key-of-binance' },
  infura: { endpoint: 'https://mainnet.infura.example/v3/invented-project-id' },
  mailgun: { fromEmail: 'atm@operator.example', toEmail: 'alarm@operator.example', apiKey: 'invented-key' },
};

const json = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", "''")}'`;

/** So many configurations were saved before. */
const SAVED = 40;

export const LAMASSU_SEED = `
  insert into users (id, username, password, role, enabled, twofa_code) values
    ('00000000-0000-4000-8000-000000000001', 'bob', 'invented-hash-of-bob', 'superuser', true, 'INVENTEDSEEDOFBOB'),
    ('00000000-0000-4000-8000-000000000002', 'ann', 'invented-hash-of-ann', 'user', true, 'INVENTEDSEEDOFANN');
  insert into hardware_credentials (id, user_id, data) values
    ('00000000-0000-4000-8000-0000000000aa', '00000000-0000-4000-8000-000000000001', '{"counter": 17, "credentialID": "c1", "publicKey": "k1"}');
  insert into devices (device_id, name, paired, display, version, model, cassette1) values
    ${MACHINES.map(({ id, name }) => `('${id}', '${name}', true, true, '8.6.0', 'sintra', 200)`).join(', ')};
  insert into user_config (type, data, valid, schema_version) values ('accounts', ${json({ accounts })}, true, 2);
  insert into user_config (type, data, valid, schema_version)
    select 'config', ${json({ config: settings() })}, true, 2 from generate_series(1, ${SAVED});
`;

/** What the seed holds, in words. */
export const LAMASSU_HOLDS = `a lamassu-server of our own making: 2 users, ${MACHINES.length} machines, ${COINS.length} coins, ${SAVED} saved configurations`;
