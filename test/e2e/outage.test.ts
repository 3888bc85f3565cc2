import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon;

beforeEach(async () => {
  own = await startOwnPostgres();
  db = await own.createDatabase();
  watched = await prepareWatchedSite(db, {
    readIntervalMs: 500,
    timing: '  unknownGraceMs: 300\n  flapWindowMs: 300',
    source: '        connectTimeoutMs: 1000',
  });
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
});

afterEach(async () => {
  await daemon.stop();
  await watched.close();
  await own.close();
});

test('a database that is gone is told after the grace and when it is back; what changed meanwhile is found', async () => {
  await own.server.stop();
  const gone = await watched.told('source cas cannot be read');
  expect(gone.text).toMatch(/^CRITICAL prague-1: /);
  expect((await fetch(`${daemon.url}/readyz`)).status).toBe(503);
  await own.server.restart();
  await db.query("update crypto_setting set sell_wallet_address = 'bc1qmeanwhile' where id = 1");
  await watched.told('bc1qmeanwhile');
  await watched.told('again, after');
  await waitFor(async () => (await fetch(`${daemon.url}/readyz`)).status === 200, { what: 'readiness' });
});

test('a server that is killed and recovers loses no change', async () => {
  own.server.kill();
  await own.server.restart();
  await db.query("update crypto_setting set sell_wallet_address = 'bc1qaftercrash' where id = 1");
  await watched.told('bc1qaftercrash');
});

test('fifty times all connections are killed: every change in between is told', async () => {
  for (let round = 1; round <= 50; round++) {
    await db.querySuperuser(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename like 'tillwarden%'`,
    );
    await db.query('update crypto_setting set sell_wallet_address = $1 where id = 1', [`bc1qround${round}x`]);
  }
  await watched.told('bc1qround50x');
  await waitFor(() => daemon.status().sites[0]?.openFindings['critical'] === 1, {
    what: 'one finding to be left',
  });
});
