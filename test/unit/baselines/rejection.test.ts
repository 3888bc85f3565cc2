import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { LIMITS, leaveRejection, readRejections, readSiteDirectory } from '../../../baselines/index.js';

const SITE = 'prague-1';
const NOW_MS = Date.parse('2026-11-30T08:00:00.000Z');
const DAY_MS = 86_400_000;
const print = (n: number) => n.toString(16).padStart(64, '0');

let directory: string;
const folder = () => join(directory, SITE, 'rejected');
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tillwarden-rejected-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const leave = (fingerprints: readonly string[], createdMs = NOW_MS) =>
  leaveRejection(directory, SITE, { name: 'alice', fingerprints, createdMs });
const read = (nowMs = NOW_MS) => readRejections(directory, SITE, nowMs);

test('what somebody left is read with the user that the system has for the file, and is no file that does not belong there', async () => {
  expect(await read()).toEqual({ left: [], unused: 0 });
  await leave([print(2), print(1)]);
  await leave([print(2), print(1)]);
  expect(await read()).toEqual({
    left: [{ name: 'alice', uid: process.getuid?.(), fingerprints: [print(1), print(2)], createdMs: NOW_MS }],
    unused: 0,
  });
  expect((await readSiteDirectory(directory, SITE)).problems).toEqual([]);
});

test('more changes than one file may name are left in several', async () => {
  await leave(Array.from({ length: LIMITS.changesRejected + 1 }, (_, n) => print(n)));
  const { left } = await read();
  expect(left.map(({ fingerprints }) => fingerprints.length).sort()).toEqual([1, LIMITS.changesRejected]);
});

test('it is looked at for a week, and taken away by whoever leaves the next', async () => {
  await leave([print(1)]);
  expect((await read(NOW_MS + 7 * DAY_MS)).left).toHaveLength(1);
  expect(await read(NOW_MS + 7 * DAY_MS + 1)).toEqual({ left: [], unused: 0 });
  await leave([print(2)], NOW_MS + 8 * DAY_MS);
  expect(readdirSync(folder())).toHaveLength(1);
});

test('whatever else lies there is counted and used for nothing: a FIFO, a link, a folder, a flood, hostile names, another site, the future', async () => {
  await leave([print(1)]);
  const [own = ''] = readdirSync(folder());
  const text = readFileSync(join(folder(), own), 'utf8');
  const put = (n: number, bytes: string) =>
    writeFileSync(join(folder(), `${n.toString(16).padStart(16, '0')}.json`), bytes);
  put(1, text.replace('"alice"', '"<!channel>"'));
  put(2, text.replace(SITE, 'prague-2'));
  put(3, text.replace('2026', '2027'));
  put(4, `${text} `);
  put(5, 'x'.repeat(LIMITS.rejectionBytes + 1));
  put(6, text.replace(print(1), 'no digest'));
  symlinkSync(join(folder(), own), join(folder(), `${'7'.repeat(16)}.json`));
  mkdirSync(join(folder(), `${'8'.repeat(16)}.json`));
  execFileSync('mkfifo', [join(folder(), `${'9'.repeat(16)}.json`)]);
  writeFileSync(join(folder(), 'notes.txt'), 'not ours');
  expect(await read()).toMatchObject({ left: [{ fingerprints: [print(1)] }], unused: 9 });
  for (let n = 16; n < 16 + LIMITS.rejections; n++) put(n, 'junk');
  expect((await read()).unused).toBeGreaterThanOrEqual(LIMITS.rejections);
});

test('a folder that cannot be read is no empty one', async () => {
  if (process.getuid?.() === 0) {
    mkdirSync(join(directory, SITE));
    writeFileSync(folder(), '');
    await expect(read()).rejects.toMatchObject({ code: 'BASELINE_FILE_UNREADABLE' });
    return;
  }
  await leave([print(1)]);
  chmodSync(folder(), 0);
  await expect(read()).rejects.toMatchObject({ code: 'BASELINE_FILE_UNREADABLE' });
  chmodSync(folder(), 0o700);
});
