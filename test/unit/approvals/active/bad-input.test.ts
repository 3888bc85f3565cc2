import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  NAMESPACES,
  parseStatement,
  recordsFile,
  type SignedDocument,
  sha256Hex,
  signatureFile,
  signWithKey,
  statementBytes,
} from '../../../../baselines/index.js';
import { type Approver, admins, propose, SITE, signatures } from '../../baselines/scene.js';
import { moreTerminals, SiteFiles } from './site-files.js';

let files: SiteFiles;
beforeEach(async () => {
  files = await SiteFiles.founded();
});
afterEach(() => {
  files.close();
});

describe('bad input beside a good baseline', () => {
  const site = (file: string) => join(files.folder, 'baselines', SITE, file);
  const next = (over: { site?: string; parent?: 'stale' } = {}) => {
    const proposal = propose(null, [admins, moreTerminals('Brno')]);
    const statement = {
      ...proposal.statement,
      version: 2,
      parent: over.parent === 'stale' ? '0'.repeat(64) : sha256Hex(readFileSync(site('000001.json'))),
      site: over.site ?? SITE,
    };
    const bytes = statementBytes(statement);
    return { file: '000002.json', bytes, records: proposal.records };
  };
  type Next = ReturnType<typeof next>;
  const place = ({ file, bytes, records }: Next, sigs: SignedDocument['signatures']) => {
    for (const [digest, content] of records) writeFileSync(site(recordsFile(digest)), content);
    for (const one of sigs) writeFileSync(site(one.file), one.text);
    writeFileSync(site(file), bytes);
  };
  const good = (one: Next, signers: readonly Approver[] = ['anna', 'ben']) =>
    signatures(one.file, one.bytes, signers);
  const placeGood = (over = {}) => {
    const one = next(over);
    place(one, good(one));
    return one;
  };
  const stranger = generateKeyPairSync('ed25519').privateKey;

  test.each<[string, string, () => void]>([
    ['a step nobody signed', 'high BASELINE_UNSIGNED', () => place(next(), [])],
    [
      'a step signed for another namespace',
      'high BASELINE_UNSIGNED',
      () => {
        const one = next();
        place(one, signatures(one.file, one.bytes, ['anna', 'ben'], NAMESPACES.root));
      },
    ],
    [
      'a step signed with a key that is nobody’s',
      'high BASELINE_UNSIGNED',
      () => {
        const one = next();
        const text = signWithKey({
          privateKey: stranger,
          namespace: NAMESPACES.baseline,
          message: one.bytes,
        });
        place(one, [{ file: signatureFile(one.file, 'anna'), text }]);
      },
    ],
    [
      'a step that too few signed',
      'high BASELINE_TOO_FEW_SIGNERS',
      () => {
        const one = next();
        const bytes = statementBytes({ ...parseStatement(one.bytes), collections: [] });
        place({ ...one, bytes }, good({ ...one, bytes }, ['anna']));
      },
    ],
    ['a step on another parent', 'high BASELINE_WRONG_PARENT', () => placeGood({ parent: 'stale' })],
    ['a step of another site', 'high BASELINE_WRONG_SITE', () => placeGood({ site: 'brno-1' })],
    [
      'records that were changed',
      'high BASELINE_RECORDS_DIGEST',
      () => {
        const { records } = placeGood();
        const [digest] = [...records.keys()].filter((one) => one !== admins.recordsDigest);
        writeFileSync(site(recordsFile(digest ?? '')), 'changed');
      },
    ],
    [
      'a statement that was cut off',
      'high BASELINE_UNSIGNED',
      () => {
        const one = placeGood();
        writeFileSync(site(one.file), one.bytes.subarray(0, 100));
      },
    ],
    [
      'a statement of 100 MB',
      'high BASELINE_TOO_LARGE',
      () => {
        writeFileSync(site('000002.json'), '');
        truncateSync(site('000002.json'), 100 * 1024 * 1024);
      },
    ],
    [
      'a records file of 100 MB',
      'high BASELINE_TOO_LARGE',
      () => {
        const { records } = placeGood();
        const [digest] = [...records.keys()].filter((one) => one !== admins.recordsDigest);
        truncateSync(site(recordsFile(digest ?? '')), 100 * 1024 * 1024);
      },
    ],
    [
      'a deeply nested statement, well signed',
      'high BASELINE_TOO_DEEP',
      () => {
        const one = { ...next(), bytes: Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}\n`) };
        place(one, good(one));
      },
    ],
    [
      'a symbolic link to a good statement',
      'high BASELINE_FILE_SYMLINK',
      () => {
        const one = placeGood();
        renameSync(site(one.file), join(files.folder, 'elsewhere.json'));
        symlinkSync(join(files.folder, 'elsewhere.json'), site(one.file));
      },
    ],
    ['a FIFO', 'high BASELINE_FILE_NOT_REGULAR', () => void execFileSync('mkfifo', [site('000002.json')])],
    ['a directory', 'high BASELINE_FILE_NOT_REGULAR', () => void mkdirSync(site('000002.json'))],
    [
      'a signature that is a FIFO',
      'high BASELINE_TOO_FEW_SIGNERS',
      () => {
        const one = next();
        const bytes = statementBytes({ ...parseStatement(one.bytes), collections: [] });
        place({ ...one, bytes }, good({ ...one, bytes }, ['anna']));
        execFileSync('mkfifo', [site('000002.ben.sig')]);
      },
    ],
  ])('%s is told as %s and changes nothing on disk', async (_what, problem, spoil) => {
    await files.started()();
    spoil();
    const before = files.everything();
    const now = await files.started()();
    expect(now).toMatchObject({ active: { version: 1 }, adopted: false });
    expect(now.told).toContain(problem);
    expect(files.everything()).toEqual(before);
  });
});
