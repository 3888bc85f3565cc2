/**
 * Settings on which the text of values, the meaning of names, or what the reader is shown depends, and which an owner may bind to our role or
 * database. They are pinned in every transaction, since a pooler may give each its own connection.
 */
const PINNED: readonly (readonly [string, string])[] = [
  ['search_path', 'pg_catalog, pg_temp'],
  // Rows hidden by row security become an error.
  ['row_security', 'off'],
  ['TimeZone', `'UTC'`],
  ['DateStyle', `'ISO, YMD'`],
  ['IntervalStyle', `'postgres'`],
  ['extra_float_digits', '1'],
  ['bytea_output', `'hex'`],
  ['lc_monetary', `'C'`],
  ['quote_all_identifiers', 'off'],
  ['jit', 'off'],
  ['max_parallel_workers_per_gather', '0'],
];

/** Begins a reading transaction, its snapshot not yet taken. Limits in milliseconds. */
export function beginReading(limits: {
  readonly serverVersion: number;
  /** `server_encoding`. */
  readonly encoding: string;
  readonly transactionTimeoutMs: number;
  readonly lockTimeoutMs: number;
}): string {
  const settings = [
    ...PINNED,
    // A server that knows no encoding would refuse to send a byte that is no UTF-8, and with it the whole collection: we judge each value.
    ['client_encoding', limits.encoding === 'SQL_ASCII' ? `'SQL_ASCII'` : `'UTF8'`],
    ['lock_timeout', `${limits.lockTimeoutMs}`],
    ['statement_timeout', `${limits.transactionTimeoutMs}`],
    ['idle_in_transaction_session_timeout', `${limits.transactionTimeoutMs}`],
    // Ends the connection, so it only catches what the limit of the last statement let through.
    ...(limits.serverVersion >= 170000
      ? [['transaction_timeout', `${limits.transactionTimeoutMs + 1000}`]]
      : []),
  ];
  const pinned = settings.map(([name, value]) => `SET LOCAL ${name} = ${value}`);
  return ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', ...pinned].join('; ');
}
