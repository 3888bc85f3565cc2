import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  BaselineError,
  installBaseline,
  LIMITS,
  pendingDirectory,
  pendingSuppression,
  pendingSuppressionDirectory,
  readPendingSuppressions,
  readProposal,
  readSiteDirectory,
  readSuppressions,
  readTrustDirectory,
  refusalOfPending,
  removeProposal,
  removeSuppression,
  siteDirectory,
  writeProposal,
} from '../../../baselines/index.js';
import { errno, readRegularFile } from '../../../baselines/read-file.js';
import {
  isWritten,
  makeDirectory,
  syncDirectory,
  unwritable,
  writeOnce,
} from '../../../baselines/write-file.js';
import { refusalOf, refusalOfAsync } from './refusal.js';
import { propose, SITE, signed } from './scene.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'baselines r-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const NOTHING = 'nothing was thrown';
const at = (...names: readonly string[]) => join(folder, ...names);
const put = (name: string, content = 'x') => writeFileSync(at(name), content);
const openFiles = () => readdirSync('/proc/self/fd').length;
const cannotWrite = (what: string, why: string) =>
  `BASELINE_FILE_UNWRITABLE: Cannot write ${what} (${why}); check the owner and mode of the directory, and the disk.`;

describe('a folder that people share by a group', () => {
  const modeOf = (...names: readonly string[]) => (statSync(at(...names)).mode & 0o7777).toString(8);

  test('lets the group write in every folder made below, and read every file, whatever the umask', async () => {
    const umask = process.umask(0o077);
    try {
      chmodSync(folder, 0o2770);
      await makeDirectory(at('prague-1', 'pending'));
      await writeOnce(at('prague-1', 'pending'), '000001.json', Buffer.from('x'));
      expect(modeOf('prague-1')).toBe('2770');
      expect(modeOf('prague-1', 'pending')).toBe('2770');
      expect(modeOf('prague-1', 'pending', '000001.json')).toBe('640');
    } finally {
      process.umask(umask);
    }
  });

  test('is the only one that the umask does not decide over', async () => {
    const umask = process.umask(0o077);
    try {
      await makeDirectory(at('prague-1'));
      await writeOnce(at('prague-1'), '000001.json', Buffer.from('x'));
      expect([modeOf('prague-1'), modeOf('prague-1', '000001.json')]).toEqual(['700', '600']);
    } finally {
      process.umask(umask);
    }
  });
});

test('a file system that cannot make a folder durable is named as that', async () => {
  // The one of the kernel's own is at hand on every Linux.
  expect(await refusalOfAsync(syncDirectory('/proc/self'))).toMatch(
    /^BASELINE_FILE_UNWRITABLE: The file system of \/proc\/self cannot make the names in a directory durable \(fsync\) \(EINVAL\), .*; put the folder on another one/,
  );
});

describe('reading a file', () => {
  const NOT_REGULAR = 'BASELINE_FILE_NOT_REGULAR: It is a directory, FIFO or device; needed is a file.';
  test.each<[string, (file: string) => unknown, string]>([
    ['nothing', () => undefined, NOTHING],
    ['ten bytes', (file) => writeFileSync(file, '0123456789'), NOTHING],
    [
      'eleven bytes',
      (file) => writeFileSync(file, '0123456789a'),
      'BASELINE_TOO_LARGE: It has 11 bytes; at most 10 are read. Remove what does not belong there.',
    ],
    ['a directory', (file) => mkdirSync(file), NOT_REGULAR],
    ['a FIFO', (file) => execFileSync('mkfifo', [file]), NOT_REGULAR],
    [
      'a link',
      (file) => symlinkSync('elsewhere', file),
      'BASELINE_FILE_SYMLINK: It is a symbolic link; needed is the file itself.',
    ],
  ])('reads or says what it found: %s', (_what, make, answer) => {
    make(at('file'));
    expect(refusalOf(() => readRegularFile(at('file'), 10))).toBe(answer);
  });

  test('gives what is there, and nothing where nothing is', () => {
    put('file', '0123456789');
    expect(readRegularFile(at('file'), 10)?.toString()).toBe('0123456789');
    expect(readRegularFile(at('none'), 10)).toBeUndefined();
  });

  test('says that one of the system grows, and why one cannot be read', () => {
    expect(refusalOf(() => readRegularFile('/proc/self/status', 10))).toBe(
      'BASELINE_TOO_LARGE: It grows while it is read; at most 10 are read. Remove what does not belong there.',
    );
    put('file');
    let thrown: unknown;
    try {
      readRegularFile(at('file', 'below'), 10);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'BASELINE_FILE_UNREADABLE',
      message: 'It cannot be read (ENOTDIR); check its owner and mode, and the disk.',
      cause: { code: 'ENOTDIR' },
    });
  });

  test('leaves no file open', () => {
    put('file', '0123456789');
    const before = openFiles();
    for (let i = 0; i < 20; i++) {
      readRegularFile(at('file'), 10);
      refusalOf(() => readRegularFile(at('file'), 9));
    }
    expect(openFiles()).toBeLessThan(before + 10);
  });

  test.each<[unknown, string]>([
    [null, 'unknown error'],
    [undefined, 'unknown error'],
    [{}, 'unknown error'],
    [{ code: 1 }, 'unknown error'],
    [{ code: 'EIO' }, 'EIO'],
  ])('names the error %j', (error, name) => {
    expect(errno(error)).toBe(name);
  });
});

describe('writing a file', () => {
  const bytes = Buffer.from('0123456789');
  const OTHER =
    'BASELINE_FILE_EXISTS: file is there already with other content and is not replaced; somebody else was faster, or it does not belong there. Look at what is there, and propose anew on it.';

  test('says why it cannot be', async () => {
    put('in the way');
    expect(await refusalOfAsync(writeOnce(at('none'), 'file', bytes))).toBe(cannotWrite('file', 'ENOENT'));
    expect(await refusalOfAsync(writeOnce(at('in the way'), 'file', bytes))).toBe(
      cannotWrite('file', 'ENOTDIR'),
    );
    expect(await refusalOfAsync(makeDirectory(at('in the way', 'below')))).toBe(
      cannotWrite('the directory', 'ENOTDIR'),
    );
    await expect(writeOnce(at('none'), 'file', bytes)).rejects.toMatchObject({ cause: { code: 'ENOENT' } });
    await expect(syncDirectory(at('none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('keeps the refusal that was one already', () => {
    const refusal = new BaselineError('BASELINE_FORMAT', 'x');
    expect(unwritable('file', refusal)).toBe(refusal);
  });

  test.each(['012345678', '012345678x', '0123456789x', ''])(
    'does not take the place of %j',
    async (content) => {
      put('file', content);
      expect(refusalOf(() => isWritten(folder, 'file', bytes))).toBe(OTHER);
      expect(await refusalOfAsync(writeOnce(folder, 'file', bytes))).toBe(OTHER);
      expect(readFileSync(at('file'), 'utf8')).toBe(content);
      expect(readdirSync(folder)).toEqual(['file']);
    },
  );

  test('is done where the very same is there, and with directories that are not there yet', async () => {
    expect(isWritten(folder, 'file', bytes)).toBe(false);
    await makeDirectory(at('a', 'b', 'c'));
    await makeDirectory(at('a', 'b', 'c'));
    const before = openFiles();
    for (let i = 0; i < 20; i++) await writeOnce(at('a', 'b', 'c'), 'file', bytes);
    expect(openFiles()).toBeLessThan(before + 10);
    expect(isWritten(at('a', 'b', 'c'), 'file', bytes)).toBe(true);
    expect(readdirSync(at('a', 'b', 'c'))).toEqual(['file']);
  });
});

describe('a directory', () => {
  const detailsOf = async (reading: ReturnType<typeof readTrustDirectory>) =>
    (await reading).problems.map(({ code, file, weight, detail }) => [code, file, weight, detail]);
  const unexpected = (count: number) => [
    'BASELINE_FILE_UNEXPECTED',
    null,
    'notice',
    `${count} files here have names that tillwarden never writes; remove them, or find out who put them there.`,
  ];

  test('of a site, of trust roots and of suppressions each knows what else lies in it', async () => {
    mkdirSync(at(SITE, 'excuses', 'pending'), { recursive: true });
    mkdirSync(at(SITE, 'pending'));
    mkdirSync(at('pending'));
    expect(await detailsOf(readSiteDirectory(folder, SITE))).toEqual([]);
    expect(await detailsOf(readSuppressions(folder, SITE))).toEqual([]);
    expect(await detailsOf(readTrustDirectory(folder))).toEqual([unexpected(1)]);
    mkdirSync(at('excuses'));
    expect(await detailsOf(readTrustDirectory(folder))).toEqual([unexpected(2)]);
    mkdirSync(at(SITE, 'excuses', 'excuses'));
    expect(await detailsOf(readSuppressions(folder, SITE))).toEqual([unexpected(1)]);
    put(join(SITE, 'excuses', 'pending', 'mute.0123456789abcdef.json'));
    const waiting = await readPendingSuppressions(folder, SITE);
    expect(waiting.documents.map(({ file }) => file)).toEqual(['mute.0123456789abcdef.json']);
  });

  test('that cannot be read says why', async () => {
    put(SITE);
    expect(await detailsOf(readSiteDirectory(folder, SITE))).toEqual([
      [
        'BASELINE_FILE_UNREADABLE',
        null,
        'refused',
        'The directory cannot be read (ENOTDIR); check its owner and mode.',
      ],
    ]);
  });

  test('is read up to its limit of files, and says so beyond it', async () => {
    const limits = LIMITS as { directoryEntries: number };
    const most = limits.directoryEntries;
    limits.directoryEntries = 3;
    try {
      for (const version of [1, 2, 3]) put(`root.00000${version}.json`);
      expect(await detailsOf(readTrustDirectory(folder))).toEqual([]);
      put('root.000004.json');
      expect(await detailsOf(readTrustDirectory(folder))).toEqual([
        [
          'BASELINE_DIRECTORY_TOO_LARGE',
          null,
          'refused',
          'The directory holds more than 3 files; what is beyond is not read. Remove what tillwarden did not write.',
        ],
      ]);
    } finally {
      limits.directoryEntries = most;
    }
  });

  test('is read up to its limit of bytes, and says which file is beyond it', async () => {
    const limits = LIMITS as { directoryBytes: number };
    const most = limits.directoryBytes;
    limits.directoryBytes = 2;
    try {
      for (const version of [1, 2]) put(`root.00000${version}.json`);
      expect(await detailsOf(readTrustDirectory(folder))).toEqual([]);
      put('root.000003.json');
      expect(await detailsOf(readTrustDirectory(folder))).toEqual([
        [
          'BASELINE_DIRECTORY_TOO_LARGE',
          'root.000003.json',
          'refused',
          'The directory holds more than 2 bytes; what is beyond is not read. Remove what tillwarden did not write.',
        ],
      ]);
    } finally {
      limits.directoryBytes = most;
    }
  });

  test('holds signatures of their own limit', async () => {
    put('root.000001.json');
    put('root.000001.anna.sig', 'x'.repeat(LIMITS.signatureBytes));
    expect(await detailsOf(readTrustDirectory(folder))).toEqual([]);
    put('root.000001.anna.sig', 'x'.repeat(LIMITS.signatureBytes + 1));
    expect(await detailsOf(readTrustDirectory(folder))).toEqual([
      [
        'BASELINE_TOO_LARGE',
        'root.000001.anna.sig',
        'notice',
        'It has 16385 bytes; at most 16384 are read. Remove what does not belong there.',
      ],
    ]);
  });

  test('and a digest have names that lead nowhere else', async () => {
    expect(refusalOf(() => siteDirectory(folder, '..'))).toBe(
      'BASELINE_FORMAT: site must be text like ^[a-z0-9-]{1,63}$.',
    );
    const { records } = await readSiteDirectory(folder, SITE);
    expect(refusalOf(() => records('..'))).toBe('BASELINE_FORMAT: digest must be text like ^[0-9a-f]{64}$.');
  });
});

describe('installing', () => {
  const proposal = propose(null);
  const document = signed(proposal);

  test('says which name or digest is wrong', async () => {
    const install = (over: Partial<typeof document>, records: [string, Buffer][] = []) =>
      refusalOfAsync(installBaseline(folder, SITE, { ...document, ...over }, records));
    expect(await install({ file: '../x' })).toBe('BASELINE_FORMAT: A file name must be that of a document.');
    expect(await install({ signatures: [{ file: '000001.json', text: 'x' }] })).toBe(
      'BASELINE_FORMAT: A file name must be that of a signature.',
    );
    expect(await install({}, [['0'.repeat(64), Buffer.from('x')]])).toBe(
      'BASELINE_RECORDS_DIGEST: Records to be written do not have the digest they are named by; propose anew.',
    );
  });

  test('writes a signature byte by byte as it was read', async () => {
    const signatures = [{ file: '000001.anna.sig', text: '\u00e9' }];
    await installBaseline(folder, SITE, { ...document, signatures }, []);
    expect([...readFileSync(at(SITE, '000001.anna.sig'))]).toEqual([0xe9]);
    expect((await readSiteDirectory(folder, SITE)).documents[0]?.signatures).toEqual(signatures);
  });

  test('leaves a proposal alone while another one waits', async () => {
    await writeProposal(folder, SITE, proposal);
    const other = propose(null, undefined, 'another reason');
    expect(await refusalOfAsync(writeProposal(folder, SITE, other))).toBe(
      'BASELINE_PROPOSAL_EXISTS: Another proposal (000001.json) waits for signatures; sign it, or withdraw it first: tillwarden approve prague-1 --withdraw',
    );
    expect((await readProposal(folder, SITE))?.document.bytes).toEqual(Buffer.from(proposal.bytes));
  });
});

describe('removing', () => {
  const IDS = ['mute.0123456789abcdef', 'mute.fedcba9876543210'];

  test('takes a suppression with its signatures and nothing else', async () => {
    const pending = pendingSuppressionDirectory(folder, SITE);
    expect(await removeSuppression(pending, `${IDS[0]}.json`)).toBe(false);
    mkdirSync(pending, { recursive: true });
    const files = IDS.flatMap((id) => [`${id}.json`, `${id}.anna.sig`]);
    for (const file of [...files, 'notes']) writeFileSync(join(pending, file), 'x');
    expect(await removeSuppression(pending, `${IDS[0]}.json`)).toBe(true);
    expect(readdirSync(pending).sort()).toEqual([`${IDS[1]}.anna.sig`, `${IDS[1]}.json`, 'notes']);
    expect(await removeSuppression(pending, `${IDS[0]}.json`)).toBe(false);
  });

  test('begins with the document, and says what it cannot take away', async () => {
    const pending = pendingDirectory(folder, SITE);
    for (const label of ['anna', 'ben', 'zora']) {
      mkdirSync(join(pending, `000001.${label}.sig`, 'full'), { recursive: true });
    }
    writeFileSync(join(pending, '000001.json'), 'x');
    expect(await refusalOfAsync(removeProposal(folder, SITE))).toBe(
      cannotWrite('the pending proposal', 'ENOTEMPTY'),
    );
    expect(existsSync(join(pending, '000001.json'))).toBe(false);
    mkdirSync(at('excuses', `${IDS[0]}.anna.sig`, 'full'), { recursive: true });
    expect(await refusalOfAsync(removeSuppression(at('excuses'), `${IDS[0]}.json`))).toBe(
      cannotWrite('the excuse', 'ENOTEMPTY'),
    );
  });

  test('takes away what a crash left, without naming it, and the directory when it is empty', async () => {
    const pending = pendingDirectory(folder, SITE);
    mkdirSync(pending, { recursive: true });
    for (const file of ['000001.json', '.000001.json.1.tmp']) writeFileSync(join(pending, file), 'x');
    expect(await removeProposal(folder, SITE)).toEqual(['000001.json']);
    expect(existsSync(pending)).toBe(false);
  });

  test('says that the directory is none', async () => {
    put('excuses');
    expect(await refusalOfAsync(removeSuppression(at('excuses'), `${IDS[0]}.json`))).toBe(
      cannotWrite('the directory', 'ENOTDIR'),
    );
    put(SITE);
    expect(await refusalOfAsync(removeProposal(folder, SITE))).toBe(cannotWrite('the directory', 'ENOTDIR'));
  });
});

describe('what waits for signatures', () => {
  test.each<[string, 'mute' | 'expectation', string | null]>([
    ['mute.0123456789abcdef.json', 'mute', 'mute.0123456789abcdef'],
    ['mute.0123456789abcdef.anna.sig', 'mute', 'mute.0123456789abcdef'],
    ['expectation.0123456789abcdef.json', 'expectation', 'expectation.0123456789abcdef'],
    ['; rm -rf', 'expectation', null],
  ])('under the name %j is a suppression that is named only as we would', (file, type, id) => {
    expect(pendingSuppression(SITE, file)).toEqual({ what: 'suppression', site: SITE, type, id });
  });

  test.each<[string | null, string]>([
    ['000001.json', 'pending/000001.json'],
    ['mute.0123456789abcdef.json', 'pending/mute.0123456789abcdef.json'],
    ['; rm -rf', 'pending/'],
    [null, 'pending/'],
  ])('under the name %j is refused by it only when it is one of ours', (file, what) => {
    const refusal = new BaselineError('BASELINE_FORMAT', 'site must be text.');
    const refused = refusalOfPending(refusal, file, { what: 'root' });
    expect(refused).toMatchObject({
      code: 'BASELINE_FORMAT',
      message: `${what}: site must be text.`,
      pending: { what: 'root' },
      cause: refusal,
    });
    const bug = new Error('a bug');
    expect(refusalOfPending(bug, file, { what: 'root' })).toBe(bug);
  });
});
