import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import {
  NAMESPACES,
  parseTrustRoot,
  proposeBaseline,
  readSiteDirectory,
  readTrustDirectory,
  removeProposal,
  rootFile,
  sha256Hex,
  signatureFile,
  signWithKey,
  statementFile,
  trustRootBytes,
  verifyChain,
  verifyTrust,
  writeProposal,
} from '../../baselines/index.js';
import type { Daemon } from '../../daemon/app.js';
import { localBackend } from '../../daemon/cli/approve/local-backend.js';
import { loadConfig } from '../../daemon/config/load.js';
import { approveSite, DEMO_SITE } from '../../daemon/demo/site.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';
import { fakeTerminal } from '../unit/cli/fake-terminal.js';

let postgres: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon | null = null;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  db = await postgres.createDatabase();
  watched = await prepareWatchedSite(db, { timing: '  filesIntervalMs: 500' });
  const trust = join(watched.directory, 'trust');
  const bytes = await readFile(join(trust, rootFile(1)));
  const before = parseTrustRoot(bytes);
  const alone = { kinds: [], collections: ['terminals'], threshold: 1, roles: ['operator'] };
  const rules = [...before.rules, alone];
  const next = trustRootBytes({ ...before, version: 2, parent: sha256Hex(bytes), rules });
  for (const { name, privateKey } of watched.site.approvers) {
    const signature = signWithKey({ privateKey, namespace: NAMESPACES.root, message: next });
    await writeFile(join(trust, signatureFile(rootFile(2), name)), signature);
  }
  await writeFile(join(trust, rootFile(2)), next);
  await approveSite(watched.site, watched.site.approvers, 'first');
});
afterAll(async () => {
  await daemon?.stop();
  await watched.close();
  await db.drop();
  await postgres.close();
});

function unresolved(): readonly string[] {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  try {
    return store?.incidents.list({ unresolvedOnly: true }).map(({ topic }) => topic) ?? [];
  } finally {
    store?.close();
  }
}

test('one person who signs a terminal does not close an incident whose wallet change two must answer for', async () => {
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
  const route = (address: unknown) =>
    db.query(`update crypto_setting set sell_wallet_address = '${String(address)}' where id = 1`);
  const [row] = await db.query('select sell_wallet_address as address from crypto_setting where id = 1');
  await route('bc1qthief');
  await watched.told('bc1qthief');
  await route(row?.['address']);
  await watched.told('back to the baseline');
  await db.query(`update terminal set name = 'moved' where id = 7`);
  await watched.told('“moved”');

  const [alice] = watched.site.approvers;
  if (alice === undefined) throw new Error('there is no approver');
  await approveSite(watched.site, [alice], 'a terminal', ({ collection }) => collection === 'terminals');
  await watched.told('baseline 2 is in force');
  expect(unresolved()).toEqual(['drift']);

  await approveSite(watched.site, watched.site.approvers, 'reviewed by both');
  await watched.told('resolved: people signed a baseline after critical changes had been reverted');
  expect(unresolved()).toEqual([]);
});

test('a proposal that one person leaves in the directory is told to all once, and so is that it was taken away', async () => {
  const { baselines } = loadConfig(watched.site.configFile, 'none');
  const trust = await readTrustDirectory(join(watched.directory, 'trust'));
  const { root } = loadConfig(watched.site.configFile, 'none').trust;
  const { documents, records } = await readSiteDirectory(baselines.directory, DEMO_SITE);
  const nowMs = Date.now();
  const verified = verifyTrust(trust.documents, root);
  const { head } = verifyChain({ trust: verified, site: DEMO_SITE, documents, records, nowMs });
  const proposal = proposeBaseline({
    ...{ site: DEMO_SITE, parent: head, collections: [...(head?.collections.values() ?? [])] },
    ...{ reason: 'renewed', createdMs: nowMs, expiresMs: nowMs + 100 * 86_400_000 },
  });
  const [alice] = watched.site.approvers;
  if (alice === undefined) throw new Error('there is no approver');
  const { version } = proposal.statement;
  const text = signWithKey({
    ...{ privateKey: alice.privateKey, namespace: NAMESPACES.baseline, message: proposal.bytes },
  });
  const signature = { file: signatureFile(statementFile(version), 'alice'), text };
  await writeProposal(baselines.directory, DEMO_SITE, proposal, [signature]);
  const title = `baseline ${version} is proposed, signed by alice, and waits for others`;
  await watched.told(title);
  await removeProposal(baselines.directory, DEMO_SITE);
  await watched.told(`the proposal of baseline ${version} is not there any more`);
  expect(watched.count(title)).toBe(1);
});

test('“hostile” said on the machine of the daemon is told to all, stands in the incident, and is shown to whoever signs next', async () => {
  const change = (name: string) => db.query(`update terminal set name = '${name}' where id = 8`);
  await change('rogue');
  await watched.told('“rogue”');
  const printed = () => {
    const store = openStoreReadOnly(join(watched.directory, 'state'));
    const found = store?.findings.open(DEMO_SITE) ?? [];
    const rejected = store?.findings.openRejections(DEMO_SITE) ?? [];
    store?.close();
    return { found, rejected };
  };
  const [finding] = printed().found;
  if (finding === undefined) throw new Error('there is no finding');
  const config = loadConfig(watched.site.configFile, 'sources');
  const terminal = fakeTerminal();
  const context = { terminal, env: {}, configFile: watched.site.configFile, clock: Date.now };
  expect(await localBackend(context, config, DEMO_SITE).reject([finding.fingerprint])).toEqual({
    withinMs: 500,
  });
  await watched.told(`calls 1 change of incident ${finding.incident} hostile`);
  const person = expect.stringMatching(/^[a-z0-9-]+-uid-\d+$/);
  expect(printed().rejected).toEqual([
    { fingerprint: finding.fingerprint, person, atMs: expect.any(Number) },
  ]);
  // Whoever signs next sees it, also one who may not read the daemon's state.
  const withoutState = { ...config, stateDirectory: join(watched.directory, 'nothing-here') };
  const { hostile } = await localBackend(context, withoutState, DEMO_SITE).observe(new Map());
  expect(hostile).toEqual([{ fingerprint: finding.fingerprint, person, atMs: expect.any(Number) }]);
  await change('moved again');
  await watched.told('“moved again”');
  expect(watched.count('calls 1 change of incident')).toBe(1);
});

test('a trigger that marks every alert as delivered, put into the state under the running daemon, is told around the queue', async () => {
  const state = new DatabaseSync(join(watched.directory, 'state', 'state.sqlite'));
  state.exec(
    "create trigger quiet after insert on outbox begin update outbox set state = 'delivered' where id = new.id; end",
  );
  await watched.told('somebody altered how the state store is built');
  expect(daemon?.status().degraded.join()).toContain('somebody altered how the state store is built');
  expect((await fetch(`${daemon?.url}/healthz`)).status).toBe(503);
  state.exec('drop trigger quiet');
  state.close();
  await watched.told('the state store can be written again');
});
