import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { proposeBaseline } from '../../baselines/index.js';
import { collection, NOW_MS, signed } from '../unit/baselines/scene.js';

const BASELINES = new URL('../../dist/baselines/index.js', import.meta.url).href;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'full disk '));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs Node where no file may grow beyond so many KiB: what a write finds on a full disk, whoever runs the tests. */
function onFullDisk(kib: number, args: readonly string[]) {
  const script = `trap '' XFSZ; ulimit -f ${kib}; exec "$0" "$@"`;
  return spawnSync('bash', ['--norc', '-c', script, process.execPath, ...args], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], HOME: folder, NO_COLOR: '1' },
  });
}

describe('a full disk', () => {
  test('leaves nothing of a baseline that does not fit: no statement, no signature, no half of a file', () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => [`BT${i}`, 'Praha'] as const);
    const proposal = proposeBaseline({
      site: 'prague-1',
      parent: null,
      collections: [collection('terminals', 'terminal', rows)],
      reason: 'as reviewed',
      createdMs: NOW_MS,
      expiresMs: NOW_MS + 86_400_000,
    });
    const document = signed(proposal);
    const [records] = proposal.records;
    writeFileSync(join(folder, 'records'), records?.[1] ?? '');
    writeFileSync(
      join(folder, 'install.mjs'),
      `import { readFileSync } from 'node:fs';
       import { installBaseline } from ${JSON.stringify(BASELINES)};
       const document = ${JSON.stringify({ ...document, bytes: [...document.bytes] })};
       const records = [[${JSON.stringify(records?.[0])}, readFileSync('records')]];
       const bytes = Buffer.from(document.bytes);
       await installBaseline('baselines', 'prague-1', { ...document, bytes }, records)
         .then(() => console.log('installed'), (error) => console.log(error.code));`,
    );
    const full = onFullDisk(64, [join(folder, 'install.mjs')]);
    expect(full).toMatchObject({ stdout: 'BASELINE_FILE_UNWRITABLE\n', stderr: '', status: 0 });
    expect(readdirSync(join(folder, 'baselines', 'prague-1'))).toEqual([]);

    const roomy = onFullDisk(10_000, [join(folder, 'install.mjs')]);
    expect(roomy.stdout).toBe('installed\n');
    expect(readdirSync(join(folder, 'baselines', 'prague-1'))).toHaveLength(4);
  });
});
