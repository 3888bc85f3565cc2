import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { unpackArchive } from '../../../../daemon/cli/archive/read.js';
import { type ArchiveFile, headerSum, writeArchive } from '../../../../daemon/cli/archive/write.js';

let directory: string;
const at = (...names: string[]) => join(directory, ...names);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tillwarden-archive-'));
  mkdirSync(at('out'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const bytes = (text: string) => Buffer.from(text);
const LONG = `baselines/${'s'.repeat(63)}/${'a'.repeat(64)}.jsonl`;
const FILES: readonly ArchiveFile[] = [
  { name: LONG, content: bytes('long') },
  { name: 'empty', content: bytes('') },
  { name: 'block', content: Buffer.alloc(1024, 7) },
  { name: 'a/b.txt', content: bytes('ä\n') },
];
const anything = () => true;

describe('an archive', () => {
  test('is what tar unpacks and sha256sum checks, in the order of the names, readable by its owner alone', async () => {
    writeFileSync(at('large'), Buffer.alloc(300_000, 'x'));
    await writeArchive(
      at('a.tar.gz'),
      [...FILES, { name: 'large', content: { path: at('large') } }],
      'folder',
    );
    expect(statSync(at('a.tar.gz')).mode & 0o777).toBe(0o600);
    const listed = execFileSync('tar', ['tzf', at('a.tar.gz')], { encoding: 'utf8' });
    const names = ['a/b.txt', LONG, 'block', 'empty', 'large', 'SHA256SUMS'];
    expect(listed).toBe(names.map((name) => `folder/${name}\n`).join(''));
    execFileSync('tar', ['xzf', at('a.tar.gz'), '-C', at('out')]);
    const checked = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], {
      cwd: at('out/folder'),
      encoding: 'utf8',
    });
    expect(checked.match(/: OK$/gm)).toHaveLength(5);
    expect(readFileSync(at('out/folder/a/b.txt'), 'utf8')).toBe('ä\n');
    expect(statSync(at('out/folder/large')).size).toBe(300_000);
  });

  test('is the same bytes for the same files, whatever their order', async () => {
    await writeArchive(at('a'), FILES);
    await writeArchive(at('b'), [...FILES].reverse());
    expect(readFileSync(at('a')).equals(readFileSync(at('b')))).toBe(true);
  });

  test('is never written over a file, and leaves nothing beside it', async () => {
    writeFileSync(at('a'), 'mine');
    await expect(writeArchive(at('a'), FILES)).rejects.toMatchObject({ code: 'CLI_FILE_EXISTS' });
    expect(readFileSync(at('a'), 'utf8')).toBe('mine');
    await expect(writeArchive(at('nowhere/a'), FILES)).rejects.toMatchObject({ code: 'CLI_FILE_UNWRITABLE' });
    expect(readdirSync(directory).sort()).toEqual(['a', 'out']);
  });

  test('unpacks to what went in', async () => {
    await writeArchive(at('a'), FILES);
    await unpackArchive(at('a'), at('out'), anything);
    for (const { name, content } of FILES) {
      expect(readFileSync(at('out', name)).equals(content as Buffer)).toBe(true);
      expect(statSync(at('out', name)).mode & 0o777).toBe(0o600);
    }
  });
});

describe('an archive is refused', () => {
  /** The unpacked archive, altered, packed again. */
  async function altered(alter: (tar: Buffer) => Buffer): Promise<string> {
    rmSync(at('a'), { force: true });
    await writeArchive(at('a'), FILES);
    writeFileSync(at('b'), gzipSync(alter(gunzipSync(readFileSync(at('a'))))));
    return at('b');
  }
  const refusal = (what: RegExp) => ({
    code: 'CLI_ARCHIVE_REFUSED',
    exit: 12,
    message: expect.stringMatching(what),
  });
  const headerAt = (tar: Buffer, change: (header: Buffer) => void) => {
    const header = tar.subarray(0, 512);
    change(header);
    header.write(`${headerSum(header).toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
    return tar;
  };

  test('when a byte of a file was changed', async () => {
    const file = await altered((tar) => {
      tar[512] = (tar[512] ?? 0) ^ 1;
      return tar;
    });
    await expect(unpackArchive(file, at('out'), anything)).rejects.toMatchObject(refusal(/SHA256SUMS says/));
  });

  test('when it was cut off, at any block, and when its compression was', async () => {
    const whole = gunzipSync(await writeArchive(at('whole'), FILES).then(() => readFileSync(at('whole'))));
    for (let length = 0; length < whole.length - 1024; length += 512) {
      writeFileSync(at('cut'), gzipSync(whole.subarray(0, length)));
      rmSync(at('out'), { recursive: true, force: true });
      await expect(unpackArchive(at('cut'), at('out'), anything)).rejects.toMatchObject(
        refusal(/ends before it is complete|SHA256SUMS/),
      );
    }
    const packed = readFileSync(at('whole'));
    writeFileSync(at('cut'), packed.subarray(0, packed.length - 20));
    rmSync(at('out'), { recursive: true, force: true });
    await expect(unpackArchive(at('cut'), at('out'), anything)).rejects.toMatchObject(
      refusal(/cannot be read/),
    );
  });

  test('when it is no archive, or is not there', async () => {
    writeFileSync(at('text'), 'hello');
    await expect(unpackArchive(at('text'), at('out'), anything)).rejects.toMatchObject(
      refusal(/cannot be read/),
    );
    await expect(unpackArchive(at('none'), at('out'), anything)).rejects.toMatchObject(refusal(/ENOENT/));
  });

  test.each([
    ['a symbolic link', (header: Buffer) => header.write('2', 156)],
    ['a device', (header: Buffer) => header.write('3', 156)],
    ['a size that is no number', (header: Buffer) => header.write('zzz', 124)],
    ['another format', (header: Buffer) => header.write('nothing', 257)],
  ])('when it holds %s', async (_what, change) => {
    const file = await altered((tar) => headerAt(tar, change));
    await expect(unpackArchive(file, at('out'), anything)).rejects.toMatchObject(refusal(/no plain file/));
    expect(readdirSync(at('out'))).toEqual([]);
  });

  test('when it holds a name that is not expected, such as one that leads out, before anything is written', async () => {
    const file = await altered((tar) => headerAt(tar, (header) => header.write('../escaped\0', 0)));
    const accepts = (name: string) => !name.includes('..');
    await expect(unpackArchive(file, at('out'), accepts)).rejects.toMatchObject(refusal(/does not write/));
    expect(readdirSync(at('out'))).toEqual([]);
    expect(readdirSync(directory)).not.toContain('escaped');
  });

  test('when it holds a file twice, or one behind the list', async () => {
    const first = (tar: Buffer) => tar.subarray(0, 1024);
    const twice = await altered((tar) => Buffer.concat([first(tar), tar]));
    await expect(unpackArchive(twice, at('out'), anything)).rejects.toMatchObject(refusal(/a file twice/));
    rmSync(at('out'), { recursive: true, force: true });
    const behind = await altered((tar) =>
      Buffer.concat([tar.subarray(0, -1024), first(tar), Buffer.alloc(1024)]),
    );
    await expect(unpackArchive(behind, at('out'), anything)).rejects.toMatchObject(
      refusal(/behind SHA256SUMS/),
    );
  });
});
