import { LAMASSU_SCHEMA } from '../../daemon/demo/scenario/lamassu/schema.js';
import type { TestDatabase } from './postgres.js';

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
