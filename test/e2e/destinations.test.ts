import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { sourceKinds } from '../../daemon/sources/index.js';
import { FakeSystem } from '../support/fake-source.js';
import { prepareSiteAround, type WatchedSite } from '../support/watched-site.js';

const OURS = 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu';
const SECOND = 'bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g';
const THIEF = 'bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh';

const system = new FakeSystem();
let watched: WatchedSite;
let daemon: Daemon;

const pay = (address: string) => {
  system.tables.set('book.route', [{ id: '1', address }]);
  system.hint({ type: 'changed', collections: ['wallet_routes'] });
};

beforeAll(async () => {
  system.tables.set('book.route', [{ id: '1', address: OURS }]);
  const kinds = new Map([...system.kinds, ...sourceKinds]);
  watched = await prepareSiteAround('ledger://reader:s3cr3t@books/1', {
    sourceKinds: kinds,
    sources: `
      - kind: ledger
        name: cas
        url_file: ./secrets/cas_url
        hints: notify
        collections:
          - { name: wallet_routes, kind: wallet-route, table: book.route, key: [id], columns: [address] }
      - { kind: book, name: own, bookFile: book.csv }`,
    readIntervalMs: 500,
  });
  writeFileSync(join(watched.directory, 'book.csv'), `value,label\n${OURS},cold\n${SECOND},hot\n`);
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
});
afterAll(async () => {
  await daemon.stop();
  await watched.close();
});

test('an alert says whether a changed route pays to an address of the signed book', async () => {
  pay(THIEF);
  const strange = await watched.told('to an address that is not in your book');
  expect(slackText(strange)).toContain('Not in your address book.');
  pay(SECOND);
  expect(slackText(await watched.told('In your address book: hot.'))).toContain(SECOND);
});

test('an address written into the file makes nothing known, and is told itself', async () => {
  writeFileSync(
    join(watched.directory, 'book.csv'),
    `value,label\n${OURS},cold\n${SECOND},hot\n${THIEF},exchange\n`,
  );
  await watched.told('1 new entry of your address book');
  const before = watched.count('Not in your address book.');
  pay(OURS);
  await watched.told('back to the baseline');
  pay(THIEF);
  await watched.told('Not in your address book.');
  expect(watched.count('Not in your address book.')).toBeGreaterThanOrEqual(before);
});
