import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { replaceBetweenMarkers } from '../../../bench/readme.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'bench');
const list = readFileSync(join(folder, 'benchmarks.ts'), 'utf8');
const files = [...list.matchAll(/from '\.\/([a-z-]+)\.js'/g)]
  .map((match) => match[1] ?? '')
  .filter((file) => file !== 'benchmark');

test.each(files)('bench/README.md has a place for the figures of %s.ts', (file) => {
  const name = /^ {2}name: '([a-z-]+)',$/m.exec(readFileSync(join(folder, `${file}.ts`), 'utf8'))?.[1] ?? '';
  expect(name).not.toBe('');
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(() => replaceBetweenMarkers(readme, name, '')).not.toThrow();
  expect(readme).toContain(`--only ${name}`);
});

test('what benchmarks take of the tests is built with them', () => {
  const { scripts } = JSON.parse(readFileSync(join(folder, '..', 'package.json'), 'utf8'));
  const texts = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const taken = texts.flatMap((name) => [
    ...readFileSync(join(folder, name), 'utf8').matchAll(/from '\.\.\/(test\/[a-z/]+)\/[a-z-]+\.js'/g),
  ]);
  expect(taken.length).toBeGreaterThan(0);
  for (const [, from] of taken) expect(scripts.bench).toContain(`"${from}/*.ts"`);
});
