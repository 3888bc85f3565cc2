import type { Preset } from './preset.js';

const CONFIG_ROW = `rows: { where: { type: config, schema_version: "2", valid: "t" }, latest: id }`;
const ACCOUNTS_ROW = `rows: { where: { type: accounts, schema_version: "2", valid: "t" }, latest: id }`;
const coin = (setting: string, field: string) =>
  `{ path: "config/wallets_{coin:A-Z0-9_}_${setting}", field: ${field} }`;

/** lamassu-server on PostgreSQL. Written after the names of tables, columns and settings of its public tree, 8.6. */
export const lamassu: Preset = {
  name: 'lamassu',
  version: 3,
  about: 'lamassu-server 8.6 on PostgreSQL: settings inside the JSON of user_config, users, links, machines',
  source: 'postgres',
  database: 'lamassu',
  product: 'lamassu',
  sourceLines: [
    'activity: { table: public.users, user: username, time: last_accessed, address: last_accessed_address }',
  ],
  collections: `# Who may log in. The server itself writes last_accessed* with every request: it is left out, and that a row was written says nothing.
- name: users
  kind: admin
  table: public.users
  touch: off
  key: [id]
  columns: [username, role, enabled, password, twofa_code]
  secret: [password, twofa_code]
  label: [username]
# The server counts logins inside of data: the member is dropped. The public key beside it stays watched.
- name: hardware_credentials
  kind: admin
  table: public.hardware_credentials
  key: [id]
  columns: [user_id, created, data]
  drop: { data: [counter] }
  labelFrom: { collection: users, by: user_id }
# Links that let somebody in: a new user, or a new password or second factor for an old one.
- name: registration_links
  kind: access-link
  table: public.user_register_tokens
  key: [username]
  columns: [role, token, expire]
  secret: [token]
- name: reset_links
  kind: access-link
  table: public.auth_tokens
  key: [user_id, type]
  columns: [token, expire]
  secret: [token]
  labelFrom: { collection: users, by: user_id }
# What the server trades by is one row of user_config: the newest valid one. Each save adds a row.
- name: wallet_routes
  kind: wallet-route
  table: public.user_config
  ${CONFIG_ROW}
  json:
    column: data
    members:
      - ${coin('active', 'active')}
      - ${coin('wallet', 'wallet')}
      - ${coin('exchange', 'exchange')}
      - ${coin('ticker', 'ticker')}
      - ${coin('zeroConf', 'zero_conf')}
      - ${coin('zeroConfLimit', 'zero_conf_limit')}
      - ${coin('layer2', 'layer2')}
  key: [coin]
  columns: [active, wallet, exchange, ticker, zero_conf, zero_conf_limit, layer2]
- name: commissions
  kind: config
  table: public.user_config
  ${CONFIG_ROW}
  json: { column: data, members: [{ path: "config/commissions_{setting}", field: value }] }
  key: [setting]
  columns: [value]
- name: cash_out
  kind: terminal
  table: public.user_config
  ${CONFIG_ROW}
  json: { column: data, members: [{ path: "config/cashOut_{device:0-9a-f}_{setting}", field: value }] }
  key: [device, setting]
  columns: [value]
  labelFrom: { collection: terminals, by: device }
- name: alarm_settings
  kind: contact
  table: public.user_config
  ${CONFIG_ROW}
  json: { column: data, members: [{ path: "config/notifications_{setting}", field: value }] }
  key: [setting]
  columns: [value]
# Every other member, so that nothing goes unwatched.
- name: settings
  kind: config
  table: public.user_config
  ${CONFIG_ROW}
  json:
    column: data
    members: [{ path: "{path...}", field: value }]
    restOf: [wallet_routes, commissions, cash_out, alarm_settings]
  key: [path]
  columns: [value]
# A row that was planted, valid or not, takes effect with the next honest save.
- name: newest_config
  kind: config
  table: public.user_config
  rows: { where: { type: config }, latest: id }
  key: [type]
  columns: [valid, schema_version]
# Wallets and endpoints of plugins: where coins go. Their values are sealed, for they open the wallet; of an endpoint the host is shown.
- name: wallet_targets
  kind: wallet-route
  table: public.user_config
  ${ACCOUNTS_ROW}
  json: { column: data, members: [{ path: "accounts/{plugin}/{coin:A-Z0-9_}WalletId", field: wallet_id }] }
  key: [plugin, coin]
  columns: [wallet_id]
  secret: [wallet_id]
- name: wallet_endpoints
  kind: wallet-route
  table: public.user_config
  ${ACCOUNTS_ROW}
  json:
    column: data
    members:
      - { path: "accounts/{plugin}/walletId", field: wallet_id }
      - { path: "accounts/{plugin}/environment", field: wallet_environment }
      - { path: "accounts/{plugin}/endpoint", field: wallet_endpoint, host: wallet_endpoint_host }
  key: [plugin]
  columns: [wallet_id, wallet_environment, wallet_endpoint, wallet_endpoint_host]
  secret: [wallet_id, wallet_endpoint]
- name: alarm_targets
  kind: contact
  table: public.user_config
  ${ACCOUNTS_ROW}
  json:
    column: data
    members:
      - { path: "accounts/{plugin}/toEmail", field: to_email }
      - { path: "accounts/{plugin}/fromEmail", field: from_email }
      - { path: "accounts/{plugin}/domain", field: domain }
      - { path: "accounts/{plugin}/toNumber", field: to_number }
      - { path: "accounts/{plugin}/fromNumber", field: from_number }
  key: [plugin]
  columns: [to_email, from_email, domain, to_number, from_number]
# Every other setting of a plugin is taken for a key, whatever its name, and sealed.
- name: plugin_credentials
  kind: wallet-route
  table: public.user_config
  ${ACCOUNTS_ROW}
  json:
    column: data
    members: [{ path: "accounts/{plugin}/{setting...}", field: credential }]
    restOf: [wallet_targets, wallet_endpoints, alarm_targets]
  key: [plugin, setting]
  columns: [credential]
  secret: [credential]
- name: accounts_other
  kind: config
  table: public.user_config
  ${ACCOUNTS_ROW}
  json:
    column: data
    members: [{ path: "{path...}", field: value }]
    restOf: [wallet_targets, wallet_endpoints, alarm_targets, plugin_credentials]
  key: [path]
  columns: [value]
  secret: [value]
# Old rows stay usable: that one is added says nothing, that one is altered or gone says much.
- name: config_history
  kind: config
  table: public.user_config
  key: [id]
  columns: [type, valid, schema_version]
  history: true
# Each ping of a machine writes its row.
- name: terminals
  kind: terminal
  table: public.devices
  touch: off
  key: [device_id]
  columns: [name, paired, display, number_of_cassettes, number_of_recyclers]
  label: [name]
# Two rows for each code that is shown.
- name: pairing_codes
  kind: access-link
  table: public.pairing_tokens
  rows: { distinct: true }
  key: [name, created]
`,
  rules: `- { collection: pairing_codes, severity: medium }
- { collection: commissions, severity: high }
- { collection: newest_config, severity: critical }
- { collection: config_history, severity: critical }
`,
};
