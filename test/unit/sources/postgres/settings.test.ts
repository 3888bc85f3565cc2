import { expect, test } from '@jest/globals';
import { beginReading } from '../../../../daemon/sources/postgres/settings.js';

const begun = (serverVersion: number) =>
  beginReading({ serverVersion, encoding: 'UTF8', transactionTimeoutMs: 4000, lockTimeoutMs: 500 }).split(
    '; ',
  );

test('a reading transaction can write nothing, hides nothing, and ends', () => {
  const statements = begun(150000);
  expect(statements[0]).toBe('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  expect(statements).toEqual(
    expect.arrayContaining([
      'SET LOCAL search_path = pg_catalog, pg_temp',
      // What row security begins to hide between our look at the catalog and the reading is an error.
      'SET LOCAL row_security = off',
      'SET LOCAL lock_timeout = 500',
      'SET LOCAL statement_timeout = 4000',
      'SET LOCAL idle_in_transaction_session_timeout = 4000',
    ]),
  );
});

test('a server that knows a limit of the whole transaction is given one', () => {
  expect(begun(170000)).toContain('SET LOCAL transaction_timeout = 5000');
  expect(begun(160009).join()).not.toContain('transaction_timeout');
});
