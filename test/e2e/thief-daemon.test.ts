import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon;
/** What the daemon takes for the time: it passes only when told. */
let nowMs = Date.now();

beforeAll(async () => {
  db = await createTestDatabase();
  // The timed read is far away: what is told in time is told because an unread collection is looked at again.
  watched = await prepareWatchedSite(db, { readIntervalMs: 600_000, source: '        lockTimeoutMs: 300' });
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start({ clock: () => nowMs });
});
afterAll(async () => {
  await daemon.stop();
  await watched.close();
  await db.drop();
});

test('a collection hidden behind a lock for a few seconds at a time is told once its times reach five seconds, and nothing is ready meanwhile', async () => {
  const ready = async () => (await fetch(`${daemon.url}/readyz`)).status === 200;
  const thief = await db.connectAs(db.owner);
  const hideFor = async (work: () => Promise<unknown>): Promise<void> => {
    await thief.query('begin; lock table crypto_setting in access exclusive mode');
    await db.query("notify tillwarden, 'public.crypto_setting'");
    await waitFor(async () => !(await ready()), { what: 'the collection to be unread' });
    await work();
    await thief.query('rollback');
  };
  await hideFor(async () => {
    nowMs += 3_000;
  });
  await waitFor(ready, { what: 'the collection to be read again' });
  expect(watched.count('is unknown')).toBe(0);
  await hideFor(async () => {
    nowMs += 2_100;
    await watched.told('is unknown');
  });
  expect(await (await fetch(`${daemon.url}/readyz`)).text()).toContain('cannot be read');
});
