import type { Preset } from './preset.js';

/** Our own model of a Coin ATM Server's objects, the schema of the demo. */
export const casReference: Preset = {
  name: 'cas-reference',
  version: 1,
  about:
    'our reference schema of a Coin ATM Server on PostgreSQL: users, permissions, persons, crypto settings, terminals',
  source: 'postgres',
  database: 'cas',
  collections: `- name: admin_users
  kind: admin
  table: public.cas_user
  key: [id]
  columns: [login, password_hash, person_id, group_id, enabled, two_factor]
  secret: [password_hash]
- name: permissions
  kind: permission
  table: public.user_permission
  key: [user_id, permission]
  columns: [granted]
- name: persons
  kind: contact
  table: public.person
  key: [id]
  columns: [first_name, last_name, email, phone]
- name: wallet_routes
  kind: wallet-route
  table: public.crypto_setting
  key: [id]
  columns: [name, crypto_currency, buy_wallet, sell_wallet, buy_exchange, sell_exchange, rate_source,
            strategy, buy_profit, sell_profit, sell_wallet_address, invalid_payment_address, api_key, extra]
  secret: [api_key]
- name: terminals
  kind: terminal
  table: public.terminal
  key: [id]
  columns: [serial_number, name, type, active, locked, deleted, location_id, organisation_id]
`,
  rules: '',
};

/** The same written for MySQL and MariaDB, where a database stands for the schema. */
export const casReferenceMysql: Preset = {
  ...casReference,
  name: 'cas-reference-mysql',
  about: 'our reference schema of a Coin ATM Server on MySQL or MariaDB: the same collections',
  source: 'mysql',
  collections: casReference.collections.replaceAll('table: public.', 'table: cas.'),
};
