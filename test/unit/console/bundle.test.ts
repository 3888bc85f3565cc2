import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every file of both pages, built anew. */
function built(name: string): ReadonlyMap<string, Buffer> {
  const out = join(folder, name);
  execFileSync(process.execPath, ['console/build.mjs', out]);
  return new Map(
    ['watch', 'approve'].flatMap((page) =>
      readdirSync(join(out, page)).map(
        (file) => [`${page}/${file}`, readFileSync(join(out, page, file))] as const,
      ),
    ),
  );
}

describe('the pages', () => {
  test('are the same bytes whenever they are built, small enough for a phone, and ask for nothing elsewhere', () => {
    const [one, other] = [built('one'), built('other')];
    expect([...one.keys()].sort()).toEqual([...other.keys()].sort());
    for (const [name, bytes] of one) expect(other.get(name)?.equals(bytes)).toBe(true);
    for (const page of ['watch', 'approve']) {
      const files = [...one].filter(([name]) => name.startsWith(page));
      expect(files).toHaveLength(4);
      const size = files.reduce((sum, [, bytes]) => sum + gzipSync(bytes).length, 0);
      expect(size).toBeLessThan(60 * 1024);
      // Names of namespaces are no addresses: nobody asks them for anything.
      const asked = files.flatMap(([, bytes]) => bytes.toString('utf8').match(/https?:\/\/[\w.-]+/g) ?? []);
      expect(asked.filter((address) => !address.startsWith('http://www.w3.org'))).toEqual([]);
    }
    const licences = readFileSync(join(folder, 'one', 'LICENSES.txt'), 'utf8');
    expect(licences.match(/Permission is hereby granted/g)).toHaveLength(3);
  });
});
