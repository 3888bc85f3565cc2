import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { refuseUnwritable, unreadableForDaemon } from '../../../../daemon/cli/signing/writable-folders.js';

const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillwarden shared ü '));
});
afterEach(() => {
  execFileSync('chmod', ['-R', 'u+rwx', folder]);
  rmSync(folder, { recursive: true });
});

test('a folder that is not there yet is as good as the one it will be made in', () => {
  expect(() => refuseUnwritable(join(folder, 'baselines.d', 'prague-1'))).not.toThrow();
});

// Root may write everywhere: what it is told is told to others.
(isRoot ? test.skip : test)(
  'a signature that could not be left is refused before anybody types a passphrase',
  () => {
    mkdirSync(join(folder, 'pending'));
    chmodSync(join(folder, 'pending'), 0o2555);
    expect(() => refuseUnwritable(folder)).toThrow(
      expect.objectContaining({
        code: 'CLI_DENIED',
        message: expect.stringMatching(
          /pending \(EACCES; .* mode 2555\).* Nothing was signed\. .*chmod g\+ws '/,
        ),
      }),
    );
  },
);

(isRoot ? test : test.skip)('who writes so that a daemon of another user cannot read is told at once', () => {
  const config = {
    stateDirectory: join(folder, 'state'),
    baselines: { directory: join(folder, 'baselines.d') },
  };
  const unread = (umask: number) => unreadableForDaemon(config, umask);
  // No daemon has run yet: nobody knows who it will be.
  expect(unread(0o077)).toBeNull();
  mkdirSync(config.stateDirectory);
  mkdirSync(config.baselines.directory);
  expect(unread(0o077)).toBeNull();
  chownSync(config.stateDirectory, NOBODY, NOBODY);
  expect(unread(0o077)).toMatch(
    /the daemon runs as uid 65534 and could not read what \S+ writes with the umask 077/,
  );
  expect(unread(0o022)).toBeNull();
  chownSync(config.baselines.directory, 0, NOBODY);
  expect(unread(0o027)).toBeNull();
  chmodSync(config.baselines.directory, 0o2775);
  expect(unread(0o077)).toBeNull();
});
