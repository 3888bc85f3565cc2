import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon | null = null;

beforeAll(async () => {
  db = await createTestDatabase();
  watched = await prepareWatchedSite(db);
});
afterAll(async () => {
  await daemon?.stop();
  await watched.close();
  await db.drop();
});

test('a rule of containment that its account does not let act shows as degraded from the start on, and everything is watched', async () => {
  const contain = await db.createRole('contain');
  await db.query(`GRANT USAGE ON SCHEMA public TO ${contain};
    GRANT SELECT (active, type), UPDATE (active, name) ON public.terminal TO ${contain}`);
  const url = join(watched.directory, 'url');
  await writeFile(url, `${db.urlAs(contain)}\n`, { mode: 0o600 });
  await appendFile(
    watched.site.configFile,
    `containment:
  brakeFile: ${join(watched.directory, 'brake')}
  actions:
    - name: terminals-off
      dryRun: false
      kinds: [wallet-route]
      sites: [prague-1]
      sql:
        database: postgres
        urlFile: ${url}
        table: public.terminal
        column: active
        value: 'false'
        where: [{ column: type, value: BATMTwoWay }]
        mostRows: 3
`,
  );
  await approveSite(watched.site, watched.site.approvers, 'first');
  const started = await watched.start();
  daemon = started;
  const found = () => started.status().degraded.find((one) => one.includes('CONTAINMENT_CANNOT_ACT'));
  const words = await waitFor(found, { what: 'the rule to be looked at' });
  expect(words).toMatch(
    /^containment terminals-off \(ARMED\): CONTAINMENT_CANNOT_ACT: the role may UPDATE .*docs\/containment\.md/,
  );
  await waitFor(() => watched.logged.some((line) => line.includes('a rule of containment could not act')), {
    what: 'it to be logged',
  });
  await db.query("update crypto_setting set sell_wallet_address = 'bc1qattacker' where id = 1");
  await watched.told('bc1qattacker');
});
