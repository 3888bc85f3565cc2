import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  NAMESPACES,
  removeProposal,
  sha256Hex,
  signatureFile,
  signWithKey,
  statementFile,
  writeProposal,
} from '../../../baselines/index.js';
import { NO_GUIDANCE } from '../../../daemon/alerts/runbook.js';
import { allDefinitions } from '../../../daemon/approvals/active/definitions.js';
import type { Submission } from '../../../daemon/approvals/approval-backend.js';
import type { SubmissionAssembly, SubmissionSite } from '../../../daemon/approvals/submission-notes.js';
import { Submissions } from '../../../daemon/approvals/submissions.js';
import { Comparison } from '../../../daemon/policy/comparison.js';
import { quote } from '../../../notifiers/index.js';
import { claim } from '../../support/deliver.js';
import { temporaryStore } from '../../support/temporary-store.js';
import {
  type Approver,
  admins,
  collection,
  extended,
  headOf,
  keys,
  NOW_MS,
  noChain,
  propose,
  rootDocument,
  SITE,
  terminals,
} from '../baselines/scene.js';

const DAY_MS = 86_400_000;

let folder: string;
let kept: ReturnType<typeof temporaryStore>;
let woken: number;
let installed: number;
let submissions: Submissions;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwarden-submissions-'));
  await mkdir(join(folder, 'trust'));
  await writeFile(join(folder, 'trust', rootDocument.file), rootDocument.bytes);
  kept = temporaryStore();
  woken = 0;
  installed = 0;
  submissions = new Submissions({
    assembly: () => ASSEMBLY,
    store: kept.store,
    clock: () => NOW_MS,
    onInstalled: () => {
      installed += 1;
    },
  });
});
afterEach(async () => {
  kept.remove();
  await rm(folder, { recursive: true, force: true });
});

/** The terminals are signed, and not configured any more. */
const SITE_OF_ADMINS: SubmissionSite = {
  name: SITE,
  config: {
    name: SITE,
    timeZone: 'UTC',
    guidance: NO_GUIDANCE,
    sources: [
      {
        kind: 'memory',
        name: 'cas',
        settings: {},
        config: {},
        collections: [admins.definition],
        personal: [],
        touchOff: [],
        definitions: [admins.definition],
      },
    ],
  },
  active: () => null,
  readings: () => new Map([['admins', { readable: true, snapshot: admins }]]),
  definitions: () => allDefinitions([admins.definition], headOf(extended(noChain, propose(null)))),
};

const ASSEMBLY: SubmissionAssembly = {
  get config() {
    return {
      trust: { directory: join(folder, 'trust'), root: sha256Hex(rootDocument.bytes) },
      baselines: { directory: join(folder, 'baselines') },
      timing: {
        readIntervalMs: 30_000,
        filesIntervalMs: 30_000,
        unknownGraceMs: 60_000,
        proposalMaxAgeMs: 2 * DAY_MS,
        flapWindowMs: 600_000,
      },
      messages: { showPersonal: true },
    };
  },
  sites: [SITE_OF_ADMINS],
  routes: [{ name: 'ops', parts: ['message'] }],
  outbox: {
    wake: () => {
      woken += 1;
    },
  },
};

function ours() {
  const site = submissions.of(SITE);
  if (site === null) throw new Error('the site is configured');
  return site;
}

function handedIn(by: Approver): Submission {
  const { bytes, records } = PROPOSAL;
  const signature = signWithKey({ privateKey: keys[by], namespace: NAMESPACES.baseline, message: bytes });
  return { bytes, records, signature };
}
const PROPOSAL = propose(null);

/** Types of what was journaled, in order; of the alerts enqueued with it their types. */
const journaled = () =>
  kept.store.journal.entries(0, 100).map(({ type, body }) => {
    const { alertType = '' }: { alertType?: string } = JSON.parse(body);
    return type === 'alert-enqueued' ? alertType : type;
  });

describe('a submission', () => {
  test('that waits for more signatures is journaled and told in one transaction', async () => {
    const { installed: isInstalled, signers } = await ours().submit('anna-laptop', handedIn('anna'));
    expect({ isInstalled, signers }).toEqual({ isInstalled: false, signers: ['anna'] });
    expect(journaled()).toEqual(['proposal-signed', 'proposal-waits']);
    expect({ woken, installed }).toEqual({ woken: 1, installed: 0 });
  });

  test('that completes the signatures is installed, journaled, and looked at; its announcement is that of taking effect', async () => {
    await ours().submit('anna-laptop', handedIn('anna'));
    await ours().submit('ben-laptop', handedIn('ben'));
    expect(journaled().slice(2)).toEqual(['proposal-signed']);
    expect({ woken, installed }).toEqual({ woken: 1, installed: 1 });
    expect((await ours().files.approval()).head?.version).toBe(1);
  });

  test('that does not count is refused and journaled with its code and whose token it was', async () => {
    const { bytes, records } = PROPOSAL;
    const submission = {
      bytes,
      records,
      signature: handedIn('anna').signature.replace(/.{8}\n-----END/, 'AAAAAAAA\n-----END'),
    };
    await expect(ours().submit('mallory', submission)).rejects.toMatchObject({ name: 'BaselineError' });
    const [entry] = kept.store.journal.entries(0, 100);
    expect(entry?.type).toBe('proposal-refused');
    expect(entry?.body).toContain('mallory');
    expect(woken).toBe(0);
  });

  test('that comes while another is under way waits for it: both signatures count', async () => {
    await Promise.all([ours().submit('a', handedIn('anna')), ours().submit('b', handedIn('ben'))]);
    expect(installed).toBe(1);
  });

  test('that is withdrawn is journaled and told once', async () => {
    await ours().submit('anna-laptop', handedIn('anna'));
    expect(await ours().withdraw('anna-laptop')).toBe(true);
    expect(await ours().withdraw('anna-laptop')).toBe(false);
    expect(journaled().slice(2)).toEqual(['proposal-ended', 'proposal-ended']);
  });
});

describe('a proposal that was withdrawn', () => {
  const signed = (by: Approver) => ({
    file: signatureFile(statementFile(1), by),
    text: handedIn(by).signature,
  });
  const leave = (...by: readonly Approver[]) =>
    writeProposal(join(folder, 'baselines'), SITE, PROPOSAL, by.map(signed));
  const log = { warn: () => undefined };
  const how = () =>
    kept.store.journal
      .entries(0, 100)
      .flatMap(({ type, body }) => (type === 'proposal-ended' ? [JSON.parse(body).how] : []));
  const refused = { code: 'BASELINE_PROPOSAL_WITHDRAWN' };

  test('is refused when it is handed in again, with an old signature or a new one', async () => {
    await ours().submit('anna-laptop', handedIn('anna'));
    await ours().withdraw('anna-laptop');
    await expect(ours().submit('mallory', handedIn('anna'))).rejects.toMatchObject(refused);
    await expect(ours().submit('ben-laptop', handedIn('ben'))).rejects.toMatchObject(refused);
    expect(journaled().slice(-1)).toEqual(['proposal-refused']);
  });

  test('and is put back with all its signatures is cleared away and told, and not installed', async () => {
    await ours().submit('anna-laptop', handedIn('anna'));
    await ours().withdraw('anna-laptop');
    await leave('anna', 'ben');
    await ours().settle();
    expect(how()).toEqual(['withdrawn', 'BASELINE_PROPOSAL_WITHDRAWN']);
    expect((await ours().files.approval()).head).toBeNull();
    expect(await ours().files.pendingDigest()).toBeNull();
  });

  test('by hand, in the directory itself, counts as little when it comes back, also after a restart', async () => {
    await leave('anna');
    await submissions.noticeAll(log);
    await removeProposal(join(folder, 'baselines'), SITE);
    await submissions.noticeAll(log);
    expect(how()).toEqual(['gone']);
    await leave('anna');
    await submissions.noticeAll(log);
    await submissions.noticeAll(log);
    expect(how()).toEqual(['gone', 'BASELINE_PROPOSAL_WITHDRAWN']);
    await expect(ours().submit('ben-laptop', handedIn('ben'))).rejects.toMatchObject(refused);
  });
});

describe('rejecting changes', () => {
  /** An open change of the terminals, which are signed and not configured any more. Returns its fingerprint. */
  function openChange(): string {
    const snapshot = collection('terminals', 'terminal', [['BT300001', 'Brno']]);
    const comparison = new Comparison(SITE, [terminals.definition], { rules: [], unknownGraceMs: 0 });
    const { conditions } = comparison.compare(
      new Map([['terminals', terminals]]),
      new Map([['terminals', { readable: true, snapshot }]]),
    );
    const [condition] = conditions;
    if (condition === undefined) throw new Error('a difference is a condition');
    kept.store.transaction((tx) => {
      const incident = tx.incidents.create({ site: SITE, topic: 'drift', severity: 'high' }, NOW_MS);
      tx.findings.add({ incident: incident.id, site: SITE, condition, notified: true }, NOW_MS);
      tx.incidents.refresh(incident.id);
    });
    return condition.fingerprint;
  }

  test('marks those that are open, counts the others, and tells it once', () => {
    const fingerprint = openChange();
    const outcome = ours().reject('anna-laptop', [fingerprint, 'f'.repeat(64)]);
    expect(outcome).toMatchObject({ incidents: [expect.any(String)], unknown: 1 });
    ours().reject('anna-laptop', [fingerprint]);
    expect(journaled()).toEqual(['changes-rejected', 'changes-rejected']);
    expect(ours().observed().hostile).toMatchObject([{ fingerprint, person: 'anna-laptop' }]);
  });

  test('names the columns of a collection that is signed and not configured any more', () => {
    ours().reject('anna-laptop', [openChange()]);
    const content = claim(kept.store, 'ops', NOW_MS)?.content;
    const told = content?.role === 'notice' ? content.alert : null;
    expect(told?.changes[0]?.key.map(({ name, value }) => [name, quote(value, 20)])).toEqual([
      ['id', '“BT300001”'],
    ]);
  });
});

test('what is observed is defined as it is configured: a new baseline is made of nothing else', () => {
  expect(ours().observed().definitions).toEqual([admins.definition]);
});

test('a site that is not configured takes no submissions', () => {
  expect(submissions.of('brno-1')).toBeNull();
});

test('a pending proposal that cannot be used is logged, and the other sites are settled all the same', async () => {
  const warned: object[] = [];
  await mkdir(join(folder, 'baselines', SITE, 'pending'), { recursive: true });
  await writeFile(join(folder, 'baselines', SITE, 'pending', '000001.json'), 'not a statement');
  await submissions.settleAll({ warn: (fields: object) => warned.push(fields) });
  expect(warned).toMatchObject([{ site: SITE }]);
});
