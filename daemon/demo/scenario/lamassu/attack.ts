import type { AttackStep, BoughtTerminal } from '../scenario.js';

/** Saves the configuration as the server does: a whole new row, made from the newest one. */
const save = (member: string, value: string): string =>
  `insert into public.user_config (type, data, valid, schema_version)
   select type, jsonb_set(data::jsonb, '{config,${member}}', '${value}')::json, true, 2
     from public.user_config where type = 'config' order by id desc limit 1`;

/** Saves accounts as the server does: the one row, in place. */
const saveAccount = (plugin: string, member: string, value: string): string =>
  `update public.user_config set data = jsonb_set(data::jsonb, '{accounts,${plugin},${member}}', '"${value}"')::json
    where type = 'accounts'`;

const asBob = `update public.users set last_accessed = clock_timestamp(), last_accessed_address = '203.0.113.9' where username = 'bob'`;

/** What a stolen session of lamassu-server can do, and what only SQL can. Between them the server's own life, of which nobody is told. */
export const LAMASSU_ATTACK: readonly AttackStep[] = [
  {
    name: 'invitation-created',
    story: 'With the stolen session of bob, a superuser is invited. An invitation is no administrator yet.',
    sql: `${asBob};
          insert into public.user_register_tokens (token, username, role, expire)
          values ('invented-link', 'support', 'superuser', now() + interval '1 hour')`,
    collection: 'registration_links',
    evidence: '1 access link created',
    silenced: false,
  },
  {
    name: 'invitation-used',
    story: 'The invitation is used: the link is gone and the administrator is there, told as one.',
    sql: `delete from public.user_register_tokens;
          insert into public.users (id, username, password, role, enabled)
          values ('00000000-0000-4000-8000-000000000003', 'support', 'invented-hash', 'superuser', true)`,
    collection: 'users',
    evidence: 'by an access link that was used',
    silenced: false,
  },
  {
    name: 'wallet-plugin-exchanged',
    story:
      'Bob saves his configuration twice unchanged, of which nobody is told. Then the wallet of BTC is exchanged.',
    sql: `${asBob};
          ${save('receipt_phone', '"+420 111 222 333"')};
          ${save('receipt_phone', '"+420 111 222 333"')};
          ${save('wallets_BTC_wallet', '"bitgo"')}`,
    collection: 'wallet_routes',
    evidence: '“bitgo”',
    silenced: false,
  },
  {
    name: 'wallet-id-exchanged',
    story: 'The wallet that bitgo pays into is exchanged. Its id is sealed: it opens the wallet.',
    sql: saveAccount('bitgo', 'BTCWalletId', 'invented-wallet-of-the-thief'),
    collection: 'wallet_targets',
    evidence: 'wallet_id',
    silenced: false,
  },
  {
    name: 'exchange-key-replaced',
    story: 'The key of the exchange is replaced by one of the thief.',
    sql: saveAccount('kraken', 'privateKey', 'invented-key-of-the-thief'),
    collection: 'plugin_credentials',
    evidence: '“privateKey”',
    silenced: false,
  },
  {
    name: 'unconfirmed-payments-accepted',
    story: 'Cash is now paid for up to 5000 in coins that nobody has confirmed.',
    sql: save('wallets_LTC_zeroConfLimit', '5000'),
    collection: 'wallet_routes',
    evidence: '“5000”',
    silenced: false,
  },
  {
    name: 'phone-number-changed',
    story: 'The phone number on the receipt is changed: a setting, and never told like a wallet.',
    sql: save('receipt_phone', '"+420 999 888 777"'),
    collection: 'settings',
    evidence: '+420 999 888 777',
    silenced: false,
  },
  {
    name: 'alarm-address-changed',
    story: "The address that the server's own alarms go to is changed.",
    sql: saveAccount('mailgun', 'toEmail', 'alarm@atm-support.example'),
    collection: 'alarm_targets',
    evidence: 'alarm@atm-support.example',
    silenced: false,
  },
  {
    name: 'older-configuration-brought-back',
    story: 'By SQL the newest configuration is made invalid, which brings an older one back.',
    sql: `update public.user_config set valid = false
           where id = (select max(id) from public.user_config where type = 'config')`,
    collection: 'newest_config',
    evidence: 'newest_config',
    silenced: false,
  },
  {
    name: 'machine-paired-in-silence',
    story:
      'With the triggers off for his session, an administrator of the server pairs a machine in silence.',
    sql: `set session_replication_role = replica;
          insert into public.devices (device_id, name, paired, display) values ('${'ee'.repeat(32)}', 'Main street 2', true, true)`,
    collection: 'terminals',
    evidence: '“Main street 2”',
    silenced: true,
    asAdministrator: true,
  },
];

/** A machine the operator did buy. An approver accepts it and nothing else. */
export const LAMASSU_BOUGHT: BoughtTerminal = {
  serialNumber: 'Harbour',
  sql: `insert into public.devices (device_id, name, paired, display) values ('${'a1'.repeat(32)}', 'Harbour', true, true)`,
};
