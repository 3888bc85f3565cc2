import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';

const home = mkdtempSync(join(os.tmpdir(), 'ssh-process-'));
afterAll(() => rmSync(home, { recursive: true }));

/** A folder in which another one can be made, and no file in that: its path would be longer than Linux takes. */
function almostTooDeep(): string {
  const longest = 4_095 - '/tillwarden-sftp-XXXXXX'.length;
  const names = 'n'.repeat(longest - home.length - 1).replace(/n(?=(?:n{200})+$)/g, '/');
  const folder = join(home, names);
  mkdirSync(folder, { recursive: true });
  return folder;
}

test('nothing is left in the folder of temporary files where the pinned key cannot be written there', async () => {
  const folder = almostTooDeep();
  jest.unstable_mockModule('node:os', () => ({ ...os, tmpdir: () => folder }));
  const { connectSftp } = await import('../../../../daemon/sources/machine/ssh-process.js');
  const config = {
    ...{ host: '127.0.0.1', port: 1, user: 'u', hostKey: 'ssh-ed25519 AAAA', identityFile: '/none' },
    ...{ connectTimeoutMs: 1_000, requestTimeoutMs: 1_000 },
  };
  await expect(connectSftp(config)).rejects.toMatchObject({
    because: 'failed',
    detail: 'the folder of temporary files of this machine cannot be used (ENAMETOOLONG)',
  });
  expect(readdirSync(folder)).toEqual([]);
});
