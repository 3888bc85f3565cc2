import { describe, expect, test } from '@jest/globals';
import { settingsJson, type TextFormat } from '../../../../daemon/sources/files/text/settings-json.js';

const read = (format: TextFormat, text: string): unknown => {
  const json = settingsJson(format, Buffer.from(text));
  return json === null ? null : JSON.parse(json);
};

describe('settings in text', () => {
  test('of Java properties are read as Java reads them', () => {
    const text =
      '# note\n! note\na=1\n  b : two words  \nc three\nlong = one \\\n   and two\nk\\=e\\ y=v\\u00e9\\tx\nempty\n';
    expect(read('properties', text)).toEqual({
      ...{ a: '1', b: 'two words  ', c: 'three', long: 'one and two', 'k=e y': 'vé\tx', empty: '' },
    });
  });

  test('that stand twice keep both values: which one counts is not guessed', () => {
    expect(read('properties', 'a=1\na=2')).toEqual({ a: ['1', '2'] });
    expect(read('env', 'A=1\nA=2')).toEqual({ A: ['1', '2'] });
  });

  test('of INI files stand below their section', () => {
    expect(read('ini', 'top = 1\n[program:x]\n; note\ncommand=/bin/x --a=b\n')).toEqual({
      top: '1',
      'program:x': { command: '/bin/x --a=b' },
    });
  });

  test('of an environment file lose their quotes and export', () => {
    expect(read('env', `export A="x y"\nB='z'\nC=plain # kept\n`)).toEqual({
      A: 'x y',
      B: 'z',
      C: 'plain # kept',
    });
  });

  test('of YAML are text as written, and of JSON what they are', () => {
    expect(read('yaml', 'a:\n  b: no\n  c: 0x10\n  __proto__: x\n')).toMatchObject({
      a: { b: 'no', c: '0x10' },
    });
    expect(read('json', '{"a":{"b":1}}')).toEqual({ a: { b: 1 } });
  });

  test.each([
    ['json', '{"a":1,"a":2}'],
    ['json', '[1]'],
    ['json', '{'],
    ['yaml', 'a: 1\na: 2'],
    ['yaml', 'a: &x [1]\nb: [*x, *x]'],
    ['yaml', '- 1'],
    ['yaml', '['.repeat(20_000)],
    ['ini', 'a line'],
    ['ini', 'x = 1\n[x]\ny = 2'],
    ['env', 'A="open'],
    ['env', 'rm -rf /'],
    ['properties', 'a=\\u00g1'],
  ] as const)('of %s are none in %j', (format, text) => {
    expect(read(format, text)).toBeNull();
  });
});
