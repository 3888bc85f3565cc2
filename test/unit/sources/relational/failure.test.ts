import { expect, test } from '@jest/globals';
import { explainMysqlError } from '../../../../daemon/sources/mysql/failure.js';
import { explainFailure } from '../../../../daemon/sources/postgres/failure.js';
import { atPlace, ofTable } from '../../../../daemon/sources/relational/failure.js';

const denied = { cause: 'denied', detail: 'the role may not read it (SQLSTATE 42501)' } as const;

test('a place that cannot be reached is named, and no other failure gets one', () => {
  const gone = { cause: 'unreachable', detail: 'gone' } as const;
  const place = { host: 'db.example', port: 5432, user: 'tillwarden', database: 'cas' };
  expect(atPlace(place, gone).detail).toBe('db.example:5432: gone');
  expect(atPlace({ ...place, host: '::1' }, gone).detail).toBe('[::1]:5432: gone');
  expect(atPlace(place, denied)).toBe(denied);
});

test.each([
  explainFailure(Object.assign(new Error('no'), { code: '28P01' })),
  explainMysqlError(Object.assign(new Error('no'), { errno: 1045, sqlState: '28000' })),
])('a refused login is named with host, account and database: %j', (refused) => {
  const place = { host: 'db.example', port: 5432, user: 'tillwarden', database: 'cas' };
  expect(atPlace(place, refused).detail).toMatch(
    /^db\.example:5432: the server refused the login \(.*\) of "tillwarden" to database "cas"; is the account there/,
  );
});

test('a table that may not be read is named with its columns and what grants them', () => {
  expect(ofTable('public.terminal', denied, ['name', 'a"b'])).toEqual({
    cause: 'denied',
    detail:
      'public.terminal: the role may not read it (SQLSTATE 42501); not granted: "name", "a\\"b"; run the output of "tillwarden sql" again',
  });
  const many = Array.from({ length: 100 }, (_, i) => `c${i}`);
  expect(ofTable('t', denied, many).detail).toContain('"c4" and 95 more;');
});

test('a table that is not there is named with both ways out', () => {
  expect(ofTable('public.terminal', { cause: 'missing', detail: 'the table does not exist' }).detail).toBe(
    'public.terminal: the table does not exist; put it back, or correct the configuration',
  );
});
