import { expect, test } from '@jest/globals';
import { activityOf } from '../../../../daemon/sources/relational/activity.js';

const SETTINGS = { table: 'public.users', user: 'name', time: 'seen', withinMs: 60_000 };
const row = (user: string | null, agoMs: number | null) => ({ user, address: null, agoMs });

test('whoever was active within the time is told, the last first, and a clock a little ahead is now', () => {
  const rows = [row('ben', 500), row('anna', -20), row('carl', 60_001), row('dan', null), row(null, 5)];
  expect(activityOf(SETTINGS, rows)).toEqual({
    table: 'public.users',
    withinMs: 60_000,
    users: [
      { user: 'anna', address: null, agoMs: 0 },
      { user: 'ben', address: null, agoMs: 500 },
    ],
  });
  expect(activityOf(SETTINGS, [])?.users).toEqual([]);
});

test('times of another zone, which lie in what is yet to come, name nobody and do not say that nobody was there', () => {
  expect(activityOf(SETTINGS, [row('ben', 500), row('anna', -3_600_000)])).toBeNull();
});
