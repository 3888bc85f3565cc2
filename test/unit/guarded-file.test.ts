import { execFileSync } from 'node:child_process';
import {
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
import { readGuardedText, writePrivateFile } from '../../daemon/guarded-file.js';
import { tlsOf } from '../../daemon/sources/relational/tls.js';
import { readCertificateAuthority } from '../../notifiers/certificate-authority.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tillwarden-guarded-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Files in whose place an attacker leaves something that never ends, or never begins. */
const TRAPS: readonly [what: string, lay: (path: string) => void, code: string][] = [
  ['a FIFO that nobody writes to', (path) => execFileSync('mkfifo', [path]), 'not-a-file'],
  ['a link to an endless device', (path) => symlinkSync('/dev/zero', path), 'not-a-file'],
  ['a directory', (path) => execFileSync('mkdir', [path]), 'not-a-file'],
  ['a file beyond the limit', (path) => execFileSync('truncate', ['-s', '5G', path]), 'too-large'],
];

describe('reading a file that somebody names', () => {
  test('gives the text of a file, of a link to one too, as large as the limit', () => {
    const path = join(directory, 'file');
    writeFileSync(path, 'abcd');
    symlinkSync(path, join(directory, 'link'));
    expect(readGuardedText(join(directory, 'link'), 4)).toBe('abcd');
  });

  test('refuses one byte more than the limit', () => {
    writeFileSync(join(directory, 'file'), 'abcde');
    expect(() => readGuardedText(join(directory, 'file'), 4)).toThrow('more than 4 bytes');
  });

  test('does not believe a file that says it is empty', () => {
    // The kernel makes such files up as they are read: their size is 0.
    expect(readGuardedText('/proc/self/status', 100_000)).toContain('Pid:');
    expect(() => readGuardedText('/proc/self/status', 10)).toThrow('more than 10 bytes');
  });

  test.each(TRAPS)('neither waits for nor swallows %s', (_what, lay, code) => {
    const path = join(directory, 'trap');
    lay(path);
    expect(() => readGuardedText(path, 1_000_000)).toThrow(expect.objectContaining({ code }));
  });

  test.each(TRAPS)(
    'leaves the authority of a channel and of a database alone when it is %s',
    (_what, lay) => {
      const path = join(directory, 'ca.pem');
      lay(path);
      expect(() => readCertificateAuthority('ops', path)).toThrow('cannot be used');
      const endpoint = { verification: 'full', host: 'db.example' } as Parameters<typeof tlsOf>[0];
      expect(() => tlsOf(endpoint, { name: 'cas', tlsCaFile: path })).toThrow('cannot be read');
    },
  );
});

test('a private file is its owner’s alone, with its folder, and takes the place of the one before', () => {
  const path = join(directory, 'state', 'seen.json');
  writePrivateFile(path, 'one');
  writePrivateFile(path, Buffer.from('two'));
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect([statSync(path).mode & 0o777, statSync(join(directory, 'state')).mode & 0o777]).toEqual([
    0o600, 0o700,
  ]);
  expect(readdirSync(join(directory, 'state'))).toEqual(['seen.json']);
});

test('what cannot be written leaves nothing beside it', () => {
  const path = join(directory, 'taken');
  mkdirSync(path);
  expect(() => writePrivateFile(path, 'x')).toThrow();
  expect(readdirSync(directory).filter((name) => name.startsWith('taken'))).toEqual(['taken']);
});
