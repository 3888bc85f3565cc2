import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { normalizeJsonText } from '../../../baselines/index.js';
import { JSON_TEXT_LIMITS } from '../../../baselines/json-text.js';

const normal = (text: string) => {
  const result = normalizeJsonText(text);
  if (!result.ok) throw new Error(result.reason);
  return result.text;
};
const refused = (text: string) => {
  const result = normalizeJsonText(text);
  return result.ok ? `accepted as ${result.text}` : result.reason;
};

describe('normalizing JSON text', () => {
  test.each([
    [' { "b" : 1 ,\r\n\t"a" : [ ] } ', '{"a":[],"b":1}'],
    ['{"\\u0061":"\\/\\u00e9\\u001F\\n"}', '{"a":"/é\\u001f\\n"}'],
    ['"\\ud83e\\udd80"', '"\u{1f980}"'],
    ['{"\\ud83e\\udd80":1,"\uff5e":2}', '{"\u{1f980}":1,"\uff5e":2}'],
    ['{"__proto__":1,"constructor":{},"toJSON":null}', '{"__proto__":1,"constructor":{},"toJSON":null}'],
    ['{"10":1,"2":2,"1":3}', '{"1":3,"10":1,"2":2}'],
    ['[true,false,null]', '[true,false,null]'],
    ['{}', '{}'],
    ['""', '""'],
  ])('%s becomes %s', (text, expected) => {
    expect(normal(text)).toBe(expected);
  });

  test.each([
    ['0'],
    ['-0'],
    ['1.0'],
    ['1e0'],
    ['1E+00'],
    ['9007199254740993'],
    ['1e999'],
    ['0.1000000000000000055511151231257827'],
  ])('keeps the number %s as it is written', (number) => {
    expect(normal(` [ ${number} ] `)).toBe(`[${number}]`);
  });

  test.each([
    ['', 'nothing'],
    [' ', 'white space alone'],
    ['{', 'an object without an end'],
    ['[1', 'an array without an end'],
    ['"a', 'a string without an end'],
    ['"\\', 'a string that ends in an escape'],
    ['[1,]', 'a comma too many'],
    ['[1 2]', 'a comma too few'],
    ['{"a":1,}', 'a comma too many in an object'],
    ['{"a" 1}', 'a missing colon'],
    ['{a:1}', 'a name without quotes'],
    ['{1:1}', 'a number for a name'],
    ["{'a':1}", 'single quotes'],
    ['01', 'a leading zero'],
    ['+1', 'a plus sign'],
    ['.5', 'no digit before the point'],
    ['1.', 'no digit behind the point'],
    ['1e', 'no digit in the exponent'],
    ['-', 'a sign alone'],
    ['0x10', 'another base'],
    ['NaN', 'a number that is none'],
    ['Infinity', 'an infinite number'],
    ['undefined', 'a word that JSON does not have'],
    ['True', 'a word in capitals'],
    ['tru', 'a word that is cut off'],
    ['truex', 'a word with more'],
    ['1 1', 'two values'],
    ['{}}', 'an end too many'],
    ['[}', 'another end'],
    ['/**/1', 'a comment'],
    ['\ufeff1', 'a byte order mark'],
    ['\u00a01', 'a blank that JSON does not have'],
    ['"\t"', 'a control character'],
    ['"\\x41"', 'an escape that JSON does not have'],
    ['"\\u12"', 'an escape that is cut off'],
    ['"\\u12g4"', 'an escape with another letter'],
    ['"\\\u0001"', 'an escaped control character'],
    ['{"a":1,"a":1}', 'a name twice'],
    ['{"a":1,"b":2,"\\u0061":3}', 'a name twice in two spellings'],
    ['{"__proto__":1,"__proto__":1}', 'a name of JavaScript twice'],
    ['"\\ud800"', 'half a pair, escaped'],
    ['"\\udc00\\ud800"', 'a pair the wrong way round'],
    ['{"\\ud800":1}', 'half a pair in a name'],
    ['"\ud800"', 'half a pair'],
  ])('refuses %p: %s', (text) => {
    expect(refused(text)).not.toContain('accepted');
  });

  test('refuses what nests too deeply, however deep, without a fault', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(normal(nested(JSON_TEXT_LIMITS.maxDepth))).toBe(nested(JSON_TEXT_LIMITS.maxDepth));
    expect(refused(nested(JSON_TEXT_LIMITS.maxDepth + 1))).toContain('nested deeper');
    expect(refused('['.repeat(5_000_000))).toContain('nested deeper');
    expect(refused('{"a":'.repeat(1_000_000))).toContain('nested deeper');
  });

  test('counts the levels that are open, not all there ever were', () => {
    const wide = `[${'[[]],'.repeat(500)}1]`;
    expect(normal(wide)).toBe(wide);
  });

  test('refuses what is too long', () => {
    expect(normalizeJsonText('[1,2,3]', { maxDepth: 1, maxLength: 6 }).ok).toBe(false);
    expect(normalizeJsonText('[1,2,3]', { maxDepth: 1, maxLength: 7 }).ok).toBe(true);
  });

  test('says where, and not what', () => {
    expect(refused('{"password":hunter2}')).toBe('a value is missing (at character 12)');
  });

  test('accepts exactly what JSON.parse accepts, less what has no single meaning', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      'a',
      '\\',
      '\\u0061',
      '\\n',
      '0',
      '1',
      '-',
      '.',
      'e',
      'E',
      '+',
      ' ',
      '\n',
      'true',
      'null',
      '"a":',
      '"b"',
      '\u0001',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const result = normalizeJsonText(text);
        const standard = parsed(text);
        if (result.ok)
          return standard !== undefined && sorted(JSON.parse(result.text)) === sorted(standard.value);
        return standard === undefined || result.reason.includes('twice');
      }),
      { numRuns: 20_000 },
    );
  });

  test('is unchanged by itself, and by white space and order', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (json) => {
        const once = normal(JSON.stringify(json));
        expect(normal(once)).toBe(once);
        expect(normal(JSON.stringify(json, null, '\t'))).toBe(once);
        expect(normal(JSON.stringify(reversed(json)))).toBe(once);
      }),
    );
  });

  test('keeps different meanings apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        if (normal(JSON.stringify(a)) === normal(JSON.stringify(b))) expect(a).toEqual(b);
        else expect(same).toBe(false);
      }),
    );
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
        normalizeJsonText(String.fromCharCode(...units));
        normalizeJsonText(`["${String.fromCharCode(...units)}"]`);
      }),
    );
  });
});

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** One text for each value, written apart from the code under test. */
function sorted(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(sorted).join(',')}]`;
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sorted(member)}`).join(',')}}`;
}

/** The same value with the members of its objects the other way round. */
function reversed(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(reversed);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
