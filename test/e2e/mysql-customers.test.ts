import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { createMysqlDatabase, FLAVOURS, type MysqlDatabase } from '../support/mysql/databases.js';
import { prepareMysqlSite } from '../support/mysql/site.js';
import { waitFor } from '../support/wait.js';
import type { WatchedSite } from '../support/watched-site.js';

/** Valid addresses of Bitcoin. */
const CUSTOMER = 'bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g';
const ANOTHER_CUSTOMER = '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy';
const STRANGER = 'bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh';
/** Of a customer but for one letter, which is another account. */
const OTHER_CASE = '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2';
const NOTE = 'The same address appears as a customer’s';

describe.each(FLAVOURS)('an address that a route now pays to, on %s', (flavour) => {
  let db: MysqlDatabase;
  let watched: WatchedSite;
  let daemon: Daemon;

  beforeAll(async () => {
    db = await createMysqlDatabase(flavour);
    await db.query(`
      CREATE TABLE route (id INT PRIMARY KEY, address VARCHAR(90) NOT NULL) ENGINE=InnoDB;
      INSERT INTO route VALUES (1, 'first');
      CREATE TABLE payment (id INT PRIMARY KEY, paid_to VARCHAR(90) CHARACTER SET latin1, KEY (paid_to)) ENGINE=InnoDB;
      INSERT INTO payment VALUES (1, '${CUSTOMER}'), (2, '${OTHER_CASE.toLowerCase()}'), (3, NULL), (4, '${ANOTHER_CUSTOMER}')`);
    watched = await prepareMysqlSite(db, {
      collections: `
          - { name: routes, kind: wallet-route, table: ${db.name}.route, key: [id], columns: [address] }`,
      source: `        customers: { table: ${db.name}.payment, column: paid_to }`,
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

  const pay = async (address: string) => {
    await db.query(`UPDATE route SET address = '${address}' WHERE id = 1`);
    return slackText(await watched.told(address));
  };

  test('is told as one of a customer, and no other is, whatever the collation takes for equal', async () => {
    expect(await pay(CUSTOMER)).toContain(NOTE);
    expect(await pay(STRANGER)).not.toContain(NOTE);
    expect(await pay(OTHER_CASE)).not.toContain(NOTE);
  });

  test('is told all the same where customers cannot be asked, and nothing is said of them', async () => {
    await db.query('RENAME TABLE payment TO payment_gone');
    await db.query(`UPDATE route SET address = 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu' WHERE id = 1`);
    expect(slackText(await watched.told('bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu'))).not.toContain(NOTE);
    await waitFor(() => watched.logged.some((line) => line.includes('customers could not be asked')), {
      what: 'a word in the log',
    });
    await db.query('CREATE VIEW payment AS SELECT * FROM payment_gone');
    expect(await pay(ANOTHER_CUSTOMER)).not.toContain(NOTE);
  });
});
