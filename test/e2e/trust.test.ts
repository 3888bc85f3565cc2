import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  NAMESPACES,
  parseTrustRoot,
  publicKeyOf,
  rootFile,
  sha256Hex,
  signatureFile,
  signWithKey,
  trustRootBytes,
} from '../../baselines/index.js';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

let postgres: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon | null = null;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  db = await postgres.createDatabase();
  watched = await prepareWatchedSite(db);
  await approveSite(watched.site, watched.site.approvers, 'first');
});
afterAll(async () => {
  await daemon?.stop();
  await watched.close();
  await db.drop();
  await postgres.close();
});

test('a new trust root is told with who comes and what is needed, although the daemon was off meanwhile', async () => {
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
  await daemon.stop();
  daemon = null;

  const trust = join(watched.directory, 'trust');
  const bytes = await readFile(join(trust, rootFile(1)));
  const before = parseTrustRoot(bytes);
  const carol = publicKeyOf(generateKeyPairSync('ed25519').publicKey).line;
  const next = trustRootBytes({
    ...before,
    version: 2,
    parent: sha256Hex(bytes),
    people: [...before.people, { name: 'carol', roles: ['operator'], keys: [carol] }],
    rules: [
      ...before.rules,
      { kinds: [], collections: ['terminals'], threshold: 1, roles: ['operator'], notAuthor: true },
    ],
  });
  for (const { name, privateKey } of watched.site.approvers) {
    const signature = signWithKey({ privateKey, namespace: NAMESPACES.root, message: next });
    await writeFile(join(trust, signatureFile(rootFile(2), name)), signature);
  }
  await writeFile(join(trust, rootFile(2)), next);

  daemon = await watched.start();
  const message = slackText(await watched.told('trust root 2 is in force, signed by alice and bob'));
  expect(message).toContain('adds carol (operator)');
  expect(message).toContain(
    '1 of operator for the collections terminals, not counting whoever made the change',
  );
  expect(message).not.toContain('removes');
});
