import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pathText } from '../../../../daemon/sources/files/survey/path-text.js';

const text = (bytes: readonly number[] | string) => pathText(Buffer.from(bytes as string));

describe('the text of a path', () => {
  test('is the name itself where that is text', () => {
    expect(text('/batm/config/Žižkov 🦊.properties')).toBe('/batm/config/Žižkov 🦊.properties');
  });

  test.each([
    ['a line feed', 'a\nb', 'a\\x0ab'],
    ['an escape sequence', 'a\x1b[31m', 'a\\x1b[31m'],
    ['a line separator', 'a\u2028b', 'a\\xe2\\x80\\xa8b'],
    ['a backslash', 'a\\x0ab', 'a\\\\x0ab'],
  ])('escapes %s', (_what, name, shown) => {
    expect(text(name)).toBe(shown);
  });

  test.each([
    ['a byte that is no UTF-8', [0x61, 0xff, 0x62], 'a\\xffb'],
    ['a sequence that was cut', [0xc5, 0xbe, 0xc5], 'ž\\xc5'],
    ['half a surrogate pair in UTF-8', [0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
    ['a longer spelling of a slash', [0xc0, 0xaf], '\\xc0\\xaf'],
  ])('shows %s byte for byte', (_what, bytes, shown) => {
    expect(text(bytes)).toBe(shown);
  });

  test('names no two paths alike', () => {
    const path = fc.uint8Array({ minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(pathText(a) === pathText(b)).toBe(Buffer.compare(a, b) === 0);
        expect(pathText(a)).toMatch(/^[^\p{Cc}\p{Surrogate}]*$/u);
      }),
    );
  });
});
