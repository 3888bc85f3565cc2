import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Daemon } from '../../daemon/app.js';
import { loadConfig } from '../../daemon/config/load.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { sourceKindOf } from '../../daemon/sources/source-kind.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareSiteAround, type WatchedSite } from '../support/watched-site.js';

let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon;

beforeAll(async () => {
  db = await createTestDatabase();
  await db.query(`
    create table route (id int primary key, address text not null, key text, last_used timestamptz);
    insert into route select g, 'first', 'k' from generate_series(1, 40) g;
    create table user_config (id serial primary key, type text, valid boolean, data json);
    insert into user_config (type, valid, data) values ('config', true, '{"wallets_BTC": "ours"}')`);
  const role = await db.createRole('tillwarden');
  watched = await prepareSiteAround(db.urlAs(role), {
    readIntervalMs: 1_000,
    collections: `
          - { name: routes, kind: wallet-route, table: public.route, key: [id], columns: [address, key], secret: [key] }
          - name: wallets
            kind: wallet-route
            table: public.user_config
            rows: { where: { type: config, valid: t }, latest: id }
            json: { column: data, members: [{ path: "wallets_{coin}", field: wallet }] }
            key: [coin]
            columns: [wallet]`,
    source: '        changeLog: { userSetting: app.person }',
  });
  for (const { kind, settings, definitions } of loadConfig(watched.site.configFile).sites.flatMap(
    ({ sources }) => sources,
  )) {
    const { sql } = sourceKindOf(loadConfig(watched.site.configFile).sourceKinds, kind);
    if (sql !== null) await db.querySuperuser(sql.install({ role, config: settings, definitions }));
  }
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
});
afterAll(async () => {
  await daemon.stop();
  await watched.close();
  await db.drop();
});

let from = 0;
beforeEach(() => {
  from = watched.slack.messages.length;
});

/** Texts of the messages of this test so far. */
const texts = () => watched.slack.messages.slice(from).map(slackText);
const told = async (text: string): Promise<string> => {
  await waitFor(() => texts().some((one) => one.includes(text)), { what: text });
  return texts().find((one) => one.includes(text)) ?? '';
};
/** Until everything was read twice. */
async function reads(): Promise<void> {
  for (let n = 0; n < 2; n++) {
    const since = daemon.status().sites[0]?.sources[0]?.lastFullReadMs ?? 0;
    await waitFor(() => (daemon.status().sites[0]?.sources[0]?.lastFullReadMs ?? 0) > since, {
      what: 'a read',
    });
  }
}

test('a change is told with who the database saw, and what is only claimed', async () => {
  const app = await db.connectAs(db.owner);
  await app.query(`set application_name = 'pos'; set app.person = E'bob\\u202e @everyone'`);
  await app.query(`update route set address = 'second' where id = 1`);
  const text = await told('second');
  expect(text).toContain(`“${db.owner}” from “127.0.0.1” (observed: the session that wrote it at`);
  expect(text).toContain('by tillwarden_log.change); claimed: user “bob\\u{202E} ');
  expect(text).toContain('application “pos”');
  expect(text.split('\n')[0]).not.toContain('bob');
  expect(texts().join('\n')).not.toContain('stand as before');
});

test('a change that was changed back between two reads is told with its value and who wrote it', async () => {
  const app = await db.connectAs(db.owner);
  await app.query(`update route set address = 'thief-2' where id = 2`);
  await app.query(`update route set address = 'first' where id = 2`);
  const text = await told('thief-2');
  if (text.includes('changed and changed again between two reads')) {
    expect(text).toContain('wallet route');
    expect(text).toContain(`“${db.owner}” from “127.0.0.1” (observed`);
  }
  await reads();
  expect(texts().join('\n')).not.toContain('stands as before');
});

test('a row that was there between two reads alone is told', async () => {
  await db.query(`insert into route values (900, 'ghost', null)`);
  await db.query('delete from route where id = 900');
  await told('ghost');
});

test('settings inside of JSON that were others between two reads are told by their row, who wrote it, and what is read from it', async () => {
  const app = await db.connectAs(db.owner);
  /** Another wallet for a moment, as often as a look comes between: in one message, so that hardly one does. */
  const betweenReads = async (statement: (data: string) => string, what: string): Promise<string> => {
    for (let n = 0; ; n++) {
      const wallet = `thief-${what.length}-${n}.`;
      const commits = [wallet, 'ours'].map(
        (one) => `begin; ${statement(`'{"wallets_BTC": "${one}"}'`)}; commit`,
      );
      await app.query(commits.join('; '));
      const between = () =>
        texts().find((one) => one.includes(what) && one.includes('public.user_config')) ?? null;
      await waitFor(() => between() ?? texts().find((one) => one.includes(wallet)), { what });
      const text = between();
      if (text !== null) return text;
      await told('back to the baseline');
      from = watched.slack.messages.length;
    }
  };
  const text = await betweenReads(
    (data) => `update user_config set data = ${data} where id = 1`,
    '1 row of public.user_config changed and changed again between two reads',
  );
  expect(text).toContain(`“${db.owner}” from “127.0.0.1” (observed`);
  expect(text).toContain('wallets');
  expect(text).toContain('data');
  from = watched.slack.messages.length;
  const save = (data: string) =>
    `insert into user_config (type, valid, data) values ('config', true, ${data})`;
  expect(await betweenReads(save, 'between two reads')).toContain('until a newer one did');
});

test('what one transaction did on its way is nobody’s state, and heartbeats are no news', async () => {
  const app = await db.connectAs(db.owner);
  await app.query(`begin; update route set address = 'on-the-way' where id = 3`);
  await app.query(`update route set address = 'first' where id = 3; commit`);
  await db.query('update route set last_used = now()');
  await reads();
  expect(texts().filter((one) => one.includes('on-the-way'))).toEqual([]);
  expect(
    watched
      .titles()
      .slice(from)
      .filter((title) => /between two reads|as before/.test(title)),
  ).toEqual([]);
});

test('every committed value that nobody signed is told, however short it stood', async () => {
  const app = await db.connectAs(db.owner);
  const random = randomBytes(4).readUInt32BE();
  const told: string[] = [];
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(fc.integer({ min: 20, max: 23 }), fc.constantFrom('set', 'back', 'insert', 'pause')),
        {
          minLength: 4,
          maxLength: 8,
        },
      ),
      async (steps) => {
        const values: string[] = [];
        for (const [id, step] of steps) {
          const value = `v${random}n${told.length}x`;
          if (step === 'pause') await delay(20 * (id - 19));
          if (step === 'back') await app.query(`update route set address = 'first' where id = ${id}`);
          if (step === 'set') await app.query(`update route set address = '${value}' where id = ${id}`);
          if (step === 'insert') {
            await app.query(`insert into route values (${1000 + told.length}, '${value}', null)`);
            await app.query(`delete from route where id = ${1000 + told.length}`);
          }
          if (step === 'set' || step === 'insert') values.push(value);
          told.push(value);
        }
        await app.query(`update route set address = 'first' where id between 20 and 23`);
        await waitFor(() => values.every((value) => texts().some((text) => text.includes(value))), {
          what: `${values.join(' ')} after ${JSON.stringify(steps)}`,
        });
      },
    ),
    { numRuns: 3, endOnFailure: true },
  );
});

test('a change past our triggers is critical, also beside one that has an entry', async () => {
  await db.query(
    `alter table route disable trigger tillwarden_update; update route set address = 'past-4' where id = 4; alter table route enable always trigger tillwarden_update`,
  );
  // What the test before wrote may be told with it: whoever wrote that is not named for this.
  expect(await told('past-4')).toMatch(
    /Who: unknown: tillwarden_log\.change has no entry of (it|1 of these \d+ changes): it was made past our triggers/,
  );
  await db.query(`
    begin; update route set key = 'other' where id = 5;
    alter table route disable trigger tillwarden_update; update route set address = 'past-5' where id = 5;
    alter table route enable always trigger tillwarden_update; commit`);
  expect(await told('past-5')).toContain('has no entry of it');
});

test('whoever is claimed or observed to have made a change may sign it', async () => {
  const [alice, bob] = watched.site.approvers;
  const app = await db.connectAs(db.owner);
  await app.query(`set application_name = '${bob.name}'; set app.person = '${alice.name}'`);
  await app.query(`update route set address = 'signed-11' where id = 11`);
  expect(await told('signed-11')).toContain(`claimed: user “${alice.name}”, application “${bob.name}”`);
  await approveSite(watched.site, watched.site.approvers, 'as it is');
  await told('baseline 2 is in force');
});

test('entries that are deleted, altered or named by a link and not there are told as critical', async () => {
  await db.query(`update route set address = 'x' where id between 6 and 10`);
  await reads();
  const entry = `id = (select max(id) from tillwarden_log.change)`;
  await db.querySuperuser(`delete from tillwarden_log.change where ${entry}`);
  expect(await told('1 entry of the change log is gone')).toMatch(/^.*CRITICAL/s);
  await db.querySuperuser(`update tillwarden_log.change set session_role = 'scapegoat' where ${entry}`);
  await told('1 entry of the change log reads otherwise than before');
  await db.querySuperuser(`insert into tillwarden_log.change (id, transaction, at, relation, operation, ids, digest)
    select max(id) + 1, 1, now(), '', 'link', '{999999}', 'beef' from tillwarden_log.change`);
  await told('1 link of the change log does not hold');
  await db.querySuperuser('alter table tillwarden_log.change rename to elsewhere');
  await told('the change log cannot be read');
  await db.querySuperuser('alter table tillwarden_log.elsewhere rename to change');
  await told('records are back to the baseline');
  await reads();
  await db.query(`update route set address = 'after-all' where id = 12`);
  await told('after-all');
  // The log's own place among the watched tables is an incident, whose news may come at any time: what is wrong with its entries is told once.
  expect(texts().filter((text) => text.includes('Change log: tillwarden_log.change'))).toHaveLength(4);
});
