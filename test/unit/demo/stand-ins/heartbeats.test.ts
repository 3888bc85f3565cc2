import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startHeartbeats } from '../../../../daemon/demo/stand-ins/heartbeats.js';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.js';
import { waitFor } from '../../../support/wait.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
// Dropping fails if a connection is left open: `stop` must end them all.
afterEach(() => database.drop());

const SETTINGS = `
  select id, serial_number, name, type, active, locked, deleted, location_id, organisation_id from terminal order by id`;

test('terminals report at the asked rate, and change nothing but what reports change', async () => {
  const before = await database.query(SETTINGS);
  const [{ now } = {}] = await database.query('select now()::text');
  const heartbeats = await startHeartbeats({
    url: database.urlAs(database.app),
    perSecond: 200,
    connections: 2,
  });
  const from = performance.now();
  await waitFor(() => heartbeats.sent() >= 100, { what: '100 heartbeats' });
  const seconds = (performance.now() - from) / 1000;
  await heartbeats.stop();

  expect(seconds).toBeGreaterThan(0.4);
  expect(heartbeats.errors()).toBe(0);
  expect(heartbeats.lastError()).toBeNull();
  const [row] = await database.query(
    'select count(*)::int as reported from terminal where last_ping > $1::timestamptz',
    [now],
  );
  expect(row?.['reported']).toBeGreaterThan(50);
  expect(await database.query(SETTINGS)).toEqual(before);
});

test('nothing is sent after stopping', async () => {
  const heartbeats = await startHeartbeats({ url: database.urlAs(database.app), perSecond: 1000 });
  await waitFor(() => heartbeats.sent() > 0, { what: 'a heartbeat' });
  await heartbeats.stop();
  const sent = heartbeats.sent();
  const [{ max } = {}] = await database.query('select max(last_ping) from terminal');
  await database.query('select pg_sleep(0.1)');
  expect(heartbeats.sent()).toBe(sent);
  expect(await database.query('select max(last_ping) from terminal')).toEqual([{ max }]);
});

test('a lost connection is counted and made anew', async () => {
  const heartbeats = await startHeartbeats({ url: database.urlAs(database.app), perSecond: 100 });
  await waitFor(() => heartbeats.sent() > 0, { what: 'a heartbeat' });
  await database.querySuperuser('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [
    database.app,
  ]);
  await waitFor(() => heartbeats.errors() > 0, { what: 'the loss to be noticed' });
  const sent = heartbeats.sent();
  await waitFor(() => heartbeats.sent() > sent, { what: 'heartbeats to go on' });
  await heartbeats.stop();
  expect(heartbeats.errors()).toBe(1);
  expect(heartbeats.lastError()).toBeInstanceOf(Error);
});

test('updates that the server refuses are errors, each of them', async () => {
  const heartbeats = await startHeartbeats({ url: database.urlAs(database.app), perSecond: 100 });
  await database.query(`revoke update (errors) on terminal from ${database.app}`);
  await waitFor(() => heartbeats.errors() >= 2, { what: 'two refusals' });
  await heartbeats.stop();
  expect(heartbeats.lastError()).toMatchObject({ code: '42501' });
});

test('a role that may not read the terminals is told so at once', async () => {
  const stranger = await database.createRole('stranger');
  await expect(startHeartbeats({ url: database.urlAs(stranger), perSecond: 1 })).rejects.toMatchObject({
    code: '42501',
  });
});
