import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  excuseDirectory,
  installExcuse,
  LIMITS,
  removeExcuse,
  type SignedDocument,
} from '../../../baselines/index.js';
import { readSiteExcuses } from '../../../daemon/yardstick/excuses.js';
import { mute, signedExcuse } from '../../support/excuses.js';
import { extended, headOf, keys, NOW_MS, noChain, propose, SITE, trust } from '../baselines/scene.js';

const baseline = headOf(extended(noChain, propose(null)));
const dan = { name: 'dan', privateKey: keys.dan };
const muted = (reason: string): SignedDocument =>
  signedExcuse('mute', mute(SITE, { kind: 'terminal' }, { createdMs: NOW_MS }, reason), [dan]);
const idOf = ({ file }: SignedDocument) => file.slice(0, -'.json'.length);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'excuses-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function read(withdrawn: readonly string[] = [], nowMs = NOW_MS) {
  const excuses = await readSiteExcuses({
    directory,
    site: SITE,
    trust,
    baseline,
    withdrawn: new Set(withdrawn),
    nowMs,
  });
  return {
    inForce: excuses.inForce.map(({ id }) => id),
    present: excuses.present && [...excuses.present].sort(),
    codes: excuses.problems.map(({ code }) => code),
  };
}

test('where there is no directory nothing is excused, and that much is seen', async () => {
  expect(await read()).toEqual({ inForce: [], present: [], codes: [] });
});

test('one that is signed counts; the same one after its withdrawal does not, and is told', async () => {
  const document = muted('once');
  await installExcuse(directory, SITE, document);
  const id = idOf(document);
  expect(await read()).toEqual({ inForce: [id], present: [id], codes: [] });
  const digest = (
    await readSiteExcuses({ directory, site: SITE, trust, baseline, withdrawn: new Set(), nowMs: NOW_MS })
  ).inForce[0]?.digest;
  expect(await read([digest ?? ''])).toEqual({
    inForce: [],
    present: [id],
    codes: ['BASELINE_EXCUSE_WITHDRAWN'],
  });
  expect(await removeExcuse(excuseDirectory(directory, SITE), document.file)).toBe(true);
  expect(await read()).toEqual({ inForce: [], present: [], codes: [] });
});

test('one made ahead of the clock does not count, is told, and is no withdrawal', async () => {
  const document = muted('next year');
  await installExcuse(directory, SITE, document);
  const [id, minutes] = [idOf(document), 60_000];
  expect(await read([], NOW_MS - 10 * minutes)).toEqual({ inForce: [id], present: [id], codes: [] });
  expect(await read([], NOW_MS - 11 * minutes)).toEqual({
    inForce: [],
    present: [id],
    codes: ['BASELINE_EXCUSE_EARLY'],
  });
});

test('what cannot be read is no withdrawal: a symbolic link, a file that is too large', async () => {
  const folder = excuseDirectory(directory, SITE);
  await mkdir(folder, { recursive: true });
  const document = muted('linked');
  await writeFile(join(directory, 'elsewhere'), document.bytes);
  await symlink(join(directory, 'elsewhere'), join(folder, document.file));
  await writeFile(join(folder, 'mute.0123456789abcdef.json'), Buffer.alloc(LIMITS.documentBytes + 1));
  const { inForce, present, codes } = await read();
  expect({ inForce, present }).toEqual({ inForce: [], present: null });
  expect(codes.sort()).toEqual(['BASELINE_FILE_SYMLINK', 'BASELINE_TOO_LARGE']);
});

test('one bad file hides no good one, and names we never write are counted only', async () => {
  const document = muted('good');
  await installExcuse(directory, SITE, document);
  const folder = excuseDirectory(directory, SITE);
  await writeFile(join(folder, 'mute.0123456789abcdef.json'), 'junk\n');
  await writeFile(join(folder, 'IMPORTANT <!channel>.json'), 'junk\n');
  const { inForce, codes } = await read();
  expect(inForce).toEqual([idOf(document)]);
  expect(codes.sort()).toEqual(['BASELINE_EXCUSE_NAME', 'BASELINE_FILE_UNEXPECTED']);
});

test('a flood of files is looked at up to the limit, and told once', async () => {
  const folder = excuseDirectory(directory, SITE);
  await mkdir(folder, { recursive: true });
  const names = Array.from(
    { length: LIMITS.excuses + 5 },
    (_, i) => `mute.${String(i).padStart(16, '0')}.json`,
  );
  await Promise.all(names.map((name) => writeFile(join(folder, name), 'junk\n')));
  const { codes, present } = await read();
  expect(codes.filter((code) => code === 'BASELINE_DIRECTORY_TOO_LARGE')).toHaveLength(1);
  expect(codes).toHaveLength(LIMITS.excuses + 1);
  expect(present).toHaveLength(LIMITS.excuses + 5);
});
