import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { FLAVOURS, type MysqlDatabase, type OwnMysql, startOwnMysql } from '../support/mysql/databases.js';
import { prepareMysqlSite } from '../support/mysql/site.js';
import type { WatchedSite } from '../support/watched-site.js';

describe.each(FLAVOURS)('the whole daemon on %s', (flavour) => {
  // Its own: an installation for another account on the same server takes the sensor's procedure away from this one (docs/mysql.md).
  let own: OwnMysql;
  let db: MysqlDatabase;
  let watched: WatchedSite;
  let daemon: Daemon;

  beforeAll(async () => {
    own = await startOwnMysql(flavour);
  });
  afterAll(() => own.close());
  beforeEach(async () => {
    db = await own.createDatabase();
    watched = await prepareMysqlSite(db, { readIntervalMs: 2000 });
    await approveSite(watched.site, watched.site.approvers, 'first');
    daemon = await watched.start();
    await watched.told('baseline 1 is in force');
  });
  afterEach(async () => {
    await daemon.stop();
    await watched.close();
    await db.drop();
  });

  test('tells of a changed wallet, of an administrator, of a terminal and of a trigger', async () => {
    expect(daemon.status().sites[0]?.sources[0]).toMatchObject({ hearing: 'listening' });
    await db.query("UPDATE crypto_setting SET sell_wallet_address = 'bc1qattacker' WHERE id = 1");
    const { text } = await watched.told('bc1qattacker');
    expect(text).toMatch(/^CRITICAL prague-1: 1 wallet route/);
    await db.query(
      `INSERT INTO cas_user (login, password_hash, person_id, group_id) VALUES ('gb', 'x', 1, 1);
       INSERT INTO terminal (serial_number, name, type) VALUES ('BT123456', 'ATM', 'BATMThree')`,
    );
    const admin = await watched.told('“gb”');
    expect(slackText(admin)).not.toContain('“x”');
    await watched.told('“BT123456”');
    await db.queryAdmin(
      `CREATE TRIGGER tidy BEFORE INSERT ON transaction FOR EACH ROW SET NEW.address = 'bc1qattacker2'`,
    );
    const trigger = await watched.told('bc1qattacker2');
    expect(slackText(trigger)).toContain('tidy');
  });
});
