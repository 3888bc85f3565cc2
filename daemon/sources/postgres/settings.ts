import type { ReadFailure } from '../relational/failure.js';
import type { Rows } from './session.js';

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
  // Which rows are read is for the rows to say, not for what their owner had a child or a partition claim of them.
  ['constraint_exclusion', 'off'],
  ['enable_partition_pruning', 'off'],
  ['jit', 'off'],
  ['max_parallel_workers_per_gather', '0'],
];

/** A server that knows no encoding would refuse to send a byte that is no UTF-8, and with it the whole collection: we judge each value. */
const clientEncoding = (serverEncoding: string) => (serverEncoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8');

/**
 * One row: the pinned settings as they are now. The server itself calls functions that it was told are immutable while it plans a statement, those of a
 * condition of an index for one, and such a function may set anything. So whatever names a watched table is followed by this, in which no such function is called.
 */
export const PINNED_NOW = `SELECT ${[...PINNED.map(([name]) => name), 'client_encoding']
  .map((name) => `pg_catalog.current_setting('${name}')`)
  .join(', ')}`;

/** Nothing that was read may be believed: `PINNED_NOW` said something else than what was pinned. */
export class SettingsChanged extends Error {
  readonly failure: ReadFailure = {
    cause: 'failed',
    detail:
      'a setting of our session was changed by code that the server runs when the table is read; look for a function in an index of it',
  };

  constructor() {
    super('the settings of a reading session were changed');
  }
}

/** Throws `SettingsChanged` unless this is the row of `PINNED_NOW` as it was pinned. */
export function needPinned([row = []]: Rows, serverEncoding: string): void {
  const wanted = [...PINNED.map(([, value]) => value.replaceAll("'", '')), clientEncoding(serverEncoding)];
  if (wanted.length !== row.length || !wanted.every((value, i) => value === row[i]))
    throw new SettingsChanged();
}

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
    ['client_encoding', `'${clientEncoding(limits.encoding)}'`],
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
