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

  test('of an environment file keep single quotes where a shell would take double ones otherwise', () => {
    const spellings = [`A='$(x)'`, `A="$(x)"`, `A="'$(x)'"`].map((text) =>
      settingsJson('env', Buffer.from(text)),
    );
    expect(new Set(spellings).size).toBe(3);
    expect(read('env', `A='$(x)'\nB='x y'\nC="it's"`)).toEqual({
      ...{ A: `'$(x)'`, B: 'x y', C: "it's" },
    });
  });

  // Whether an answer to a question that decides over money is a word or false depends on its quotes alone.
  test.each([
    ['no', '"no"'],
    ['false', "'false'"],
    ['5', '"5"'],
    ['', '""'],
    ['~', '"~"'],
    ['2026-11-30', '"2026-11-30"'],
    ['.inf', '".inf"'],
    ['"no"', `"'no'"`],
    ['false', '!!str false'],
    ['a', '!env a'],
    ['!env a', "'!<!env> a'"],
    ['[a]', '!!python/object/apply:os.system [a]'],
    ['{a: b}', '!x {a: b}'],
    ['!x {a: b}', '{"!<!x>": {a: b}}'],
    ['{no: b}', '{"no": b}'],
    ['{5: b}', '{"5": b}'],
  ])('of YAML are others where a program would take them otherwise: %s and %s', (one, other) => {
    const settings = (value: string) => settingsJson('yaml', Buffer.from(`a: ${value}\n`));
    expect(settings(one)).not.toBeNull();
    expect(settings(other)).not.toBeNull();
    expect(settings(one)).not.toBe(settings(other));
  });

  // Spring lays each document over those before it: one that is appended decides.
  test('of YAML are those of every document', () => {
    expect(read('yaml', 'a: 1\n---\na: 2\n---\n---\nx')).toEqual({
      a: 1,
      '--- 2': { a: 2 },
      '--- 3': '',
      '--- 4': 'x',
    });
    expect(read('yaml', '---\na: 1\n...\n')).toEqual({ a: 1 });
    expect(read('yaml', '{a: 1, --- 2: {a: 2}}\n---\na: 2')).toBeNull();
    expect(read('yaml', 'a: 1\n---\n[')).toBeNull();
    expect(read('yaml', '!x [a]')).toEqual({ '!<!x>': ['a'] });
    expect(read('yaml', '!x [a]\n---\nb: 1')).toBeNull();
    expect(read('yaml', `a: 1\n${'---\n'.repeat(200_000)}`)).toBeNull();
  });

  test('of YAML are the same in quotes that change nothing', () => {
    expect(read('yaml', 'a: "plain text"\nb: \'x\'\nc: !x "z"\nd: 1.10\n5: z\n')).toEqual({
      ...{ a: 'plain text', b: 'x', c: '!<!x> z', d: 1.1, '5': 'z' },
    });
    expect(settingsJson('yaml', Buffer.from('d: 1.10\ne: true'))).toBe('{"d":1.10,"e":true}');
  });

  test.each(['%YAML 1.1\n---\na: no', '%TAG !y! tag:x,2026:\n---\na: !y!z no', '? [a]\n: b'])(
    'of YAML are none where something before or between them says how they are read: %j',
    (text) => {
      expect(read('yaml', text)).toBeNull();
    },
  );

  test.each([
    ['nan', '"nan"'],
    ['2026-11-30', '"2026-11-30"'],
    ['09:00:00', '"09:00:00"'],
    ['"-inf"', `"'-inf'"`],
  ])('of TOML are others where a text reads like a time or a float: %s and %s', (one, other) => {
    const settings = (value: string) => settingsJson('toml', Buffer.from(`a = ${value}\n`));
    expect(settings(one)).not.toBeNull();
    expect(settings(one)).not.toBe(settings(other));
  });

  test.each([
    ['json', '{"a":"1"}'],
    ['json', ' { } '],
    ['yaml', 'a: b'],
    ['toml', 'a = "b"'],
    ['xml', '<a>b</a>'],
    ['properties', 'a=b'],
    ['ini', 'a=b'],
    ['env', 'A=b'],
  ] as const)('of %s say that a byte order mark stands before them: %j', (format, text) => {
    const marked = read(format, `\uFEFF${text}`);
    expect(marked).toEqual({ ...Object(read(format, text)), '(byte order mark)': 'at the beginning' });
  });

  test('that call themselves a byte order mark are none behind one', () => {
    expect(read('properties', '\uFEFF(byte\\ order\\ mark)=at the beginning')).toBeNull();
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
