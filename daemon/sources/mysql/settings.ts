import { isMysql8, type ServerVersion } from './server.js';

/** Time limits in milliseconds. */
export interface SessionLimits {
  readonly transactionTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

const UNLIMITED = '18446744073709551615';

/**
 * Settings on which the rows we are given, the text of values or the meaning of our statements depends, and whose global values whoever
 * administers the server can choose. Always explicit values: `DEFAULT` means the global one.
 */
const PINNED: readonly (readonly [string, string])[] = [
  ['sql_mode', "''"],
  ['sql_select_limit', UNLIMITED],
  ['sql_big_selects', '1'],
  ['time_zone', "'+00:00'"],
  ['character_set_client', 'utf8mb4'],
  ['collation_connection', 'utf8mb4_bin'],
  // The bytes of each column as they are, with its own character set beside them.
  ['character_set_results', 'NULL'],
  ['autocommit', '1'],
  ['completion_type', 'NO_CHAIN'],
  ['sql_auto_is_null', '0'],
  ['sql_safe_updates', '0'],
  ['sql_quote_show_create', '1'],
  ['group_concat_max_len', '1048576'],
  ['lc_time_names', "'en_US'"],
  // A short one would end our idle connection again and again.
  ['wait_timeout', '28800'],
  ['net_write_timeout', '60'],
];

/** Statements that pin a new session, each to be run by itself. The last sets `@tillwarden` to the given word of letters and digits. */
export function pinStatements(version: ServerVersion, limits: SessionLimits, word: string): string[] {
  const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));
  const settings = [
    ...PINNED,
    ['lock_wait_timeout', `${seconds(limits.lockTimeoutMs)}`],
    ...(version.flavour === 'mariadb' ? mariadbSettings(limits) : mysqlSettings(version, limits)),
  ];
  return [
    'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    `SET ${settings.map(([name, value]) => `SESSION ${name} = ${value}`).join(', ')}, @tillwarden = '${word}'`,
  ];
}

function mariadbSettings({ transactionTimeoutMs }: SessionLimits): string[][] {
  return [
    // The global value can show everybody the rows of another time. It takes no explicit word for "now" but this one.
    ['system_versioning_asof', 'DEFAULT'],
    ['max_statement_time', `${transactionTimeoutMs / 1000}`],
    // Ends a transaction of ours that holds its locks because our process stands still.
    ['idle_transaction_timeout', `${Math.ceil(transactionTimeoutMs / 1000) + 1}`],
    ['old_mode', "''"],
  ];
}

function mysqlSettings(version: ServerVersion, { transactionTimeoutMs }: SessionLimits): string[][] {
  return [['max_execution_time', `${transactionTimeoutMs}`], ...(isMysql8(version) ? MYSQL_8 : [])];
}

/** Not tested: no MySQL 8 could be had. */
const MYSQL_8: string[][] = [['information_schema_stats_expiry', '0']];

export const BEGIN = 'START TRANSACTION READ ONLY';
