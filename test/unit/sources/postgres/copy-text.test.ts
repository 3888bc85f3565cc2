import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLineSplitter, parseLine } from '../../../../daemon/sources/postgres/copy-text.js';

/** What COPY writes (PostgreSQL, COPY, "Text Format"). */
function copyField(value: string | null): string {
  if (value === null) return '\\N';
  const names: Record<string, string> = {
    '\\': '\\\\',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  };
  return value.replace(/[\\\b\f\n\r\t\v]/g, (character) => names[character] ?? '');
}

const value = fc.option(
  fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('\\', '\t', '\n', 'N', '.', 'a', '\uFFFD', '😀') }),
  ),
);

test('whatever the values and wherever the chunks are cut, the values come back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(value, { minLength: 1, maxLength: 5 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      (rows, size) => {
        const bytes = Buffer.from(rows.map((row) => `${row.map(copyField).join('\t')}\n`).join(''));
        const seen: ReturnType<typeof parseLine>[] = [];
        const splitter = createLineSplitter((buffer, start, end) => seen.push(parseLine(buffer, start, end)));
        for (let i = 0; i < bytes.length; i += size) splitter.push(bytes.subarray(i, i + size));
        expect(seen).toEqual(rows);
      },
    ),
  );
});

test('a value that is not UTF-8 is its bytes and leaves its neighbours alone; a replacement character that was sent is text', () => {
  const bad = Buffer.from([0x61, 0xff, 0x5c, 0x74, 0x09, 0xc3, 0xa9]);
  expect(parseLine(bad, 0, bad.length)).toEqual([{ bytes: Buffer.from([0x61, 0xff, 0x09]) }, 'é']);
  const good = Buffer.from('\uFFFD\uFEFF');
  expect(parseLine(good, 0, good.length)).toEqual(['\uFFFD\uFEFF']);
});

test.each(['\\x41', '\\q', 'a\\'])('%s is not what COPY writes', (text) => {
  expect(() => parseLine(Buffer.from(text), 0, text.length)).toThrow();
});
