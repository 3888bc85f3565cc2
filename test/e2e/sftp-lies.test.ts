import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { CollectionReading } from '../../daemon/sources/source.js';
import { type FilesUnderTest, filesIn, newFilesSource } from '../support/files-source.js';
import { startSshd, type TestSshd } from '../support/sshd.js';

const PROGRAM = fileURLToPath(new URL('../support/lying-sftp.mjs', import.meta.url));

let sshd: TestSshd;
let folder: string;
let files: FilesUnderTest;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-lies-'));
  writeFileSync(join(folder, 'lie'), '');
  // sshd hands it to a shell, and a path may hold blanks.
  const words = [process.execPath, PROGRAM, join(folder, 'lie')];
  sshd = await startSshd(words.map((word) => `'${word}'`).join(' '));
});
afterEach(() => files.source.close());
afterAll(async () => {
  await sshd.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a source makes of a server that lies in this way. */
async function readFrom(
  lie: string,
  {
    requestTimeoutMs = 60_000,
    ...more
  }: { readonly requestTimeoutMs?: number; readonly [name: string]: number | undefined } = {},
  collection: object = {},
): Promise<CollectionReading> {
  writeFileSync(join(folder, 'lie'), lie);
  files = newFilesSource(
    { paths: ['/tree'], ...collection },
    { sftp: { ...sshd.sftp, requestTimeoutMs }, maxFiles: 500, maxFileBytes: 1_000_000, ...more },
  );
  await files.source.open();
  return files.read();
}

describe('a server that speaks SFTP', () => {
  test('and is honest is read', async () => {
    expect([...filesIn(await readFrom('nothing')).keys()]).toEqual(['/tree', '/tree/a']);
  });

  test('and lists names for ever is too large, and costs no more than that', async () => {
    expect(await readFrom('endless')).toMatchObject({ readable: false, cause: 'too-large' });
  });

  test.each(['traversal', 'counts', 'length', 'foreign'])(
    'and lies about %s is believed in nothing',
    async (lie) => {
      expect(await readFrom(lie)).toEqual({
        readable: false,
        cause: 'failed',
        detail: 'the server does not say what SFTP is',
      });
    },
  );

  test.each(['short', 'more'])(
    'and sends another length than it said (%s) leaves that file unknown, and it alone',
    async (lie) => {
      const reading = await readFrom(lie);
      expect([...filesIn(reading).keys()]).toEqual(['/tree']);
      expect(reading).toMatchObject({ unread: { count: 1, cause: 'moving' } });
    },
  );

  test('and calls a file short until it is open has no more of it held than settings may have', async () => {
    const settings = { kind: 'config', settings: { format: 'env' } };
    const reading = await readFrom('grown', { maxFileBytes: 1_000_000_000, maxFiles: 500 }, settings);
    expect(reading).toMatchObject({ unread: { count: 1, cause: 'moving' } });
    expect(existsSync(join(folder, 'lie.asked'))).toBe(false);
  });

  test('and refuses one file leaves it unknown, for the reason that it gives', async () => {
    const reading = await readFrom('denied');
    expect([...filesIn(reading).keys()]).toEqual(['/tree']);
    expect(reading).toMatchObject({
      unread: { count: 1, cause: 'denied', detail: '1 entry could not be read (EACCES); all else was' },
    });
  });

  test('and answers byte by byte takes no longer than all files may', async () => {
    expect(await readFrom('slow', { readTimeoutMs: 1_500 })).toMatchObject({
      readable: false,
      cause: 'timeout',
      detail: 'looking at all files took longer than readTimeoutMs',
    });
  });

  test('and falls silent is given up after its time', async () => {
    expect(await readFrom('silent', { requestTimeoutMs: 1_000 })).toMatchObject({
      readable: false,
      cause: 'timeout',
      detail: 'the server did not answer within requestTimeoutMs',
    });
  });
});
