import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type FilesUnderTest, filesIn, newFilesSource } from '../../support/files-source.js';
import { startSshd, type TestSshd } from '../../support/sshd.js';
import { filesContract } from './files-contract.js';

let sshd: TestSshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.close());

const opened: FilesUnderTest[] = [];
const open = async (local: string, collection: object = {}, config: object = {}): Promise<FilesUnderTest> => {
  const files = newFilesSource({ paths: [local], ...collection }, { sftp: sshd.sftp, ...config });
  opened.push(files);
  await files.source.open();
  return files;
};
const closeAll = () => Promise.all(opened.splice(0).map(({ source }) => source.close()));

filesContract('sftp', async () => {
  const local = mkdtempSync(join(tmpdir(), 'tillwarden-files-'));
  return {
    local,
    path: local,
    open: (collection, config) => open(local, collection, config),
    close: async () => {
      await closeAll();
      rmSync(local, { recursive: true, force: true });
    },
  };
});

describe('files of another machine', () => {
  let local: string;
  beforeEach(() => {
    local = mkdtempSync(join(tmpdir(), 'tillwarden-files-'));
    writeFileSync(join(local, 'a.txt'), 'one');
  });
  afterEach(async () => {
    await closeAll();
    rmSync(local, { recursive: true, force: true });
  });

  test('belong to a definition that names the machine and its key, so that another one needs signatures', async () => {
    const { read } = await open(local);
    const reading = await read();
    const { files } = reading.readable ? reading.snapshot.definition : { files: undefined };
    expect(files?.server).toEqual({
      address: `127.0.0.1:${String(sshd.sftp['port'])}`,
      hostKey: expect.stringMatching(/^SHA256:/),
    });
  });

  test('are not read, and that is told at once, when the server shows another key', async () => {
    const { read } = await open(local, {}, { sftp: { ...sshd.sftp, hostKey: sshd.otherHostKey } });
    expect(await read()).toEqual({
      readable: false,
      cause: 'denied',
      detail: 'the server shows another host key than the configured one; nothing was read',
    });
  });

  test('are out of reach while nothing listens, and are read again afterwards', async () => {
    const { read } = await open(local, {}, { sftp: { ...sshd.sftp, port: 1 } });
    expect(await read()).toMatchObject({
      readable: false,
      cause: 'unreachable',
      detail: 'nothing listens there',
    });
  });

  test('are polled: nobody promises events', async () => {
    const { source } = await open(local);
    expect(source.hasHints).toBe(false);
  });

  test('larger than one read are hashed whole', async () => {
    writeFileSync(join(local, 'large'), Buffer.alloc(1_234_567, 'x'));
    const { read } = await open(local);
    const { createHash } = await import('node:crypto');
    expect(filesIn(await read()).get(join(local, 'large'))?.['sha256']).toBe(
      createHash('sha256').update(Buffer.alloc(1_234_567, 'x')).digest('hex'),
    );
  });
});
