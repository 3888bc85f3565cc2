import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  NAMESPACES,
  parseTrustRoot,
  rootFile,
  sha256Hex,
  signatureFile,
  signWithKey,
  siteDirectory,
  trustRootBytes,
} from '../../baselines/index.js';
import type { Daemon } from '../../daemon/app.js';
import { stateBackup } from '../../daemon/cli/archive/backup.js';
import { stateRestore } from '../../daemon/cli/archive/restore.js';
import { runStatus } from '../../daemon/cli/site/status.js';
import { runVerify } from '../../daemon/cli/site/verify.js';
import { loadConfig } from '../../daemon/config/load.js';
import { approveSite, DEMO_SITE } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';
import { fakeTerminal } from '../unit/cli/fake-terminal.js';

let postgres: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon | null = null;

const at = (...names: string[]) => join(watched.directory, ...names);
const command = () => {
  const terminal = fakeTerminal();
  return { terminal, env: {}, configFile: watched.site.configFile, clock: Date.now };
};
const stop = async () => {
  await daemon?.stop();
  daemon = null;
};
/** Removes trust root 2, its signatures with it, from a folder. */
const withoutRoot2 = async (folder: string) => {
  for (const file of await readdir(folder)) if (file.startsWith('root.000002')) await rm(join(folder, file));
};
const mirroredTrust = async () => {
  const [pin = ''] = await readdir(at('state', 'approved', 'trust'));
  return at('state', 'approved', 'trust', pin);
};

beforeAll(async () => {
  postgres = await startOwnPostgres();
  db = await postgres.createDatabase();
  watched = await prepareWatchedSite(db, { timing: '  filesIntervalMs: 500' });
  await approveSite(watched.site, watched.site.approvers, 'first');
});
afterAll(async () => {
  await stop();
  await watched.close();
  await db.drop();
  await postgres.close();
});

test('one address edited inside a signed records file is told while the daemon runs, although size and time stay the same', async () => {
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
  const folder = siteDirectory(loadConfig(watched.site.configFile, 'none').baselines.directory, DEMO_SITE);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.jsonl'));
  let edited = '';
  let whole = Buffer.alloc(0);
  for (const file of files) {
    const bytes = await readFile(join(folder, file));
    if (!bytes.includes('bc1q')) continue;
    [edited, whole] = [join(folder, file), bytes];
  }
  await writeFile(edited, whole.toString('latin1').replace('bc1q', 'bc1p'), 'latin1');
  await utimes(edited, new Date(0), new Date(0));
  const message = slackText(await watched.told('BASELINE_RECORDS_DIGEST'));
  expect(message).toContain('were changed in the baseline directory since they were signed');
  expect(message).toContain(`in ${folder}; `);
  expect(message).toContain(join('approved', 'baselines', DEMO_SITE));

  const status = command();
  await runStatus(status, {});
  const text = status.terminal.lines.join('\n');
  expect(text).toContain('NOT AS SIGNED');
  expect(text).toContain('BASELINE_RECORDS_DIGEST');
  expect(text).not.toContain('its files are gone');
  await writeFile(edited, whole);
});

test('a trust root that was in force never gives way to an older one: not by deleting, not by a backup, not by both', async () => {
  const trust = at('trust');
  await stop();
  expect(await stateBackup(command(), at('before.tar.gz'))).toBe(0);
  const bytes = await readFile(join(trust, rootFile(1)));
  const before = parseTrustRoot(bytes);
  const next = trustRootBytes({ ...before, version: 2, parent: sha256Hex(bytes) });
  for (const { name, privateKey } of watched.site.approvers) {
    const signature = signWithKey({ privateKey, namespace: NAMESPACES.root, message: next });
    await writeFile(join(trust, signatureFile(rootFile(2), name)), signature);
  }
  await writeFile(join(trust, rootFile(2)), next);
  daemon = await watched.start();
  await watched.told('trust root 2 is in force');
  await stop();

  // The backup holds the root, and restoring it brings the root back.
  expect(await stateBackup(command(), at('after.tar.gz'))).toBe(0);
  expect(execFileSync('tar', ['tzf', at('after.tar.gz')], { encoding: 'utf8' })).toMatch(
    /approved\/trust\/[0-9a-f]{16}\/root\.000002\.json/,
  );
  // An older backup over the newer state does not lower it.
  const restore = command();
  expect(await stateRestore(restore, at('before.tar.gz'), { force: true })).toBe(0);
  expect(restore.terminal.lines.join('\n')).toContain('trust root 2, newer than in the backup');
  expect(await readdir(await mirroredTrust())).toContain('root.000002.json');

  // Without the file, and without the copy: nothing older takes its place, and the baseline in force is compared on.
  await withoutRoot2(trust);
  await withoutRoot2(await mirroredTrust());
  const verify = command();
  expect(await runVerify(verify, undefined, {})).not.toBe(0);
  expect(verify.terminal.lines.join('\n')).toContain('BASELINE_TRUST_ROLLED_BACK');
  daemon = await watched.start();
  const message = await watched.told('BASELINE_TRUST_ROLLED_BACK');
  expect(message.text).toMatch(/CRITICAL/);
  expect(slackText(message)).toContain('Trust root 2 was in force, and the files lead to root 1 only');
  expect(daemon.status().sites[0]?.baseline).toMatchObject({ version: 1 });
});
