import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  installSuppression,
  LIMITS,
  type MuteScope,
  NAMESPACES,
  type Namespace,
  removeSuppression,
  type SignedDocument,
  suppressionDirectory,
} from '../../../../baselines/index.js';
import { readSiteSuppressions } from '../../../../daemon/approvals/active/suppressions.js';
import { mute, type Approver as Signer, signedSuppression } from '../../../support/suppressions.js';
import { extended, headOf, keys, NOW_MS, noChain, propose, SITE, trust } from '../../baselines/scene.js';

const baseline = headOf(extended(noChain, propose(null)));
const dan = { name: 'dan', privateKey: keys.dan };
const muted = (reason: string): SignedDocument =>
  signedSuppression('mute', mute(SITE, { kind: 'terminal' }, { createdMs: NOW_MS }, reason), [dan]);
const idOf = ({ file }: SignedDocument) => file.slice(0, -'.json'.length);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'excuses-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function read(withdrawn: readonly string[] = [], nowMs = NOW_MS) {
  const suppressions = await readSiteSuppressions({
    directory,
    site: SITE,
    trust,
    baseline,
    withdrawn: new Set(withdrawn),
    nowMs,
  });
  return {
    active: suppressions.active.map(({ id }) => id),
    present: suppressions.present && [...suppressions.present].sort(),
    codes: suppressions.problems.map(({ code }) => code),
  };
}

test('where there is no directory nothing is excused, and that much is seen', async () => {
  expect(await read()).toEqual({ active: [], present: [], codes: [] });
});

test('one that is signed counts; the same one after its withdrawal does not, and is told', async () => {
  const document = muted('once');
  await installSuppression(directory, SITE, document);
  const id = idOf(document);
  expect(await read()).toEqual({ active: [id], present: [id], codes: [] });
  const digest = (
    await readSiteSuppressions({
      directory,
      site: SITE,
      trust,
      baseline,
      withdrawn: new Set(),
      nowMs: NOW_MS,
    })
  ).active[0]?.digest;
  expect(await read([digest ?? ''])).toEqual({
    active: [],
    present: [id],
    codes: ['BASELINE_EXCUSE_WITHDRAWN'],
  });
  expect(await removeSuppression(suppressionDirectory(directory, SITE), document.file)).toBe(true);
  expect(await read()).toEqual({ active: [], present: [], codes: [] });
});

test('one made ahead of the clock does not count, is told, and is no withdrawal', async () => {
  const document = muted('next year');
  await installSuppression(directory, SITE, document);
  const [id, minutes] = [idOf(document), 60_000];
  expect(await read([], NOW_MS - 10 * minutes)).toEqual({ active: [id], present: [id], codes: [] });
  expect(await read([], NOW_MS - 11 * minutes)).toEqual({
    active: [],
    present: [id],
    codes: ['BASELINE_EXCUSE_EARLY'],
  });
});

test('what cannot be read is no withdrawal: a symbolic link, a file that is too large', async () => {
  const folder = suppressionDirectory(directory, SITE);
  await mkdir(folder, { recursive: true });
  const document = muted('linked');
  await writeFile(join(directory, 'elsewhere'), document.bytes);
  await symlink(join(directory, 'elsewhere'), join(folder, document.file));
  await writeFile(join(folder, 'mute.0123456789abcdef.json'), Buffer.alloc(LIMITS.documentBytes + 1));
  const { active, present, codes } = await read();
  expect({ active: active, present }).toEqual({ active: [], present: null });
  expect(codes.sort()).toEqual(['BASELINE_FILE_SYMLINK', 'BASELINE_TOO_LARGE']);
});

test('one bad file hides no good one, and names we never write are counted only', async () => {
  const document = muted('good');
  await installSuppression(directory, SITE, document);
  const folder = suppressionDirectory(directory, SITE);
  await writeFile(join(folder, 'mute.0123456789abcdef.json'), 'junk\n');
  await writeFile(join(folder, 'IMPORTANT <!channel>.json'), 'junk\n');
  const { active, codes } = await read();
  expect(active).toEqual([idOf(document)]);
  expect(codes.sort()).toEqual(['BASELINE_EXCUSE_NAME', 'BASELINE_FILE_UNEXPECTED']);
});

test('a flood of files is looked at up to the limit, and told once', async () => {
  const folder = suppressionDirectory(directory, SITE);
  await mkdir(folder, { recursive: true });
  const names = Array.from(
    { length: LIMITS.suppressions + 5 },
    (_, i) => `mute.${String(i).padStart(16, '0')}.json`,
  );
  await Promise.all(names.map((name) => writeFile(join(folder, name), 'junk\n')));
  const { codes, present } = await read();
  expect(codes.filter((code) => code === 'BASELINE_DIRECTORY_TOO_LARGE')).toHaveLength(1);
  expect(codes).toHaveLength(LIMITS.suppressions + 1);
  expect(present).toHaveLength(LIMITS.suppressions + 5);
});

describe('bad input beside a good excuse', () => {
  const folder = () => suppressionDirectory(directory, SITE);
  const put = ({ file, bytes, signatures }: SignedDocument) => {
    for (const one of signatures) writeFileSync(join(folder(), one.file), one.text);
    writeFileSync(join(folder(), file), bytes);
    return join(folder(), file);
  };
  const terminal: MuteScope = { kind: 'terminal' };
  const other = (
    over: { site?: string; namespace?: Namespace; signers?: readonly Signer[]; scope?: MuteScope } = {},
  ) => {
    const { site = SITE, namespace, signers = [dan], scope = terminal } = over;
    return signedSuppression('mute', mute(site, scope, { createdMs: NOW_MS }, 'other'), signers, namespace);
  };
  const stranger = { name: 'dan', privateKey: generateKeyPairSync('ed25519').privateKey };

  test.each<[string, string, () => void]>([
    ['one nobody signed', 'BASELINE_UNSIGNED', () => put(other({ signers: [] }))],
    [
      'one signed for another namespace',
      'BASELINE_UNSIGNED',
      () => put(other({ namespace: NAMESPACES.baseline })),
    ],
    [
      'one signed with a key that is nobody’s',
      'BASELINE_UNSIGNED',
      () => put(other({ signers: [stranger] })),
    ],
    [
      'one that too few signed',
      'BASELINE_TOO_FEW_SIGNERS',
      () => put(other({ scope: { kind: 'admin' }, signers: [{ name: 'anna', privateKey: keys.anna }] })),
    ],
    ['one of another site', 'BASELINE_WRONG_SITE', () => put(other({ site: 'brno-1' }))],
    ['one that was cut off', 'BASELINE_EXCUSE_NAME', () => truncateSync(put(other()), 100)],
    ['one of 100 MB', 'BASELINE_TOO_LARGE', () => truncateSync(put(other()), 100 * 1024 * 1024)],
    [
      'a deeply nested one',
      'BASELINE_TOO_DEEP',
      () => {
        const bytes = Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}\n`);
        put(signedSuppression('mute', bytes, [dan]));
      },
    ],
    [
      'a symbolic link to a good one',
      'BASELINE_FILE_SYMLINK',
      () => {
        const path = put(other());
        renameSync(path, join(directory, 'elsewhere.json'));
        symlinkSync(join(directory, 'elsewhere.json'), path);
      },
    ],
    [
      'a FIFO',
      'BASELINE_FILE_NOT_REGULAR',
      () => void execFileSync('mkfifo', [join(folder(), 'mute.0123456789abcdef.json')]),
    ],
    [
      'a directory',
      'BASELINE_FILE_NOT_REGULAR',
      () => void mkdirSync(join(folder(), 'mute.0123456789abcdef.json')),
    ],
  ])('%s is told as %s, excuses nothing, and stays as it is', async (_what, code, spoil) => {
    const good = muted('good');
    await installSuppression(directory, SITE, good);
    spoil();
    const everything = () =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .map((entry) => {
          const path = join(entry.parentPath, entry.name);
          const { mode, size, mtimeMs } = lstatSync(path);
          return [path, mode, size, mtimeMs].join(' ');
        })
        .sort();
    const before = everything();
    const { active, codes } = await read();
    expect(active).toEqual([idOf(good)]);
    expect(codes).toContain(code);
    expect(everything()).toEqual(before);
  });

  test('a second good one counts beside the first: what is refused above is refused for what is wrong with it', async () => {
    const good = muted('good');
    await installSuppression(directory, SITE, good);
    const second = other();
    put(second);
    expect(await read()).toMatchObject({ active: [idOf(good), idOf(second)].sort(), codes: [] });
  });
});
