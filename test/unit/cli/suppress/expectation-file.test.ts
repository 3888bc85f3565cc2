import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readExpectationFile } from '../../../../daemon/cli/suppress/expectation-file.js';

const folder = mkdtempSync(join(tmpdir(), 'tillwarden-expect-'));
afterAll(() => rmSync(folder, { recursive: true }));
const read = (written: string) => {
  const file = join(folder, 'expected.yaml');
  writeFileSync(file, `- collection: routes\n  changes: { id: 1, extra: ${written} }\n`);
  return readExpectationFile(file, undefined)[0]?.values.get('extra');
};

describe('a list or mapping in an expectation file', () => {
  test.each([
    ['{ fee: 1.50, id: 12345678901234567890 }', '{"fee":1.50,"id":12345678901234567890}'],
    ['{ "fee": 1e3, "b": -0.0 }', '{"b":-0.0,"fee":1e3}'],
    ['[1.0, "1.0", null, true, { }]', '[1.0,"1.0",null,true,{}]'],
    ['{ a: , b: "x" }', '{"a":null,"b":"x"}'],
    ['{ __proto__: 1, toJSON: "x" }', '{"__proto__":1,"toJSON":"x"}'],
  ])('%s is the JSON that the database holds, its numbers as they are written', (written, json) => {
    expect(read(written)).toBe(json);
  });

  test.each(['{ fee: 0x1f }', '{ fee: .5 }', '[.inf]', '[+1]'])(
    '%s is refused: JSON has no such number',
    (written) => {
      expect(() => read(written)).toThrow('no JSON');
    },
  );
});
