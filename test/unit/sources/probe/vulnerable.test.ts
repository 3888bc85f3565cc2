import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { holesOf, knownHoles } from '../../../../daemon/sources/probe/vulnerable.js';

const A = 'CVE-2022-4980';
const B = 'CVE-2023-28725';

describe('known holes of the CAS', () => {
  const shipped = knownHoles(undefined);
  test.each([
    ['20201207.99', [B]],
    ['20201208', [A, B]],
    ['20201208.1', [A, B]],
    ['20220531.37', [A, B]],
    ['20220531.38', [B]],
    ['20220601.5', [A, B]],
    ['20220725.21', [A, B]],
    ['20220725.22', [B]],
    ['20221118.47', [B]],
    ['20221118.48', []],
    ['20230120.43', [B]],
    ['20230120.44', []],
    ['20230120.100', []],
    ['20230401.1', []],
  ])('of version %s are %p', (version, expected) => {
    expect(holesOf('cas', version, shipped)).toEqual(expected);
  });

  test('are unknown of a version that is not written in numbers', () => {
    expect(holesOf('cas', '2022-beta', shipped)).toBeNull();
  });

  test('are not those of another product', () => {
    expect(holesOf('lamassu', '20220531.37', shipped)).toEqual([]);
  });
});

describe('a file of known holes', () => {
  const withFile = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'tillwarden-holes-'));
    try {
      writeFileSync(join(folder, 'holes.yaml'), text);
      return knownHoles(join(folder, 'holes.yaml'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test('stands beside those that are shipped', () => {
    const holes = withFile(
      "- { id: OURS-1, product: gate, fixed: ['2.1.4', '3'], source: 'https://example.org/1' }",
    );
    expect(holesOf('gate', '2.1.3', holes)).toEqual(['OURS-1']);
    expect(holesOf('gate', '2.1.4', holes)).toEqual([]);
    expect(holesOf('gate', '2.0.9', holes)).toEqual(['OURS-1']);
    expect(holesOf('cas', '20220725.21', holes)).toEqual([A, B]);
  });

  test.each([
    ['is no YAML', '{', 'something that is not YAML'],
    ['lacks a fix', "- { id: X, product: p, fixed: [], source: 'https://e.org' }", '0.fixed'],
    [
      'has a version that is a number',
      "- { id: X, product: p, fixed: [1.10], source: 'https://e.org' }",
      'in quotes',
    ],
  ])('that %s is refused by name', (_name, text, words) => {
    expect(() => withFile(text)).toThrow(
      expect.objectContaining({ code: 'SOURCE_DOORS_FILE', message: expect.stringContaining(words) }),
    );
  });
});
