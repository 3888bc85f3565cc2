import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

/** Valid addresses of Bitcoin. */
const CUSTOMER = 'bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g';
const ANOTHER_CUSTOMER = 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu';
const STRANGER = 'bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh';
const NOTE = 'The same address appears as a customer’s';

let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon;

beforeAll(async () => {
  db = await createTestDatabase();
  for (const address of [CUSTOMER, ANOTHER_CUSTOMER]) await db.query(transaction(address));
  watched = await prepareWatchedSite(db, {
    source: '        customers: { table: public.transaction, column: address }',
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

const transaction = (address: string) =>
  `insert into transaction (terminal_id, crypto_setting_id, direction, fiat_amount, fiat_currency, crypto_amount, address)
   values (1, 1, 'buy', 100, 'EUR', 0.001, '${address}')`;
const pay = async (address: string) => {
  await db.query(`update crypto_setting set sell_wallet_address = '${address}' where id = 1`);
  return slackText(await watched.told(address));
};

test('an alert says that the address a route now pays to is one of a customer, and says it of no other', async () => {
  expect(await pay(CUSTOMER)).toContain(NOTE);
  expect(await pay(STRANGER)).not.toContain(NOTE);
  // Spelled as QR codes have it.
  expect(await pay(CUSTOMER.toUpperCase())).not.toContain('No valid');
  await waitFor(() => watched.count(NOTE) >= 2, { what: 'the note about the other spelling' });
});

test('no address of a customer is kept but the one that the route holds', async () => {
  const files = (await readdir(watched.directory, { recursive: true })).filter((name) =>
    /state|\.jsonl$/.test(name),
  );
  for (const name of files) {
    const bytes = await readFile(join(watched.directory, name)).catch(() => Buffer.alloc(0));
    expect({ name, holds: bytes.includes(ANOTHER_CUSTOMER) }).toEqual({ name, holds: false });
  }
  expect(watched.logged.join('\n')).not.toContain(ANOTHER_CUSTOMER);
});

test('where customers cannot be asked the change is told all the same, and nothing is said of them', async () => {
  await db.query('revoke select (address) on transaction from public');
  await db.querySuperuser(
    `do $$ declare one text; begin for one in select rolname from pg_roles where rolname like 'tillwarden_%' loop
       execute format('revoke select (address) on public.transaction from %I', one); end loop; end $$`,
  );
  expect(await pay(ANOTHER_CUSTOMER)).not.toContain(NOTE);
  await waitFor(() => watched.logged.some((line) => line.includes('customers could not be asked')), {
    what: 'the log to say so',
  });
  expect(
    watched.logged.filter((line) => line.includes('customers could not be asked')).join(''),
  ).not.toContain(ANOTHER_CUSTOMER);
});
