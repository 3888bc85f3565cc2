import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  NAMESPACES,
  proposeRoot,
  rootFile,
  type SignedDocument,
  signatureFile,
  signWithKey,
  type TrustRoot,
  trustRootBytes,
} from '../../../../baselines/index.js';
import { type Approver, signatures } from '../../baselines/scene.js';
import { person, SiteFiles } from './site-files.js';

const DAY_MS = 86_400_000;
const FILE = rootFile(2);
let files: SiteFiles;
beforeEach(async () => {
  files = await SiteFiles.founded();
});
afterEach(() => {
  files.close();
});

describe('bad input beside a good trust root', () => {
  const at = (file: string) => join(files.folder, 'trust', file);
  /** Dan alone, who would approve everything. */
  const takeover = (over: Partial<TrustRoot> = {}) => {
    const trust = files.trust();
    const { root } = proposeRoot(trust, {
      ...trust.root,
      heads: [],
      createdMs: files.nowMs,
      expiresMs: files.nowMs + 365 * DAY_MS,
      people: [person('anna'), person('ben'), { ...person('dan'), roles: ['owner', 'tech'] }],
    });
    return trustRootBytes({ ...root, ...over });
  };
  const place = (bytes: Uint8Array, signers: readonly Approver[] = ['anna', 'ben'], file = FILE) => {
    for (const one of signatures(file, bytes, signers, NAMESPACES.root)) put(one);
    writeFileSync(at(file), bytes);
  };
  const put = ({ file, text }: SignedDocument['signatures'][number]) => writeFileSync(at(file), text);

  test.each<[string, string, () => void]>([
    ['a root nobody signed', 'high BASELINE_UNSIGNED', () => place(takeover(), [])],
    [
      'a root signed for another namespace',
      'medium BASELINE_SIGNATURE_NAMESPACE',
      () => {
        const bytes = takeover();
        signatures(FILE, bytes, ['anna', 'ben'], NAMESPACES.baseline).forEach(put);
        writeFileSync(at(FILE), bytes);
      },
    ],
    [
      'a root signed with a key that is nobody’s',
      'medium BASELINE_SIGNATURE_UNKNOWN_KEY',
      () => {
        const bytes = takeover();
        const { privateKey } = generateKeyPairSync('ed25519');
        const text = signWithKey({ privateKey, namespace: NAMESPACES.root, message: bytes });
        put({ file: signatureFile(FILE, 'anna'), text });
        put({ file: signatureFile(FILE, 'ben'), text });
        writeFileSync(at(FILE), bytes);
      },
    ],
    ['a root that too few signed', 'high BASELINE_TOO_FEW_SIGNERS', () => place(takeover(), ['anna'])],
    [
      'a root on another parent',
      'high BASELINE_WRONG_PARENT',
      () => place(takeover({ parent: '0'.repeat(64) })),
    ],
    [
      'a root under another version’s name',
      'high BASELINE_WRONG_VERSION',
      () => place(takeover({ version: 3 })),
    ],
    [
      'a root that was cut off',
      'medium BASELINE_SIGNATURE_WRONG',
      () => {
        place(takeover());
        truncateSync(at(FILE), 100);
      },
    ],
    ['a root that is no root', 'high BASELINE_NOT_JSON', () => place(Buffer.from('junk\n'))],
    [
      'a root of 100 MB',
      'high BASELINE_TOO_LARGE',
      () => {
        place(takeover());
        truncateSync(at(FILE), 100 * 1024 * 1024);
      },
    ],
    [
      'a deeply nested root, well signed',
      'high BASELINE_TOO_DEEP',
      () => place(Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}\n`)),
    ],
    [
      'a symbolic link to a good root',
      'high BASELINE_FILE_SYMLINK',
      () => {
        place(takeover());
        renameSync(at(FILE), join(files.folder, 'elsewhere.json'));
        symlinkSync(join(files.folder, 'elsewhere.json'), at(FILE));
      },
    ],
    ['a FIFO', 'high BASELINE_FILE_NOT_REGULAR', () => void execFileSync('mkfifo', [at(FILE)])],
    ['a directory', 'high BASELINE_FILE_NOT_REGULAR', () => void mkdirSync(at(FILE))],
  ])('%s is told as %s, is not in force, and changes nothing on disk', async (_what, problem, spoil) => {
    await files.started()();
    spoil();
    const before = files.everything();
    const now = await files.started()();
    expect(now.trust?.version).toBe(1);
    expect(now).toMatchObject({ active: { version: 1 }, adopted: false });
    expect(now.told).toContain(problem);
    expect(files.everything()).toEqual(before);
  });

  test('a root that everybody signed is in force: what is refused above is refused for what is wrong with it', async () => {
    await files.started()();
    place(takeover());
    expect((await files.started()()).trust?.version).toBe(2);
  });
});
