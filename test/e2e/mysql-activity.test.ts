import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { authorsBetween } from '../../baselines/index.js';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { sourceKinds } from '../../daemon/sources/index.js';
import { sourceKindOf } from '../../daemon/sources/source-kind.js';
import { createMysqlDatabase, FLAVOURS, type MysqlDatabase } from '../support/mysql/databases.js';
import { prepareMysqlSite } from '../support/mysql/site.js';
import { install, openMysqlSourceAs, readerAccount, table } from '../support/mysql/source.js';
import { waitFor } from '../support/wait.js';
import type { WatchedSite } from '../support/watched-site.js';

describe.each(FLAVOURS)('who changed a setting on %s', (flavour) => {
  let db: MysqlDatabase;
  let watched: WatchedSite;
  let daemon: Daemon;

  beforeAll(async () => {
    db = await createMysqlDatabase(flavour);
    await db.query(`
      CREATE TABLE route (id INT PRIMARY KEY, address VARCHAR(40) NOT NULL) ENGINE=InnoDB;
      INSERT INTO route VALUES (1, 'first'), (2, 'first'), (3, 'first');
      CREATE TABLE app_user (username VARCHAR(40) CHARACTER SET latin1 PRIMARY KEY, seen DATETIME(6), place VARCHAR(45)) ENGINE=InnoDB;
      INSERT INTO app_user VALUES ('Žofie', NULL, NULL), ('carol', UTC_TIMESTAMP() - INTERVAL 1 HOUR, '198.51.100.1')`);
    watched = await prepareMysqlSite(db, {
      collections: `
          - { name: routes, kind: wallet-route, table: ${db.name}.route, key: [id], columns: [address] }`,
      source: `        activity: { table: ${db.name}.app_user, user: username, time: seen, address: place }`,
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

  test('is told: nobody was logged in, or whoever was, or nothing where the table is gone', async () => {
    await db.query("UPDATE route SET address = 'second' WHERE id = 1");
    const nobody = slackText(await watched.told('second'));
    expect(nobody).toContain('nobody was logged in: command line or SQL');
    expect(nobody).toContain(`inferred: nobody was active within 1 min by ${db.name}.app_user`);

    await db.query(
      "UPDATE app_user SET seen = UTC_TIMESTAMP(6), place = '203.0.113.9' WHERE username = 'Žofie'",
    );
    await db.query("UPDATE route SET address = 'third' WHERE id = 2");
    const told = slackText(await watched.told('third'));
    expect(told).toContain('probably “Žofie” from “203.0.113.9”');
    expect(told).toMatch(/inferred: active .*before it was read, nobody else within 1 min, by .*\.app_user/);
    expect(told.split('\n')[0]).not.toContain('Žofie');

    await db.query('RENAME TABLE app_user TO app_user_gone');
    await db.query("UPDATE route SET address = 'fourth' WHERE id = 3");
    expect(slackText(await watched.told('fourth'))).toContain(
      'unknown: what is read does not say who wrote it',
    );
  });
});

describe.each(FLAVOURS)('activity on %s', (flavour) => {
  let db: MysqlDatabase;
  const people = () =>
    table(db, 'person', ['login'], ['moment', 'utc', 'place', 'changed_by'], { author: ['changed_by'] });

  beforeAll(async () => {
    db = await createMysqlDatabase(flavour);
    await db.query(`
      CREATE TABLE person (login VARCHAR(2000) CHARACTER SET latin1 NOT NULL, moment TIMESTAMP(6) NULL, utc DATETIME(6), place VARCHAR(45),
        changed_by VARCHAR(40)) ENGINE=InnoDB ROW_FORMAT=DYNAMIC;
      INSERT INTO person (login) VALUES ('Žofie'), (REPEAT('é', 2000)), ('never')`);
    await install(db, [people()]);
  });
  afterAll(async () => db.drop());

  const open = (time: string, more: object = {}) =>
    openMysqlSourceAs(db.urlAs(readerAccount(db)), [people()], {
      activity: { table: `${db.name}.person`, user: 'login', time, address: 'place', ...more },
    });

  test('is reckoned in UTC: a TIMESTAMP is a moment, and a DATETIME of another zone makes it unknown', async () => {
    await db.query(`SET SESSION time_zone = '+05:00';
      UPDATE person SET moment = NOW(6), utc = NOW(6) WHERE login = 'Žofie';
      UPDATE person SET moment = NOW(6) - INTERVAL 20 SECOND, place = '' WHERE login LIKE 'é%';
      SET SESSION time_zone = DEFAULT`);
    const moments = await open('moment');
    const local = await open('utc');
    try {
      const seen = await moments.source.activity?.();
      expect(seen?.users).toEqual([
        { user: 'Žofie', address: null, agoMs: expect.any(Number) },
        { user: 'é'.repeat(1024), address: null, agoMs: expect.any(Number) },
      ]);
      expect(seen?.users[0]?.agoMs).toBeLessThan(3_600_000);
      expect(seen?.users[1]?.agoMs).toBeGreaterThanOrEqual(20_000);
      expect(await local.source.activity?.()).toBeNull();
      await db.query('UPDATE person SET utc = UTC_TIMESTAMP(6)');
      expect((await local.source.activity?.())?.users).toHaveLength(3);
    } finally {
      await moments.close();
      await local.close();
    }
  });

  test('of a column that is no time, of a view and of a table that somebody locks, nobody is named; the source is read all the same', async () => {
    await db.query('CREATE VIEW people AS SELECT * FROM person');
    await db.queryAdmin(`GRANT SELECT ON ${db.name}.people TO '${readerAccount(db)}'@'127.0.0.1'`);
    const text = await open('changed_by');
    const view = await open('moment', { table: `${db.name}.people` });
    const locked = await open('moment');
    const holder = await db.connectAs(db.owner);
    try {
      expect(await text.source.activity?.()).toBeNull();
      expect(text.logged.join()).toContain('is neither a TIMESTAMP nor a DATETIME');
      expect(await view.source.activity?.()).toBeNull();
      expect(view.logged.join()).toContain('it is not a plain table');
      await holder.query('LOCK TABLES person WRITE');
      await waitFor(
        async () => {
          expect(await locked.source.activity?.()).toBeNull();
          return /the time limit passed \(error (?:1969|3024)\)/.test(locked.logged.join());
        },
        { what: "the server's own limit of such a statement to pass" },
      );
      await holder.query('UNLOCK TABLES');
      expect(await locked.records('person')).toHaveLength(3);
      expect(await locked.source.activity?.()).not.toBeNull();
    } finally {
      await holder.end();
      await text.close();
      await view.close();
      await locked.close();
    }
  });

  test('is asked for by doctor where it may not be read, and lacks nothing that is needed', async () => {
    const kind = sourceKindOf(sourceKinds, 'mysql');
    const activity = { table: `${db.name}.person`, user: 'login', time: 'secret_time' };
    const url = db.urlAs(readerAccount(db));
    const examined = await kind.examine?.(
      { site: 'prague-1', name: 'cas', collections: [people()], fingerprintKey: null, log: () => undefined },
      kind.configSchema.parse({ kind: 'mysql', name: 'cas', url, activity }),
    );
    expect(examined).toMatchObject({
      shortfalls: [{ what: expect.stringContaining('"secret_time"'), needed: false }],
    });
    const wrong = new URL(url);
    wrong.password = 'not-it';
    const refused = await kind.examine?.(
      { site: 'prague-1', name: 'cas', collections: [people()], fingerprintKey: null, log: () => undefined },
      kind.configSchema.parse({ kind: 'mysql', name: 'cas', url: wrong.href }),
    );
    expect(refused).toMatchObject({
      denied: true,
      detail: expect.stringMatching(
        /^127\.0\.0\.1:\d+: the server refused the login .* of "\w+" to database "/,
      ),
    });
  });

  test('leaves what is read alone, and the author of a change is read from its column', async () => {
    const { source, read, close } = await open('moment');
    try {
      const before = await read('person');
      await db.query("UPDATE person SET changed_by = 'anna' WHERE login = 'never'");
      const after = await read('person');
      if (!before.readable || !after.readable) throw new Error('person is unreadable');
      expect([...authorsBetween(before.snapshot, after.snapshot)]).toEqual(['anna']);
      expect((await source.read()).collections.size).toBe(2);
    } finally {
      await close();
    }
  });
});
