import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SITE } from '../../baselines/scene.js';
import { SiteFiles } from './site-files.js';

let files: SiteFiles;
let read: ReturnType<SiteFiles['started']>;
beforeEach(async () => {
  files = await SiteFiles.founded();
  read = files.started();
  await read();
});
afterEach(() => files.close());

const folder = () => join(files.folder, 'baselines', SITE);
const copy = () => join(files.folder, 'kept', 'baselines', SITE);
const named = (directory: string, end: string) =>
  join(directory, readdirSync(directory).find((file) => file.endsWith(end)) ?? 'none');
const cut = (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -2));

describe('a file of the chain in force, while the daemon runs', () => {
  test.each<[string, () => void, readonly string[]]>([
    ['nothing', () => undefined, []],
    ['a records file cut off', () => cut(named(folder(), '.jsonl')), ['critical BASELINE_RECORDS_DIGEST']],
    ['a records file gone', () => rmSync(named(folder(), '.jsonl')), ['critical BASELINE_RECORDS_MISSING']],
    ['a signature gone', () => rmSync(named(folder(), 'anna.sig')), ['critical BASELINE_SIGNATURE_GONE']],
    ['a signature cut off', () => cut(named(folder(), 'ben.sig')), ['critical BASELINE_SIGNATURE_GONE']],
    ['a copied records file cut off', () => cut(named(copy(), '.jsonl')), ['critical BASELINE_COPY_DAMAGED']],
    ['a copied statement cut off', () => cut(named(copy(), '.json')), ['critical BASELINE_COPY_DAMAGED']],
  ])('%s is told as what it is, and the baseline stays in force', async (_what, attack, told) => {
    attack();
    const now = await read();
    expect(now.active?.version).toBe(1);
    expect(now.told.filter((one) => !one.startsWith('medium '))).toEqual(told);
    expect((await read()).told).toEqual(now.told);
  });

  test('a signature of a trust root gone is told, and the root stays in force', async () => {
    await files.rotate({});
    await read();
    rmSync(named(join(files.folder, 'trust'), '2.anna.sig'));
    const now = await read();
    expect(now.trust?.version).toBe(2);
    expect(now.told).toContain('high BASELINE_SIGNATURE_GONE');
  });

  test('a statement cut off is told as one that does not count, not as one that is gone', async () => {
    cut(named(folder(), '.json'));
    const { problems, active } = await read();
    expect(active?.version).toBe(1);
    const [rolledBack] = problems.filter(({ code }) => code === 'BASELINE_ROLLED_BACK');
    expect(rolledBack?.detail).toContain('does not count any more as it lies in the baseline directory');
  });

  test('records changed while the daemon was off are told as changed', async () => {
    cut(named(folder(), '.jsonl'));
    const now = await files.started()();
    expect(now.active?.version).toBe(1);
    expect(now.told).toEqual(['high BASELINE_RECORDS_DIGEST', 'critical BASELINE_FILES_CHANGED']);
  });
});

describe('the highest trust root that was in force', () => {
  test('is not given up for an older one when neither disk nor copy has it', async () => {
    await files.rotate({});
    await files.started()();
    for (const directory of [join(files.folder, 'trust'), files.mirroredTrust]) {
      for (const file of readdirSync(directory)) {
        if (file.startsWith('root.000002')) rmSync(join(directory, file));
      }
    }
    const now = await files.started()();
    expect(now.trust).toBeNull();
    expect(now.active?.version).toBe(1);
    expect(now.told).toContain('critical BASELINE_TRUST_ROLLED_BACK');
  });

  test('is taken from the disk where its copy was damaged, and that is told', async () => {
    await files.rotate({});
    await files.started()();
    cut(join(files.mirroredTrust, 'root.000002.json'));
    const now = await files.started()();
    expect(now.trust?.version).toBe(2);
    expect(now.told).toContain('critical BASELINE_COPY_DAMAGED');
  });
});
