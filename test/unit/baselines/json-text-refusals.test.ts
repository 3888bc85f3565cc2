import { describe, expect, test } from '@jest/globals';
import { normalizeJsonText } from '../../../baselines/index.js';

describe('JSON text', () => {
  test.each<[string, string]>([
    ['', 'a value is missing (at character 0)'],
    ['1 2', 'something follows the value (at character 2)'],
    ['truex', 'something follows the value (at character 4)'],
    ['trux', 'a value is missing (at character 0)'],
    ['[falsy]', 'a value is missing (at character 1)'],
    ['nul', 'a value is missing (at character 0)'],
    ['{1:1}', 'a name is missing (at character 1)'],
    ['{"a":1,}', 'a name is missing (at character 7)'],
    ['{"a" 1}', 'a colon is missing (at character 6)'],
    ['{"a"', 'a colon is missing (at character 4)'],
    ['[1 2]', 'a comma or the end of a list is missing (at character 4)'],
    ['{"a":1]', 'a comma or the end of a list is missing (at character 7)'],
    ['["a', 'a string is cut off or holds a control character (at character 3)'],
    ['"a\u001f"', 'a string is cut off or holds a control character (at character 3)'],
    ['"\\x41"', 'an escape that JSON does not have (at character 6)'],
    ['"\ud800"', 'half a surrogate pair'],
    ['"\\ud800"', 'half a surrogate pair (at character 8)'],
    ['{"a":1,"a":2}', 'one name twice in an object (at character 13)'],
    ['{"b":1,"a":2,"b":3}', 'one name twice in an object (at character 19)'],
    ['[[[[]]]]', 'nested deeper than 3 levels (at character 4)'],
    ['{"a":{"a":{"a":{}}}}', 'nested deeper than 3 levels (at character 16)'],
    [`"${'x'.repeat(99)}"`, 'longer than 100 characters'],
  ])('%j is refused in our words', (text, reason) => {
    const limits = { maxDepth: 3, maxLength: 100 };
    expect(normalizeJsonText(text, limits)).toEqual({ ok: false, reason });
  });

  test.each<[string, string]>([
    ['{"a!":1,"a":2}', '{"a":2,"a!":1}'],
    ['{"c":1,"a":2,"b":3}', '{"a":2,"b":3,"c":1}'],
    ['{"\\u0062":1,"a":2}', '{"a":2,"b":1}'],
    ['"\u0020"', '"\u0020"'],
    ['{"":1," ":2}', '{"":1," ":2}'],
  ])('%j becomes %j', (text, normal) => {
    expect(normalizeJsonText(text)).toEqual({ ok: true, text: normal });
  });

  test('may hold any number of objects beside each other', () => {
    const text = `[${'{"a":{}},'.repeat(9)}1]`;
    expect(normalizeJsonText(text, { maxDepth: 3, maxLength: 100 })).toEqual({ ok: true, text });
  });
});
