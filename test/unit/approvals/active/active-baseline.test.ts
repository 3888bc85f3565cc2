import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  rootFile,
  sha256Hex,
  type VerifiedBaseline,
  type VerifiedTrust,
} from '../../../../baselines/index.js';
import { trustNews } from '../../../../daemon/alerts/trust-news.js';
import { waitFor } from '../../../support/wait.js';
import { admins, rootDocument, SITE, trustRoot } from '../../baselines/scene.js';
import { moreTerminals, person, SiteFiles } from './site-files.js';

const DAY_MS = 86_400_000;
let files: SiteFiles;
beforeEach(async () => {
  files = await SiteFiles.founded();
});
afterEach(() => {
  files.close();
});

describe('a daemon that was off for three rotations', () => {
  test('catches up: every root in between is walked and told, and so is what changed since', async () => {
    expect(await files.started()()).toMatchObject({ adopted: true, previous: null, told: [] });
    const known = files.trust().digest;

    const owners = { ...person('dan'), roles: ['owner', 'tech'] };
    await files.rotate({ people: [person('anna'), person('ben'), owners] });
    await files.approve([admins, moreTerminals('Brno')], ['dan']);
    await files.rotate({ people: [person('ben'), owners] }, ['ben', 'dan']);
    await files.approve([admins, moreTerminals('Brno', 'Plzeň')], ['dan']);
    await files.rotate({ rules: [{ kinds: ['root'], threshold: 1, roles: ['owner'] }] }, ['ben', 'dan']);

    const now = await files.started()();
    expect(now).toMatchObject({
      active: { version: 3 },
      previous: { version: 1 },
      adopted: true,
      told: [],
    });
    expect(now.previous?.collections.get('terminals')?.records).toHaveLength(1);
    expect(now.trust?.version).toBe(4);
    const news = trustNews(known, now.trust as VerifiedTrust);
    expect(
      news.map(({ version, difference }) => [version, difference?.removed.map(({ name }) => name)]),
    ).toEqual([
      [2, []],
      [3, ['anna']],
      [4, []],
    ]);
    expect(await files.started()()).toMatchObject({ active: { version: 3 }, adopted: false, told: [] });
  });
});

test('a site is handed over when its own files were read, after the trust root, and waits for no other site', async () => {
  const taken: string[] = [];
  const others = ['brno-1', 'brno-2', 'brno-3', 'brno-4', 'brno-5'];
  let goOn: () => void = () => undefined;
  const all = files.baselines([SITE, ...others]).read({
    trust: (trust) => void taken.push(`trust ${trust?.version}`),
    site: (name, { active }) => {
      taken.push(`${name} ${active?.version ?? 'unsigned'}`);
      if (name !== SITE) return Promise.resolve();
      // The one that has files is being compared for as long as the test likes.
      return new Promise((resolve) => {
        goOn = resolve;
      });
    },
  });
  await waitFor(() => taken.length === 1 + 1 + others.length, { what: 'all sites' });
  expect(taken[0]).toBe('trust 1');
  expect([...taken.slice(1)].sort()).toEqual([...others.map((name) => `${name} unsigned`), `${SITE} 1`]);
  goOn();
  expect([...(await all).sites.keys()]).toEqual([SITE, ...others]);
});

test('a withdrawn proposal put in among the baselines, with all its old signatures, takes no effect and is told as critical', async () => {
  await files.started()();
  const { bytes } = await files.approve([admins, moreTerminals('Brno')]);
  files.withdrawnProposals.add(sha256Hex(bytes));
  const there = await files.started()();
  expect(there).toMatchObject({ active: { version: 1 }, adopted: false });
  expect(there.told).toEqual(['critical BASELINE_PROPOSAL_WITHDRAWN']);
  // What is in force already stays so: nobody can withdraw it.
  files.withdrawnProposals.clear();
  expect(await files.started()()).toMatchObject({ active: { version: 2 }, adopted: true });
  files.withdrawnProposals.add(sha256Hex(bytes));
  expect(await files.started()()).toMatchObject({ active: { version: 2 }, told: [] });
});

describe('a key that was taken away', () => {
  test('signs nothing any more, not even as if it had been before', async () => {
    const dated = await files.approve([admins, moreTerminals('Brno')], ['anna']);
    const owners = { ...person('dan'), roles: ['owner', 'tech'] };
    await files.rotate({ people: [person('anna'), person('ben'), owners] });
    await files.rotate({ people: [person('ben'), owners] }, ['anna', 'ben', 'dan']);
    expect(await files.started()()).toMatchObject({ active: { version: 2 }, told: [] });

    // The pinned head counts though its only signer is gone; another document of its version, or a child, does not.
    await files.approve([admins, moreTerminals('Ostrava')], ['anna']);
    const now = await files.started()();
    expect(now).toMatchObject({ active: { version: 2, digest: dated.digest } });
    expect(now.told).toEqual(['high BASELINE_UNSIGNED', 'medium BASELINE_SIGNATURE_UNKNOWN_KEY']);
  });
});

describe('a trust root that was in force', () => {
  const owners = { ...person('dan'), roles: ['owner', 'tech'] };
  const file = () => join(files.folder, 'trust', rootFile(2));

  test('cannot be taken away by deleting it', async () => {
    await files.rotate({ people: [person('anna'), person('ben'), owners] });
    expect((await files.started()()).trust?.version).toBe(2);
    rmSync(file());
    const now = await files.started()();
    expect(now.trust?.version).toBe(2);
    expect(now.told).toEqual(['high TRUST_ROOT_MISSING']);
  });

  test('cannot be taken away by a link in its place, which is told as what it is', async () => {
    await files.started()();
    const root = join(files.folder, 'trust', rootFile(1));
    rmSync(root);
    symlinkSync('nowhere', root);
    const now = await files.started()();
    expect(now.trust?.version).toBe(1);
    expect(now.told).toEqual(['high BASELINE_FILE_SYMLINK', 'high TRUST_ROOT_MISSING']);
    expect(now.problems[1]?.detail).toMatch(
      /cannot be read in the trust directory; the copy the daemon kept/,
    );
  });

  test.each([
    ['junk', Buffer.from('junk')],
    ['nothing', Buffer.alloc(0)],
    ['root 1', rootDocument.bytes],
  ])('cannot be taken away by putting %s in its place', async (_what, bytes) => {
    await files.rotate({ people: [person('anna'), person('ben'), owners] });
    await files.started()();
    writeFileSync(file(), bytes);
    const now = await files.started()();
    expect(now.trust?.version).toBe(2);
    expect(now.told).toEqual(['critical BASELINE_EQUIVOCATION']);
  });

  test('that cannot be kept does not take effect, and the comparison goes on by the one before', async () => {
    const read = files.started();
    await read();
    mkdirSync(join(files.mirroredTrust, rootFile(2)));
    await files.rotate({ people: [person('anna'), person('ben'), owners] });
    const now = await files.started()();
    expect(now.trust?.version).toBe(1);
    expect(now).toMatchObject({ active: { version: 1 }, told: ['critical BASELINE_FILE_NOT_REGULAR'] });
  });

  test('is told when it does not count, and nothing of it is kept', async () => {
    await files.rotate({ people: [person('anna'), person('ben'), owners] }, ['anna']);
    const now = await files.started()();
    expect(now.trust?.version).toBe(1);
    expect(now.told).toEqual(['high BASELINE_TOO_FEW_SIGNERS']);
    expect(readdirSync(files.mirroredTrust)).toEqual([rootFile(1)]);
  });
});

describe('what expires', () => {
  test('is told low 30, 7 and 1 days before, high after it, and compared with all the while', async () => {
    const { expiresMs } = (await files.started()()).active as VerifiedBaseline;
    const read = files.started();
    const told: [number, readonly string[]][] = [];
    for (const days of [31, 30, 8, 7, 2, 1, -1, -400]) {
      files.nowMs = expiresMs - days * DAY_MS;
      const now = await read();
      expect(now.active?.version).toBe(1);
      told.push([days, now.told.filter((problem) => problem.includes('BASELINE'))]);
    }
    expect(told).toEqual([
      [31, []],
      [30, ['low BASELINE_EXPIRES_SOON']],
      [8, ['low BASELINE_EXPIRES_SOON']],
      [7, ['low BASELINE_EXPIRES_SOON']],
      [2, ['low BASELINE_EXPIRES_SOON']],
      [1, ['low BASELINE_EXPIRES_SOON']],
      [-1, ['high BASELINE_EXPIRED']],
      [-400, ['high BASELINE_EXPIRED']],
    ]);
  });

  test('is told of a trust root too, each stage with words of its own', async () => {
    const expiresMs = Date.parse(trustRoot.expires);
    const details = new Set<string>();
    for (const days of [31, 30, 8, 7, 2, 1, -1]) {
      files.nowMs = expiresMs - days * DAY_MS;
      const { problems } = await files.started()();
      for (const { code, detail, file } of problems) {
        if (code.startsWith('TRUST_')) details.add(`${code} ${file} ${detail}`);
      }
    }
    expect([...details].map((line) => line.split(' ')[0])).toEqual([
      'TRUST_EXPIRES_SOON',
      'TRUST_EXPIRES_SOON',
      'TRUST_EXPIRES_SOON',
      'TRUST_EXPIRED',
    ]);
  });

  test('does not stop anything when the clock is set back by years', async () => {
    const read = files.started();
    await read();
    files.nowMs = Date.parse('2020-01-01T00:00:00.000Z');
    expect(await read()).toMatchObject({ active: { version: 1 }, adopted: false, told: [] });
    expect(await files.started()()).toMatchObject({ active: { version: 1 }, adopted: false, told: [] });
  });
});
