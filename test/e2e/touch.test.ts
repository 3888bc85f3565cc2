import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

const ATTACKS = 20;

let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon;

beforeAll(async () => {
  db = await createTestDatabase();
  await db.query(`insert into crypto_setting (id, name, crypto_currency, rate_source, strategy, buy_profit, sell_profit, sell_wallet_address)
    select 1000 + g, 'route ' || g, 'BTC', 'a', 'b', 1, 1, 'bc1qours' || g from generate_series(1, ${ATTACKS}) g`);
  watched = await prepareWatchedSite(db, { readIntervalMs: 1_000 });
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
});
afterAll(async () => {
  await daemon.stop();
  await watched.close();
  await db.drop();
});

/** Routes that were told of: as drift by their address, or as written and standing as before. */
function told(): number {
  const texts = watched.slack.messages.map(slackText).join('\n');
  const drifted = new Set(texts.match(/bc1qEVIL\d+/g) ?? []).size;
  const touched = watched
    .titles()
    .flatMap((title) => /(\d+) wallet routes? (?:was|were) written and/.exec(title)?.[1] ?? [])
    .reduce((sum, count) => sum + Number(count), 0);
  return drifted + touched;
}

test('addresses changed and changed back in two commits, one right after the other, are told every time', async () => {
  const thief = await db.connectAs(db.owner);
  // Terminals report meanwhile, which is no news.
  const heartbeats = setInterval(() => {
    db.query('update terminal set last_ping = now()').catch(() => undefined);
  }, 50);
  try {
    for (let n = 1; n <= ATTACKS; n++) {
      await Promise.all([
        thief.query(`update crypto_setting set sell_wallet_address = 'bc1qEVIL${n}.' where id = ${1000 + n}`),
        thief.query(`update crypto_setting set sell_wallet_address = 'bc1qours${n}' where id = ${1000 + n}`),
      ]);
      await delay(50);
    }
    await waitFor(() => told() >= ATTACKS, { what: 'all of them to be told' });
  } finally {
    clearInterval(heartbeats);
  }
  expect(watched.titles().filter((title) => title.includes('terminal'))).toEqual([]);
});

test('terminals that report all the time are no news, also beside one that changed', async () => {
  const lastRead = () => daemon.status().sites[0]?.sources[0]?.lastFullReadMs ?? 0;
  for (let n = 0; n < 3; n++) {
    await db.query('update terminal set last_ping = now()');
    const since = lastRead();
    await waitFor(() => lastRead() > since, { what: 'everything to be read' });
  }
  await db.query(`update terminal set last_ping = now(), name = case when id = 1 then 'moved' else name end`);
  await watched.told('1 terminal was changed');
  expect(watched.titles().filter((title) => /terminals? (?:was|were) written/.test(title))).toEqual([]);
});
