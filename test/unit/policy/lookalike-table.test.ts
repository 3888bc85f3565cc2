import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { LATIN_LOOKALIKES } from '../../../daemon/policy/lookalike-table.js';

/** Unicode's confusables, as the package carries them: each character and the one it can be taken for. */
const confusables = new Map(
  Object.entries(createRequire(import.meta.url)('unhomoglyph/data.json') as Record<string, string>),
);
const file = new URL('../../../daemon/policy/lookalike-table.ts', import.meta.url);

/** What a skeleton keeps of a text: no marks, no capitals. */
const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** What a character looks like, when that is Latin letters or digits; undefined otherwise. */
function latinOf(character: string): string | undefined {
  const latin = folded(confusables.get(character) ?? '');
  return /^[a-z0-9!|]+$/.test(latin) ? latin : undefined;
}

/** The table by the rule in the head of its file: what looks Latin by itself, or as a capital, or as a small letter. */
function tableFromUnicode(): Readonly<Record<string, readonly number[]>> {
  const table = new Map<string, number[]>();
  const candidates = new Set([...confusables.keys()].flatMap((one) => [one, one.toLowerCase()]));
  for (const one of candidates) {
    if (Array.from(one).length !== 1 || folded(one) !== one.toLowerCase() || /^\p{ASCII}$/u.test(one))
      continue;
    if (one.normalize('NFKD') !== one || /[\p{M}\p{C}\p{Z}]/u.test(one)) continue;
    const latin = latinOf(one) ?? latinOf(one.toUpperCase()) ?? latinOf(one.toLowerCase());
    if (latin !== undefined) table.set(latin, [...(table.get(latin) ?? []), one.codePointAt(0) ?? 0]);
  }
  const rows = [...table].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(rows.map(([latin, points]) => [latin, points.sort((a, b) => a - b)]));
}

test('the table of lookalikes is what Unicode’s confusables come to', () => {
  const table = tableFromUnicode();
  if (process.env['WRITE_LOOKALIKES'] !== undefined) {
    const [head] = readFileSync(file, 'utf8').split('= {');
    const rows = Object.entries(table).map(
      ([latin, points]) => `'${latin}': [${points.map((point) => `0x${point.toString(16)}`).join(', ')}],`,
    );
    writeFileSync(file, `${head}= {\n${rows.join('\n')}\n};\n`);
  }
  expect(LATIN_LOOKALIKES).toEqual(table);
  expect(Object.values(table).flat().length).toBeGreaterThan(700);
});
