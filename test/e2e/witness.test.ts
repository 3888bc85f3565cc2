import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

let watchedDatabase: TestDatabase;
let clone: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon;
/** Where the application writes its heartbeats, and what ends that. */
let application: { writesTo: TestDatabase; timer: NodeJS.Timeout };

beforeAll(async () => {
  [watchedDatabase, clone] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  watched = await prepareWatchedSite(watchedDatabase, {
    readIntervalMs: 500,
    source: '        witness: { table: public.terminal, column: last_ping, maxStillMs: 3000 }',
  });
  await approveSite(watched.site, watched.site.approvers, 'first');
  const timer = setInterval(() => {
    application.writesTo.query('update terminal set last_ping = clock_timestamp()').catch(() => undefined);
  }, 200);
  application = { writesTo: watchedDatabase, timer };
  daemon = await watched.start();
});
afterAll(async () => {
  clearInterval(application.timer);
  await daemon.stop();
  await watched.close();
  await Promise.all([watchedDatabase.drop(), clone.drop()]);
});

const STILL = 'nothing has been written to public.terminal for more than 3 s';

test('an application that was pointed at a clone of the database is told of, and again when it is back', async () => {
  const firstReadMs = daemon.status().sites[0]?.sources[0]?.lastFullReadMs ?? 0;
  const readSince = (ms: number) =>
    (daemon.status().sites[0]?.sources[0]?.lastFullReadMs ?? 0) > firstReadMs + ms;
  await waitFor(() => readSince(4_000), { what: 'it to be read for longer than it may stand still' });
  expect(watched.count('nothing has been written')).toBe(0);

  application.writesTo = clone;
  await watched.told(STILL);
  expect(daemon.status().degraded.join('\n')).toContain('SOURCE_STANDS_STILL');
  expect(watched.count('“last_ping”') + watched.count('"last_ping"')).toBeGreaterThan(0);

  // A restart knows nothing yet: it neither takes it back nor tells it again.
  await daemon.stop();
  daemon = await watched.start();
  await waitFor(() => daemon.status().degraded.join('\n').includes('SOURCE_STANDS_STILL'), {
    what: 'it to stand still for its time',
  });
  expect(watched.count(STILL)).toBe(1);

  application.writesTo = watchedDatabase;
  await watched.told('public.terminal is written again');
});
