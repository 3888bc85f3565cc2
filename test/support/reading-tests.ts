import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from '@jest/globals';

/**
 * What people read, whole and side by side, in a file that is reviewed like code: beside `x.test.ts` lies `x.txt`, a scene after a line
 * `## scene`. After a wanted change of words: `WRITE_AS_READ=1 npm run jest -- as-re`, then read the diff.
 */
export function readingTests(testFile: string, scenes: Readonly<Record<string, () => string>>): void {
  const file = new URL(testFile.replace(/\.test\.ts$/, '.txt'));
  const writes = process.env['WRITE_AS_READ'] !== undefined;
  const written = new Map<string, string>();
  const known = new Map(
    (writes ? '' : readFileSync(file, 'utf8'))
      .split(/^## /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trimEnd()]),
  );
  test.each(Object.entries(scenes))('reads as people reviewed it: %s', (scene, read) => {
    written.set(scene, read());
    if (!writes) expect(written.get(scene)).toBe(known.get(scene));
  });
  test('the reviewed file holds these scenes and no others', () => {
    if (!writes) expect([...known.keys()]).toEqual(Object.keys(scenes));
  });
  afterAll(() => {
    if (writes) writeFileSync(file, [...written].map(([scene, text]) => `## ${scene}\n${text}\n`).join('\n'));
  });
}
