import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkpointBytes, installBaseline, type VerifiedBaseline } from '../../../../baselines/index.js';
import { admins, collection, propose, SITE, signed, terminals } from '../../baselines/scene.js';
import { KeptCheckpoint, moreTerminals, SiteFiles } from './site-files.js';

let files: SiteFiles;
let kept: KeptCheckpoint;

/** Three steps were in force one after the other, and the daemon is not running. */
beforeEach(async () => {
  files = await SiteFiles.founded();
  kept = new KeptCheckpoint();
  const read = files.started(kept);
  await read();
  for (const names of [['Brno'], ['Brno', 'Plzen']]) {
    await files.approve([admins, moreTerminals(...names)]);
    await read();
  }
});
afterEach(() => files.close());

const folder = () => join(files.folder, 'baselines', SITE);
const rights = collection('admins', 'admin', [['9', 'mallory']]);

describe('a daemon that starts with a checkpoint', () => {
  test('goes on from it, says that everything is to be looked at again, and walks it whole then', async () => {
    const read = files.started(kept);
    expect(await read()).toMatchObject({ active: { version: 3 }, adopted: false, told: [], again: true });
    expect(await read()).toMatchObject({ active: { version: 3 }, adopted: false, told: [], again: false });
  });

  test('tells at the second look of a signature that was taken away, and what was in force stays so', async () => {
    rmSync(join(folder(), '000001.anna.sig'));
    const read = files.started(kept);
    expect((await read()).active?.version).toBe(3);
    const now = await read();
    expect(now.active?.version).toBe(3);
    expect(now.told).toContain('critical BASELINE_ROLLED_BACK');
  });

  test('lets nothing new take effect by it: what is not in force yet is walked to from the first step', async () => {
    await files.approve([admins, terminals]);
    rmSync(join(folder(), '000001.anna.sig'));
    const now = await files.started(kept)();
    expect(now).toMatchObject({ active: { version: 3 }, adopted: false, again: false });
    expect(now.told).toContain('critical BASELINE_ROLLED_BACK');
  });

  test('walks everything when a file that it covers was changed', async () => {
    rmSync(join(folder(), '000002.json'));
    const now = await files.started(kept)();
    expect(now).toMatchObject({ active: { version: 3 }, again: false });
    expect(now.told).toContain('critical BASELINE_ROLLED_BACK');
  });

  test('after a new trust root walks everything', async () => {
    await files.rotate({});
    const now = await files.started(kept)();
    expect(now).toMatchObject({ active: { version: 3 }, trust: { version: 2 }, again: false });
  });

  test('whose checkpoint, memory and files were all forged, with the help of one signer, does not believe it beyond the second look', async () => {
    const head = files.head() as VerifiedBaseline;
    // A step that gives rights and that nobody signed, and one on top of it that one person may sign alone.
    const evil = propose(head, [rights, moreTerminals('Brno', 'Plzen')]);
    const forged = { ...head, version: 4, digest: evil.digest, statement: evil.statement };
    const last = propose({ ...forged, collections: evil.records } as never, [rights, terminals]);
    for (const [proposal, signers] of [
      [evil, []],
      [last, ['anna']],
    ] as const) {
      await installBaseline(
        join(files.folder, 'baselines'),
        SITE,
        signed(proposal, signers),
        proposal.records,
      );
    }
    const step = (version: number, digest: string) => ({
      version,
      digest,
      signers: ['anna', 'ben'],
      recovery: [],
    });
    const ancestry = [...head.ancestry, step(4, evil.digest), step(5, last.digest)];
    kept.bytes = checkpointBytes({ ...head, ancestry }, 'test');
    files.remembered = { version: 5, digest: last.digest };
    const read = files.started(kept);
    expect(await read()).toMatchObject({ active: { version: 5 }, adopted: false, again: true });
    const now = await read();
    expect(now.active).toBeNull();
    expect(now.told).toContain('critical BASELINE_NOT_VERIFIABLE');
    expect(now.told).toContain('high BASELINE_UNSIGNED');
  });

  test('keeps its copy of the chain as before', () => {
    const copied = readdirSync(join(files.folder, 'kept', 'baselines', SITE));
    expect(copied.filter((file) => /^[0-9]+[.]json$/.test(file)).sort()).toEqual([
      '000001.json',
      '000002.json',
      '000003.json',
    ]);
  });
});
