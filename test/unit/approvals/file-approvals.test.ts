import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  BaselineError,
  NAMESPACES,
  type Proposal,
  proposeBaseline,
  sha256Hex,
  signWithKey,
} from '../../../baselines/index.js';
import type { Submission } from '../../../daemon/approvals/approval-backend.js';
import { FileApprovals } from '../../../daemon/approvals/file-approvals.js';
import {
  type Approver,
  admins,
  collection,
  keys,
  rootDocument,
  SITE,
  terminals,
} from '../baselines/scene.js';

const DAY_MS = 86_400_000;
let folder: string;
let now: number;
let approvals: FileApprovals;
let withdrawn: Set<string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillwarden-approvals-'));
  await mkdir(join(folder, 'trust'));
  await writeFile(join(folder, 'trust', rootDocument.file), rootDocument.bytes);
  withdrawn = new Set();
  now = Date.parse('2026-11-24T12:00:00.000Z');
  approvals = createApprovals();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Of one process that looks at the folder. */
function createApprovals(): FileApprovals {
  return new FileApprovals({
    site: SITE,
    trustDirectory: join(folder, 'trust'),
    baselinesDirectory: join(folder, 'baselines'),
    pin: sha256Hex(rootDocument.bytes),
    proposalMaxAgeMs: DAY_MS,
    clock: () => now,
    isWithdrawn: (digest) => withdrawn.has(digest),
  });
}

async function propose(over: Partial<Parameters<typeof proposeBaseline>[0]> = {}): Promise<Proposal> {
  const { head } = await approvals.approval();
  return proposeFirst({ parent: head, ...over });
}

/** What the files hold does not matter to it. */
function proposeFirst(over: Partial<Parameters<typeof proposeBaseline>[0]> = {}): Proposal {
  return proposeBaseline({
    site: SITE,
    parent: null,
    collections: [admins, terminals],
    reason: 'as reviewed',
    createdMs: now,
    expiresMs: now + 90 * DAY_MS,
    ...over,
  });
}

function signed(
  { bytes, records }: Pick<Proposal, 'bytes' | 'records'>,
  by: Approver,
  namespace: (typeof NAMESPACES)[keyof typeof NAMESPACES] = NAMESPACES.baseline,
): Submission {
  return { bytes, records, signature: signWithKey({ privateKey: keys[by], namespace, message: bytes }) };
}

/** Every entry with its type, and every small file with its content. */
async function everything(): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return new Map(
    await Promise.all(
      entries.map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const { mode, size } = await lstat(path);
        const content = entry.isFile() && size < 2 ** 20 ? await readFile(path, 'latin1') : '';
        return [path, `${mode} ${size} ${content}`] as const;
      }),
    ),
  );
}

async function refused(code: string, submission: Submission): Promise<void> {
  const before = await everything();
  await expect(approvals.submit(submission)).rejects.toMatchObject({ name: 'BaselineError', code });
  expect(await everything()).toEqual(before);
}

/** Version 1, signed by both owners. */
async function first(): Promise<void> {
  const proposal = await propose();
  await approvals.accept(signed(proposal, 'anna'));
  await approvals.accept({ ...signed(proposal, 'ben'), records: new Map() });
}

describe('what is submitted', () => {
  test('waits until enough people have signed, then is in force and gone from the pending folder', async () => {
    const proposal = await propose();
    expect(await approvals.accept(signed(proposal, 'anna'))).toMatchObject({
      version: 1,
      signer: 'anna',
      signers: ['anna'],
      installed: false,
    });
    expect((await approvals.approval()).head).toBeNull();
    const co = { ...signed(proposal, 'ben'), records: new Map() };
    expect(await approvals.accept(co)).toMatchObject({ signers: ['anna', 'ben'], installed: true });
    expect((await approvals.approval()).head?.digest).toBe(proposal.digest);
    expect((await approvals.read()).pending).toBeNull();
  });

  test('by the same person again changes nothing', async () => {
    const proposal = await propose();
    await approvals.accept(signed(proposal, 'ben'));
    const before = await everything();
    // ECDSA: another signature over the same bytes.
    await approvals.accept(signed(proposal, 'ben'));
    expect(await everything()).toEqual(before);
  });

  test('needs no records that are there already', async () => {
    await first();
    const changed = collection('terminals', 'terminal', [['BT300002', 'Brno']]);
    const { bytes, records } = await propose({ collections: [admins, changed] });
    const own = new Map([...records].filter(([digest]) => digest === changed.recordsDigest));
    expect(own.size).toBe(1);
    expect(await approvals.accept(signed({ bytes, records: own }, 'dan'))).toMatchObject({ installed: true });
  });
});

test('bytes that are handed in under a digest that is not theirs are written nowhere, also where nobody need read them', async () => {
  const { bytes, records } = await propose();
  const [[digest, own] = ['', new Uint8Array()]] = records;
  await approvals.accept(signed({ bytes, records }, 'anna'));
  const garbage = new Map([...records, [digest, new TextEncoder().encode('garbage')] as const]);
  expect(await approvals.accept(signed({ bytes, records: garbage }, 'ben'))).toMatchObject({
    installed: true,
  });
  const { chain } = await approvals.read();
  expect(Buffer.compare(chain.records(digest) ?? new Uint8Array(), own)).toBe(0);
});

describe('refused, and nothing on disk changes', () => {
  test('a signature by a key that nobody has', async () => {
    const proposal = await propose();
    const { privateKey } = generateKeyPairSync('ed25519');
    const signature = signWithKey({ privateKey, namespace: NAMESPACES.baseline, message: proposal.bytes });
    await refused('BASELINE_SIGNATURE_UNKNOWN_KEY', { ...proposal, signature });
  });

  test('a signature over other bytes', async () => {
    const other = await propose({ reason: 'another' });
    await refused('BASELINE_SIGNATURE_WRONG', { ...(await propose()), ...pick(signed(other, 'anna')) });
  });

  test('a signature for another type of document', async () => {
    await refused('BASELINE_SIGNATURE_NAMESPACE', signed(await propose(), 'anna', NAMESPACES.root));
  });

  test('something that is no signature', async () => {
    await refused('BASELINE_SIGNATURE_MALFORMED', { ...(await propose()), signature: 'x' });
  });

  test('a statement of another site', async () => {
    await refused('BASELINE_WRONG_SITE', signed(await propose({ site: 'brno-1' }), 'anna'));
  });

  test('bytes that are no statement, too many bytes, and bytes nested deep', async () => {
    const of = (text: string) => signed({ bytes: Buffer.from(text), records: new Map() }, 'anna');
    await refused('BASELINE_NOT_JSON', of('not JSON'));
    await refused('BASELINE_TOO_LARGE', of(' '.repeat(2 ** 20 + 1)));
    await refused('BASELINE_TOO_DEEP', of('['.repeat(1000)));
  });

  test('records that are missing, or others than the statement names', async () => {
    const proposal = await propose();
    await refused('BASELINE_RECORDS_MISSING', { ...signed(proposal, 'anna'), records: new Map() });
    const other = new Map([...proposal.records.keys()].map((digest) => [digest, Buffer.from('x')]));
    await refused('BASELINE_RECORDS_DIGEST', { ...signed(proposal, 'anna'), records: other });
  });

  test('a second proposal while one waits', async () => {
    await approvals.accept(signed(await propose(), 'anna'));
    await refused('BASELINE_PROPOSAL_EXISTS', signed(await propose({ reason: 'another' }), 'ben'));
  });

  test('one that starts from an outgrown parent', async () => {
    await first();
    const stale = await propose({ reason: 'stale' });
    const overtaking = await propose({ reason: 'first' });
    await approvals.accept(signed(overtaking, 'anna'));
    await approvals.accept(signed(overtaking, 'ben'));
    await refused('BASELINE_PROPOSAL_STALE', signed(stale, 'anna'));
  });

  test('one that was made too long ago, or in the future', async () => {
    await refused(
      'BASELINE_PROPOSAL_EXPIRED',
      signed(await propose({ createdMs: now - DAY_MS - 1 }), 'anna'),
    );
    await refused('BASELINE_PROPOSAL_EXPIRED', signed(await propose({ createdMs: now + 3_600_000 }), 'anna'));
  });

  const ODD: readonly (readonly [string, (file: string) => unknown, string])[] = [
    ['garbage', (file) => writeFile(file, 'x'), 'BASELINE_FILE_EXISTS'],
    ['a symbolic link', (file) => symlink('nowhere', file), 'BASELINE_FILE_SYMLINK'],
    ['a FIFO', (file) => execFileSync('mkfifo', [file]), 'BASELINE_FILE_NOT_REGULAR'],
    ['a directory', (file) => mkdir(file), 'BASELINE_FILE_NOT_REGULAR'],
    [
      'a file of 100 MB',
      (file) => writeFile(file, '').then(() => truncate(file, 1e8)),
      'BASELINE_FILE_EXISTS',
    ],
  ];
  const site = (file: string) => join(folder, 'baselines', SITE, file);

  test.each(ODD)(
    'a first signature in whose place lies %s, until it is withdrawn',
    async (_what, make, code) => {
      await mkdir(site('pending'), { recursive: true });
      await make(site('pending/000001.anna.sig'));
      const submission = signed(await propose(), 'anna');
      await refused(code, submission);
      await expect(approvals.submit(submission)).rejects.toMatchObject({
        message: expect.stringMatching(/^pending\/000001\.json: 000001\.anna\.sig/),
        pending: { what: 'proposal', site: SITE },
      });
      expect(await approvals.withdraw()).toBe(true);
      expect(await approvals.accept(submission)).toMatchObject({ signers: ['anna'] });
    },
  );

  test.each(ODD)('a second signature in whose place lies %s', async (_what, make, code) => {
    const proposal = await propose();
    await approvals.accept(signed(proposal, 'anna'));
    await make(site('pending/000001.ben.sig'));
    await refused(code, signed(proposal, 'ben'));
  });

  test.each(ODD)(
    'the last signature, when %s lies where it would be put into force',
    async (_what, make, code) => {
      const proposal = await propose();
      await approvals.accept(signed(proposal, 'anna'));
      await make(site('000001.ben.sig'));
      await refused(code, signed(proposal, 'ben'));
    },
  );

  test.each(ODD.filter(([, , code]) => code !== 'BASELINE_FILE_EXISTS'))(
    'anything while %s waits in place of a statement',
    async (_what, make, code) => {
      await mkdir(site('pending'), { recursive: true });
      await make(site('pending/000001.json'));
      const proposal = signed(proposeFirst(), 'anna');
      await refused(code, proposal);
      await expect(approvals.settle()).rejects.toMatchObject({
        message: expect.stringMatching(/^pending\/000001\.json: It /),
        pending: { what: 'proposal', site: SITE },
      });
      expect(await approvals.withdraw()).toBe(true);
      expect(await approvals.accept(proposal)).toMatchObject({ signers: ['anna'] });
    },
  );

  test('a co-signature of a proposal under the name of another version', async () => {
    const proposal = await propose();
    await approvals.accept(signed(proposal, 'anna'));
    await rename(site('pending/000001.json'), site('pending/000007.json'));
    await refused('BASELINE_WRONG_VERSION', signed(proposal, 'ben'));
    expect(await approvals.withdraw()).toBe(true);
  });

  test('anything on top of files that do not count', async () => {
    await first();
    await writeFile(join(folder, 'baselines', SITE, '000002.json'), '{}\n');
    await refused('BASELINE_UNSIGNED', signed(await propose(), 'anna'));
  });

  const pick = ({ signature }: Submission) => ({ signature });
});

describe('a pending proposal', () => {
  test('is left alone while it may wait, and cleared away when it has expired', async () => {
    await approvals.accept(signed(await propose(), 'anna'));
    now += DAY_MS;
    expect(await approvals.settle()).toBeNull();
    now += 1;
    expect(await approvals.settle()).toMatchObject({
      what: 'removed',
      file: '000001.json',
      reason: { code: 'BASELINE_PROPOSAL_EXPIRED' },
    });
    expect((await approvals.read()).pending).toBeNull();
  });

  test('that has expired makes place for the next one', async () => {
    await approvals.accept(signed(await propose(), 'anna'));
    now += DAY_MS + 1;
    expect(await approvals.accept(signed(await propose({ reason: 'anew' }), 'ben'))).toMatchObject({
      signers: ['ben'],
    });
  });

  test('that everybody signed before a crash is put into force later', async () => {
    const proposal = await propose();
    await approvals.accept(signed(proposal, 'anna'));
    const { signature } = signed(proposal, 'ben');
    await writeFile(join(folder, 'baselines', SITE, 'pending', '000001.ben.sig'), signature, 'latin1');
    expect(await approvals.settle()).toMatchObject({ what: 'installed', signers: ['anna', 'ben'] });
    expect((await approvals.approval()).head?.digest).toBe(proposal.digest);
  });

  test('that is in force already, since a crash left its files, is cleared away and no news to anybody', async () => {
    const proposal = await propose();
    await approvals.accept(signed(proposal, 'anna'));
    const site = join(folder, 'baselines', SITE);
    await cp(join(site, 'pending'), join(folder, 'left'), { recursive: true });
    await approvals.accept(signed(proposal, 'ben'));
    await cp(join(folder, 'left'), join(site, 'pending'), { recursive: true });
    expect(await approvals.settle()).toBeNull();
    expect(await readdir(site)).not.toContain('pending');
    expect((await approvals.approval()).head?.digest).toBe(proposal.digest);
  });

  test('that another puts into force at the same moment was not withdrawn: both say that it is in force', async () => {
    const daemons = Array.from({ length: 4 }, createApprovals);
    for (let version = 1; version <= 12; version++) {
      const proposal = await propose({ reason: `step ${version}` });
      await approvals.accept(signed(proposal, 'anna'));
      let isOver = false;
      const looking = daemons.map(async (daemon) => {
        while (!isOver) {
          await daemon.settle();
          // What is waited for has its turn too.
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
      const accepted = approvals.accept(signed(proposal, 'ben')).finally(() => {
        isOver = true;
      });
      const [status] = await Promise.all([accepted, ...looking]);
      expect(status).toMatchObject({ installed: true, digest: proposal.digest });
      expect((await approvals.read()).pending).toBeNull();
    }
  });

  test('is looked for before what is in force, so that it is never in neither place', async () => {
    const proposal = await propose();
    await approvals.accept(signed(proposal, 'anna'));
    const looks = Array.from({ length: 20 }, () => approvals.waiting());
    const accepted = approvals.accept(signed(proposal, 'ben'));
    for (let more = 0; more < 20; more++) {
      await new Promise((resolve) => setImmediate(resolve));
      looks.push(approvals.waiting());
    }
    await accepted;
    for (const look of await Promise.allSettled(looks)) {
      if (look.status === 'rejected') continue;
      const { waiting, installed } = look.value;
      expect(waiting !== null || installed.has(proposal.digest)).toBe(true);
    }
  });

  test('can be withdrawn, once', async () => {
    await approvals.accept(signed(await propose(), 'anna'));
    expect(await approvals.withdraw()).toBe(true);
    expect(await approvals.withdraw()).toBe(false);
  });

  test('that is no statement is left to people, who can withdraw it', async () => {
    await mkdir(join(folder, 'baselines', SITE, 'pending'), { recursive: true });
    await writeFile(join(folder, 'baselines', SITE, 'pending', '000001.json'), 'x');
    await expect(approvals.settle()).rejects.toThrow(BaselineError);
    expect(await approvals.withdraw()).toBe(true);
    expect(await approvals.settle()).toBeNull();
  });
});
