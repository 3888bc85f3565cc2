import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon;

beforeAll(async () => {
  own = await startOwnPostgres();
});
afterAll(() => own.close());

beforeEach(async () => {
  db = await own.createDatabase();
  // How long a busy machine needs for so many rows is not the subject.
  watched = await prepareWatchedSite(db, { source: '        transactionTimeoutMs: 60000' });
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
});
afterEach(async () => {
  await daemon.stop();
  await watched.close();
  await db.drop();
});

const flood = (rows: number) =>
  `insert into user_permission (user_id, permission) select 12, 'p' || g from generate_series(1, ${rows}) g`;

function findings(): { readonly what: string; readonly collection: string }[] {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  try {
    return (store?.findings.ofCollection('prague-1', 'permissions') ?? []).map(({ subject }) => ({
      what: subject.what,
      collection: 'collection' in subject ? subject.collection : '',
    }));
  } finally {
    store?.close();
  }
}

test('130,000 records inserted with one diverted route: the route is told first, by its address, and the flood as one count', async () => {
  await db.query(`begin; ${flood(130_000)};
    update crypto_setting set sell_wallet_address = 'bc1qEVIL' where id = 1; commit`);
  const route = await watched.told('bc1qEVIL');
  expect(route.text).toContain('1 wallet route now pays elsewhere');
  const counted = await watched.told('permissions holds 130,000 records nobody signed (');
  expect(slackText(counted)).toContain('expected)');
  // As many as are told one by one, and the one that counts all of them.
  const kept = findings();
  expect(kept.filter(({ what }) => what === 'change').length).toBeLessThanOrEqual(1_000);
  expect(daemon.status().sites[0]?.collections.unknown).toBe(0);
});

test('a flood that is taken back ends as one finding, and what follows is told one by one again', async () => {
  await db.query(flood(3_000));
  await watched.told('permissions holds 3,000 records nobody signed (');
  await db.query(`delete from user_permission where permission like 'p%' and permission <> 'p7'`);
  await waitFor(() => (daemon.status().sites[0]?.openFindings['high'] ?? 0) === 1, {
    what: 'one finding to be left',
  });
  await db.query(`delete from user_permission where permission = 'p7'`);
  await waitFor(() => daemon.status().sites[0]?.collections.drifted === 0, { what: 'nothing to differ' });
});
