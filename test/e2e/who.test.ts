import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { sourceKinds } from '../../daemon/sources/index.js';
import { sourceKindOf } from '../../daemon/sources/source-kind.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon;

beforeAll(async () => {
  db = await createTestDatabase();
  await db.query(`
    create table route (id int primary key, address text not null);
    insert into route values (1, 'first'), (2, 'first'), (3, 'first');
    create table app_user (username text primary key, last_accessed timestamptz, last_accessed_address text);
    insert into app_user values ('bob', null, null), ('carol', now() - interval '1 hour', '198.51.100.1')`);
  watched = await prepareWatchedSite(db, {
    collections: `
          - { name: routes, kind: wallet-route, table: public.route, key: [id], columns: [address] }`,
    source:
      '        activity: { table: public.app_user, user: username, time: last_accessed, address: last_accessed_address }',
  });
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
});
afterAll(async () => {
  await daemon.stop();
  await watched.close();
  await db.drop();
});

test('a change while nobody was logged in is said to have come from a command line or SQL', async () => {
  await db.query("update route set address = 'second' where id = 1");
  const told = slackText(await watched.told('second'));
  expect(told).toContain('nobody was logged in: command line or SQL');
  expect(told).toContain('inferred: nobody was active within 1 min by public.app_user');
});

test('whoever was active just before is named with their address, and how that is known', async () => {
  await db.query(
    "update app_user set last_accessed = now(), last_accessed_address = '203.0.113.9' where username = 'bob'",
  );
  await db.query("update route set address = 'third' where id = 2");
  const told = slackText(await watched.told('third'));
  expect(told).toMatch(/probably “bob” from “203\.0\.113\.9”/);
  expect(told).toMatch(
    /inferred: active .*before it was read, nobody else within 1 min, by public\.app_user/,
  );
  expect(told.split('\n')[0]).not.toContain('bob');
});

test('where more than one was active the others are counted, and a hostile name is quoted', async () => {
  await db.query("insert into app_user values (E'eve\\u202e @everyone', now() + interval '1 second', null)");
  await db.query("update route set address = 'fourth' where id = 3");
  const told = slackText(await watched.told('fourth'));
  expect(told).toContain('1 other within 1 min');
  expect(told).toContain('\\u{202E}');
});

test('doctor asks for what was not granted, and calls it nothing that is needed', async () => {
  const kind = sourceKindOf(sourceKinds, 'postgres');
  const url = db.urlAs(await db.createRole('stranger'));
  const activity = { table: 'public.app_user', user: 'username', time: 'last_accessed' };
  const examined = await kind.examine?.(
    { site: 'prague-1', name: 'cas', collections: [], fingerprintKey: null, log: () => undefined },
    kind.configSchema.parse({ kind: 'postgres', name: 'cas', url, activity }),
  );
  const what = (column: string) => `the role may not read column "${column}" of public.app_user`;
  expect(examined).toMatchObject({
    shortfalls: [
      { what: what('last_accessed'), needed: false },
      { what: what('username'), needed: false },
    ],
  });
});

test('a table that cannot be read any more costs the name and nothing else', async () => {
  await db.query('alter table app_user rename to app_user_gone');
  await db.query("update route set address = 'fifth' where id = 1");
  expect(slackText(await watched.told('fifth'))).toContain('unknown: what is read does not say who wrote it');
});
