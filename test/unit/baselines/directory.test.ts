import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  installBaseline,
  installTrustRoot,
  LIMITS,
  pendingDirectory,
  pendingRootDirectory,
  proposeRoot,
  readProposal,
  readRootDraft,
  readSiteDirectory,
  readTrustDirectory,
  removeProposal,
  removeRootDraft,
  signRootDraft,
  siteDirectory,
  statementFile,
  verifyChain,
  verifyTrust,
  writeProposal,
  writeRootDraft,
} from '../../../baselines/index.js';
import { readRegularFile } from '../../../baselines/read-file.js';
import {
  admins,
  codeOf,
  codeOfAsync,
  messageOfAsync,
  NOW_MS,
  propose,
  rootDocument,
  SITE,
  signatures,
  signed,
  terminals,
  trust,
} from './scene.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'baselines d-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const proposal = propose(null);
const document = signed(proposal);
const install = () => installBaseline(folder, SITE, document, proposal.records);
const path = (file: string) => join(siteDirectory(folder, SITE), file);
const codes = async () =>
  (await readSiteDirectory(folder, SITE)).problems.map(({ code, file, weight }) => [code, file, weight]);
async function head() {
  const { documents, records } = await readSiteDirectory(folder, SITE);
  return verifyChain({ trust, site: SITE, documents, records, nowMs: NOW_MS });
}

describe('installing a baseline', () => {
  test('leaves files that verify, in the places the format names', async () => {
    await install();
    expect(readdirSync(siteDirectory(folder, SITE)).sort()).toEqual(
      [
        '000001.anna.sig',
        '000001.ben.sig',
        '000001.json',
        `${admins.recordsDigest}.jsonl`,
        `${terminals.recordsDigest}.jsonl`,
      ].sort(),
    );
    const { head: found, problems } = await head();
    expect(problems).toEqual([]);
    expect(found?.digest).toBe(proposal.digest);
    expect(await codes()).toEqual([]);
  });

  test('may be done twice', async () => {
    await install();
    await install();
    expect((await head()).head?.version).toBe(1);
  });

  test.each(['000001.json', '000001.ben.sig', `${admins.recordsDigest}.jsonl`])(
    'never replaces another %s',
    async (file) => {
      mkdirSync(siteDirectory(folder, SITE));
      for (const other of ['other', 'x'.repeat(100_000)]) {
        writeFileSync(path(file), other);
        expect(await codeOfAsync(install())).toBe('BASELINE_FILE_EXISTS');
        expect(readFileSync(path(file), 'utf8')).toBe(other);
      }
    },
  );

  test.each<[string, (file: string) => void, string]>([
    ['other bytes', (file) => writeFileSync(file, 'other'), 'BASELINE_FILE_EXISTS'],
    ['a symbolic link', (file) => symlinkSync('nowhere', file), 'BASELINE_FILE_SYMLINK'],
    ['a FIFO', (file) => execFileSync('mkfifo', [file]), 'BASELINE_FILE_NOT_REGULAR'],
    ['a directory', (file) => mkdirSync(file), 'BASELINE_FILE_NOT_REGULAR'],
  ])('writes nothing at all where %s lies in the place of one of its files', async (_what, make, code) => {
    mkdirSync(siteDirectory(folder, SITE));
    make(path('000001.ben.sig'));
    await expect(install()).rejects.toMatchObject({
      code,
      message: expect.stringContaining('000001.ben.sig'),
    });
    expect(readdirSync(siteDirectory(folder, SITE))).toEqual(['000001.ben.sig']);
  });

  test('says by which command a signature goes that was left without its document, and is installed once it is gone', async () => {
    mkdirSync(siteDirectory(folder, SITE));
    writeFileSync(path('000001.ben.sig'), 'of another one');
    const [, command = ''] =
      /nobody installs at this moment: (rm '.+')$/.exec(await messageOfAsync(install())) ?? [];
    execFileSync('sh', ['-c', command]);
    expect(await codeOfAsync(install())).toBe('nothing was thrown');
  });

  test('says nothing of removing a signature whose document is there', async () => {
    await install();
    writeFileSync(path('000001.ben.sig'), 'another one');
    expect(await messageOfAsync(install())).toContain('somebody else was faster');
  });

  test('does not follow a symbolic link in place of the file', async () => {
    mkdirSync(siteDirectory(folder, SITE));
    symlinkSync(join(folder, 'elsewhere'), path('000001.json'));
    expect(await codeOfAsync(install())).toBe('BASELINE_FILE_SYMLINK');
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  test('leaves no temporary file behind, and ignores one that a crash left', async () => {
    await install();
    writeFileSync(path('.000002.json.1234.tmp'), 'half');
    expect(await codes()).toEqual([]);
    expect(readdirSync(siteDirectory(folder, SITE)).filter((file) => file.startsWith('.'))).toHaveLength(1);
  });

  test('refuses names that lead elsewhere', async () => {
    const bad = [
      { ...document, file: '../000001.json' },
      { ...document, file: '000001.anna.sig' },
      { ...document, signatures: [{ file: '../x.sig', text: 'x' }] },
    ];
    for (const one of bad) {
      expect(await codeOfAsync(installBaseline(folder, SITE, one, []))).toBe('BASELINE_FORMAT');
    }
    expect(codeOf(() => siteDirectory(folder, '../x'))).toBe('BASELINE_FORMAT');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('refuses records under another digest', async () => {
    const records = [['0'.repeat(64), Buffer.from('x')]] as const;
    expect(await codeOfAsync(installBaseline(folder, SITE, document, records))).toBe(
      'BASELINE_RECORDS_DIGEST',
    );
  });

  test('says what the disk refuses', async () => {
    writeFileSync(join(folder, SITE), 'a file where the directory belongs');
    expect(await codeOfAsync(install())).toBe('BASELINE_FILE_UNWRITABLE');
  });

  test('two at once leave one of the two, whole', async () => {
    const other = propose(null, undefined, 'another reason');
    const results = await Promise.all([
      codeOfAsync(install()),
      codeOfAsync(installBaseline(folder, SITE, { ...signed(other), signatures: [] }, other.records)),
    ]);
    expect(results.sort()).toEqual(['BASELINE_FILE_EXISTS', 'nothing was thrown']);
    const bytes = readFileSync(path('000001.json'));
    expect([Buffer.from(proposal.bytes), Buffer.from(other.bytes)]).toContainEqual(bytes);
  });
});

describe('reading a directory', () => {
  test('that is not there finds nothing', async () => {
    expect(await readSiteDirectory(folder, SITE)).toMatchObject({ documents: [], problems: [] });
    expect(await readTrustDirectory(join(folder, 'nowhere'))).toMatchObject({ documents: [], problems: [] });
  });

  test('that is a file says so', async () => {
    writeFileSync(join(folder, SITE), '');
    expect(await codes()).toEqual([['BASELINE_FILE_UNREADABLE', null, 'refused']]);
  });

  test.each<[string, (file: string) => void, string]>([
    ['a symbolic link', (file) => symlinkSync('000001.json', file), 'BASELINE_FILE_SYMLINK'],
    ['a link to nothing', (file) => symlinkSync('nowhere', file), 'BASELINE_FILE_SYMLINK'],
    ['a FIFO', (file) => execFileSync('mkfifo', [file]), 'BASELINE_FILE_NOT_REGULAR'],
    ['a directory', (file) => mkdirSync(file), 'BASELINE_FILE_NOT_REGULAR'],
    ['a file of 100 MB', (file) => sparse(file, 100_000_000), 'BASELINE_TOO_LARGE'],
  ])('refuses %s for a statement and harms no other', async (_what, make, code) => {
    await install();
    make(path('000002.json'));
    expect(await codes()).toEqual([[code, '000002.json', 'refused']]);
    expect((await head()).head?.version).toBe(1);
  });

  test.each<[string, (file: string) => void, string]>([
    ['a symbolic link', (file) => symlinkSync('000001.anna.sig', file), 'BASELINE_FILE_SYMLINK'],
    ['a FIFO', (file) => execFileSync('mkfifo', [file]), 'BASELINE_FILE_NOT_REGULAR'],
    ['a file of 100 MB', (file) => sparse(file, 100_000_000), 'BASELINE_TOO_LARGE'],
  ])('tells of %s for a signature that is not needed', async (_what, make, code) => {
    await install();
    make(path('000001.cora.sig'));
    expect(await codes()).toEqual([[code, '000001.cora.sig', 'notice']]);
    expect((await head()).head?.version).toBe(1);
  });

  test.each<[string, (file: string) => void, string]>([
    ['a symbolic link', (file) => symlinkSync('000001.json', file), 'BASELINE_FILE_SYMLINK'],
    ['a FIFO', (file) => execFileSync('mkfifo', [file]), 'BASELINE_FILE_NOT_REGULAR'],
    ['a file of 100 MB', (file) => sparse(file, 100_000_000), 'BASELINE_TOO_LARGE'],
    ['other records', (file) => writeFileSync(file, 'x\n'), 'BASELINE_RECORDS_DIGEST'],
    ['nothing', () => undefined, 'BASELINE_RECORDS_MISSING'],
  ])('finds %s in place of records', async (_what, make, code) => {
    await install();
    const file = path(`${admins.recordsDigest}.jsonl`);
    rmSync(file);
    make(file);
    const { head: found, problems } = await head();
    expect(found).toBeNull();
    expect(problems.map((problem) => problem.code)).toEqual([code]);
  });

  test('refuses a socket and a device', async () => {
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      expect(codeOf(() => readRegularFile(socket, 10))).toBe('BASELINE_FILE_NOT_REGULAR');
      expect(codeOf(() => readRegularFile('/dev/zero', 10))).toBe('BASELINE_FILE_NOT_REGULAR');
    } finally {
      server.close();
    }
  });

  test('reads a file up to its limit and not one byte more', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '12345');
    expect(readRegularFile(file, 5)).toEqual(Buffer.from('12345'));
    expect(codeOf(() => readRegularFile(file, 4))).toBe('BASELINE_TOO_LARGE');
    expect(readRegularFile(join(folder, 'none'), 5)).toBeUndefined();
    writeFileSync(file, '');
    expect(readRegularFile(file, 0)).toEqual(Buffer.alloc(0));
  });

  test('says that a file of the system grows although it has no size', () => {
    expect(codeOf(() => readRegularFile('/proc/self/status', 10))).toBe('BASELINE_TOO_LARGE');
  });

  test('says that a file cannot be read', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(codeOf(() => readRegularFile(join(folder, 'file', 'below'), 10))).toBe('BASELINE_FILE_UNREADABLE');
    expect(codeOf(() => readRegularFile(join(folder, 'x'.repeat(300)), 10))).toBe('BASELINE_FILE_UNREADABLE');
  });

  test('counts files of other names without repeating their names', async () => {
    await install();
    for (const file of ['note.txt', '1.json', '000000.json', '0000001.json', '000002.Anna.sig', 'x.jsonl']) {
      writeFileSync(path(file), 'x');
    }
    const { problems } = await readSiteDirectory(folder, SITE);
    expect(problems).toEqual([
      {
        code: 'BASELINE_FILE_UNEXPECTED',
        file: null,
        version: null,
        weight: 'notice',
        detail: expect.stringMatching(/^6 /),
      },
    ]);
  });

  test('passes over what editors leave', async () => {
    await install();
    for (const file of [
      '.000001.json.swp',
      '000001.json~',
      '#000001.json#',
      '000001.json.swp',
      '000001.json.bak',
    ]) {
      writeFileSync(path(file), 'x');
    }
    expect(await codes()).toEqual([]);
  });

  test('keeps roots and statements apart', async () => {
    await install();
    await installTrustRoot(siteDirectory(folder, SITE), rootDocument);
    expect(await codes()).toEqual([['BASELINE_FILE_UNEXPECTED', null, 'notice']]);
    const roots = await readTrustDirectory(siteDirectory(folder, SITE));
    expect(roots.documents).toHaveLength(1);
    expect(verifyTrust(roots.documents, trust.digest).version).toBe(1);
  });

  test('stops at its limit of bytes', async () => {
    mkdirSync(siteDirectory(folder, SITE));
    const files = Math.floor(LIMITS.directoryBytes / LIMITS.documentBytes) + 2;
    for (let version = 1; version <= files; version++)
      sparse(path(statementFile(version)), LIMITS.documentBytes);
    const { documents, problems } = await readSiteDirectory(folder, SITE);
    expect(documents).toHaveLength(files - 2);
    expect(problems.map((problem) => problem.code)).toEqual([
      'BASELINE_DIRECTORY_TOO_LARGE',
      'BASELINE_DIRECTORY_TOO_LARGE',
    ]);
  });

  test('64 junk signatures before those of people block no baseline, and are told', async () => {
    await install();
    const text = document.signatures[0]?.text ?? '';
    for (let i = 100; i < 100 + LIMITS.signaturesPerDocument + 1; i++)
      writeFileSync(path(`000001.a${i}.sig`), text.replace(/A/, 'B'));
    const { head: found, problems } = await head();
    expect(found?.version).toBe(1);
    expect(problems.map((problem) => problem.code)).toContain('BASELINE_TOO_MANY_SIGNATURES');
  });
});

/** A file of this size that takes no room on the disk. */
function sparse(file: string, bytes: number): void {
  writeFileSync(file, '');
  truncateSync(file, bytes);
}

describe('a pending proposal', () => {
  const pending = () => pendingDirectory(folder, SITE);
  const file = statementFile(1);

  test('waits beside the chain, is signed by several, installed and cleared away', async () => {
    expect(await readProposal(folder, SITE)).toBeNull();
    for (const signer of ['anna', 'ben'] as const) {
      await writeProposal(folder, SITE, proposal, signatures(file, proposal.bytes, [signer]));
    }
    expect((await head()).head).toBeNull();
    expect(await codes()).toEqual([]);

    const waiting = await readProposal(folder, SITE);
    expect(waiting?.document.file).toBe(file);
    expect(waiting?.document.signatures.map((one) => one.file)).toEqual([
      '000001.anna.sig',
      '000001.ben.sig',
    ]);
    expect(waiting?.records(admins.recordsDigest)).toEqual(proposal.records.get(admins.recordsDigest));
    await installBaseline(folder, SITE, waiting?.document ?? document, proposal.records);
    await removeProposal(folder, SITE);

    expect(await readProposal(folder, SITE)).toBeNull();
    expect(existsSync(pending())).toBe(false);
    expect((await head()).head?.version).toBe(1);
  });

  test('may be written twice, but not beside another one', async () => {
    await writeProposal(folder, SITE, proposal);
    await writeProposal(folder, SITE, proposal);
    const other = propose(null, undefined, 'another reason');
    expect(await codeOfAsync(writeProposal(folder, SITE, other))).toBe('BASELINE_PROPOSAL_EXISTS');
    await removeProposal(folder, SITE);
    await writeProposal(folder, SITE, other);
    expect((await readProposal(folder, SITE))?.document.bytes).toEqual(Buffer.from(other.bytes));
  });

  test('is removed without what others put there', async () => {
    await writeProposal(folder, SITE, proposal);
    writeFileSync(join(pending(), 'note.txt'), 'x');
    await removeProposal(folder, SITE);
    expect(readdirSync(pending())).toEqual(['note.txt']);
    await removeProposal(folder, 'brno-1');
  });

  test('takes only signatures, under names of ours, and writes nothing when one cannot lie there', async () => {
    const [good, other] = document.signatures;
    if (good === undefined || other === undefined) throw new Error('the scene has two signers');
    const withSignature = (signature: typeof good) =>
      codeOfAsync(writeProposal(folder, SITE, proposal, [signature]));
    for (const bad of ['../000001.anna.sig', '000001.json', '000001.Anna.sig']) {
      expect(await withSignature({ ...good, file: bad })).toBe('BASELINE_FORMAT');
    }
    expect(existsSync(pending())).toBe(false);
    expect(await withSignature(good)).toBe('nothing was thrown');
    expect(await withSignature(good)).toBe('nothing was thrown');
    expect(await withSignature({ ...good, text: other.text })).toBe('BASELINE_FILE_EXISTS');
  });

  test.each(['000001.anna.sig', `${admins.recordsDigest}.jsonl`])(
    'is not begun where something else lies in the place of its %s, and says what it is that waits',
    async (name) => {
      mkdirSync(pending(), { recursive: true });
      symlinkSync(join(folder, 'elsewhere'), join(pending(), name));
      const begun = writeProposal(folder, SITE, proposal, signatures(file, proposal.bytes, ['anna']));
      await expect(begun).rejects.toMatchObject({
        code: 'BASELINE_FILE_SYMLINK',
        message: expect.stringMatching(`^pending/000001.json: ${name}: `),
        pending: { what: 'proposal', site: SITE },
      });
      expect(readdirSync(pending())).toEqual([name]);
      expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
    },
  );
});

const ODD: readonly (readonly [string, (file: string) => void, string])[] = [
  [
    'a symbolic link',
    (file) => {
      writeFileSync(join(folder, 'elsewhere'), 'precious');
      symlinkSync(join(folder, 'elsewhere'), file);
    },
    'BASELINE_FILE_SYMLINK',
  ],
  ['a FIFO', (file) => execFileSync('mkfifo', [file]), 'BASELINE_FILE_NOT_REGULAR'],
  ['an empty directory', (file) => mkdirSync(file), 'BASELINE_FILE_NOT_REGULAR'],
  ['a file of 100 MB', (file) => sparse(file, 100_000_000), 'BASELINE_TOO_LARGE'],
];

describe('the pinned trust root', () => {
  const read = async () => {
    const { documents, problems } = await readTrustDirectory(folder);
    return verifyTrust(documents, trust.digest, problems);
  };

  test.each(ODD)('that is %s is reported as that, not as missing', async (_what, make, code) => {
    make(join(folder, rootDocument.file));
    await expect(read()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(
        `^root.000001.json: It .* pins root.000001.json with sha256:${trust.digest}.$`,
      ),
    });
  });

  test('in a directory that cannot be read is reported as that', async () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    expect(await codeOfAsync(read())).toBe('BASELINE_FILE_UNREADABLE');
  });

  test('that is missing, or another one, beside a later one that cannot be read, is reported as that', async () => {
    symlinkSync('nowhere', join(folder, 'root.000002.json'));
    await expect(read()).rejects.toMatchObject({
      code: 'BASELINE_TRUST_PIN',
      message: expect.stringContaining('there is none'),
    });
    writeFileSync(join(folder, rootDocument.file), 'x');
    await expect(read()).rejects.toMatchObject({
      code: 'BASELINE_TRUST_PIN',
      message: expect.stringContaining('the one found has sha256:'),
    });
  });
});

describe('what waits for signatures and cannot be read', () => {
  const ofProposal = {
    folder: () => pendingDirectory(folder, SITE),
    read: () => readProposal(folder, SITE),
    remove: () => removeProposal(folder, SITE),
    file: '000002.json',
    pending: { what: 'proposal', site: SITE },
  };
  const ofRoot = {
    folder: () => pendingRootDirectory(folder),
    read: () => readRootDraft(folder),
    remove: () => removeRootDraft(folder),
    file: 'root.000002.json',
    pending: { what: 'root' },
  };

  describe.each([
    ['proposal', ofProposal],
    ['draft of a trust root', ofRoot],
  ])('as a %s', (_name, of) => {
    test.each(ODD)(
      '%s is refused with its name, as what waits for signatures, and can be removed',
      async (_what, make, code) => {
        mkdirSync(of.folder(), { recursive: true });
        make(join(of.folder(), of.file));
        const names = readdirSync(folder, { recursive: true });
        await expect(of.read()).rejects.toMatchObject({
          name: 'BaselineError',
          code,
          message: expect.stringMatching(`^pending/${of.file}: It `),
          pending: of.pending,
        });
        expect(readdirSync(folder, { recursive: true })).toEqual(names);
        expect(await of.remove()).toEqual([of.file]);
        expect(await of.read()).toBeNull();
        expect(existsSync(of.folder())).toBe(false);
        if (code === 'BASELINE_FILE_SYMLINK') {
          expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('precious');
        }
        expect(await of.remove()).toEqual([]);
      },
    );

    test('where pending/ itself is a link nothing is removed beyond it', async () => {
      mkdirSync(join(folder, 'elsewhere'));
      writeFileSync(join(folder, 'elsewhere', of.file), 'precious');
      mkdirSync(join(of.folder(), '..'), { recursive: true });
      symlinkSync(join(folder, 'elsewhere'), of.folder());
      expect(await codeOfAsync(of.remove())).toBe('BASELINE_FILE_SYMLINK');
      expect(readdirSync(join(folder, 'elsewhere'))).toEqual([of.file]);
    });

    test('a directory with something in it stays: that is nobody’s proposal', async () => {
      mkdirSync(join(of.folder(), of.file, 'deep'), { recursive: true });
      expect(await codeOfAsync(of.remove())).toBe('BASELINE_FILE_UNWRITABLE');
      expect(existsSync(join(of.folder(), of.file, 'deep'))).toBe(true);
    });
  });

  test.each(ODD)(
    '%s in place of a signature of a draft refuses the signature, and nothing changes',
    async (_what, make) => {
      const draft = proposeRoot(trust, { ...trust.root, createdMs: NOW_MS, expiresMs: NOW_MS + 1 });
      await writeRootDraft(folder, draft);
      const name = 'root.000002.anna.sig';
      make(join(pendingRootDirectory(folder), name));
      const names = readdirSync(pendingRootDirectory(folder));
      const unsigned = { file: 'root.000002.json', bytes: draft.bytes, signatures: [] };
      const signature = { file: name, text: document.signatures[0]?.text ?? '' };
      await expect(signRootDraft(folder, unsigned, signature)).rejects.toMatchObject({
        name: 'BaselineError',
        message: expect.stringMatching(`^pending/root.000002.json: ${name}`),
        pending: { what: 'root' },
      });
      expect(readdirSync(pendingRootDirectory(folder))).toEqual(names);
    },
  );

  test('a draft that was replaced meanwhile takes no signature for the other one', async () => {
    const draft = proposeRoot(trust, { ...trust.root, createdMs: NOW_MS, expiresMs: NOW_MS + 1 });
    const other = proposeRoot(trust, { ...trust.root, createdMs: NOW_MS, expiresMs: NOW_MS + 2 });
    await writeRootDraft(folder, other);
    const unsigned = { file: 'root.000002.json', bytes: draft.bytes, signatures: [] };
    const signature = { file: 'root.000002.anna.sig', text: document.signatures[0]?.text ?? '' };
    expect(await codeOfAsync(signRootDraft(folder, unsigned, signature))).toBe('BASELINE_FILE_EXISTS');
    expect(readdirSync(pendingRootDirectory(folder))).toEqual(['root.000002.json']);
  });
});
