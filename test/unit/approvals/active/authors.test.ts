import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  collectionSnapshot,
  installBaseline,
  proposeBaseline,
  recordLine,
  rootFile,
  sha256Hex,
  trustRootBytes,
  type VerifiedBaseline,
} from '../../../../baselines/index.js';
import { ActiveBaselines } from '../../../../daemon/approvals/active/active-baseline.js';
import { Checkpoints } from '../../../../daemon/approvals/chain-memory.js';
import type { RememberedBaseline } from '../../../../daemon/store/store.js';
import { type Approver, definition, NOW_MS, SITE, signed, trustRoot } from '../../baselines/scene.js';
import { TAKES_NOTHING } from './site-files.js';

/** Anna's own changes of terminals need somebody else. */
const root = trustRootBytes({
  ...trustRoot,
  people: trustRoot.people.map((person) =>
    person.name === 'anna' ? { ...person, accounts: [{ system: 'application', name: 'anna' }] } : person,
  ),
  rules: trustRoot.rules.map((rule) =>
    rule.kinds.includes('terminal') ? { ...rule, notAuthor: true as const } : rule,
  ),
});

let folder: string;
let remembered: RememberedBaseline | null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwarden-authors-'));
  await mkdir(join(folder, 'trust'));
  await writeFile(join(folder, 'trust', rootFile(1)), root);
  remembered = null;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As after a start: nothing is in memory. */
const started = () =>
  new ActiveBaselines({
    trustDirectory: join(folder, 'trust'),
    baselinesDirectory: join(folder, 'baselines'),
    mirrorDirectory: join(folder, 'kept'),
    pin: sha256Hex(root),
    sites: [SITE],
    checkpoints: new Checkpoints({
      folder: join(folder, 'checkpoints'),
      pin: sha256Hex(root),
      verifier: 'test',
    }),
    remembered: () => remembered,
    rememberedRoot: () => null,
    withdrawn: () => new Set(),
    isWithdrawnProposal: () => false,
    clock: () => NOW_MS,
  });

/** A step that holds one terminal for each of these authors. */
async function install(
  parent: VerifiedBaseline | null,
  authors: readonly string[],
  signers: readonly Approver[],
): Promise<VerifiedBaseline | null> {
  const records = authors.map((author, index) =>
    recordLine({ key: [String(index)], fields: new Map([['changed_by', author]]) }),
  );
  const terminals = definition('terminals', 'terminal', { columns: ['changed_by'], author: ['changed_by'] });
  const proposal = proposeBaseline({
    site: SITE,
    parent,
    collections: [collectionSnapshot(terminals, records)],
    reason: 'as reviewed',
    createdMs: NOW_MS,
    expiresMs: NOW_MS + 1_000_000,
  });
  await installBaseline(join(folder, 'baselines'), SITE, signed(proposal, signers), proposal.records);
  return (await started().read(TAKES_NOTHING)).sites.get(SITE)?.active ?? null;
}

test('a step by its own author is refused, and the one before stays', async () => {
  const first = await install(null, ['dan'], ['anna', 'ben']);
  expect((await install(first, ['dan', 'anna'], ['anna']))?.version).toBe(1);
});

test('steps are verified again from the own copy, with the records of those in between', async () => {
  const first = await install(null, ['dan'], ['anna', 'ben']);
  await rm(join(folder, 'kept'), { recursive: true });
  const second = await install(first, ['dan', 'anna'], ['ben']);
  await rm(join(folder, 'kept'), { recursive: true });
  const third = await install(second, ['dan', 'anna', 'dan'], ['anna']);
  expect(third?.version).toBe(3);
  remembered = third && { version: third.version, digest: third.digest };

  await rm(join(folder, 'baselines'), { recursive: true });
  const after = (await started().read(TAKES_NOTHING)).sites.get(SITE);
  expect(after?.active?.version).toBe(3);
  expect(after?.problems.map(({ code }) => code)).toContain('BASELINE_ROLLED_BACK');
});
