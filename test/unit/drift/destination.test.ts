import { expect, test } from '@jest/globals';
import type { Kind } from '../../../baselines/index.js';
import { namesDestination } from '../../../daemon/drift/destination.js';

test.each<readonly [kind: Kind, saysWhere: readonly string[], saysElse: readonly string[]]>([
  [
    'wallet-route',
    [
      'sell_wallet_address',
      'buyWallet',
      'destinationTag',
      'payee',
      'payout_to',
      'recipient',
      'exchange',
      'account',
      'email_address',
    ],
    ['name', 'strategy', 'rate_source'],
  ],
  [
    'config',
    ['wallets_BTC_active', '/config/payoutAddress', 'exchange'],
    ['email_address', 'e-mail-address', 'ipAddress', 'ip_address', 'mac_address', 'streetAddress', 'locale'],
  ],
  ['file', ['wallet.path', 'account'], ['home_address', 'postalAddress', 'port']],
  [
    'terminal',
    ['crypto_address', 'deposit_address', 'sellAddress', 'wallet', 'payee'],
    ['address', 'ip_address', 'account', 'location_id'],
  ],
  ['admin', [], ['wallet', 'address', 'account']],
  ['sensor', [], ['wallet']],
])('of %s the names that say where money goes are these, and no others', (kind, saysWhere, saysElse) => {
  expect(saysWhere.filter((name) => !namesDestination(kind, name))).toEqual([]);
  expect(saysElse.filter((name) => namesDestination(kind, name))).toEqual([]);
});
