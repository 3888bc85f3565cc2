import { describe, expect, test } from '@jest/globals';
import { canonicalJson, type JsonValue, parseDocument } from '../../../baselines/canonical.js';
import { LIMITS } from '../../../baselines/limits.js';

const refusal = (code: string, message: string) => expect.objectContaining({ code, message });
const NOT_JSON =
  'The document is not JSON; it is damaged or was cut off. Restore it from where it was signed.';
const NOT_CANONICAL =
  'The document is not in canonical form (sorted names, no white space, one line feed at the end); it was not written by tillwarden or was edited.';
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}\n`;

describe('a document that is refused', () => {
  test.each<[string, string | Uint8Array, string, string]>([
    ['is cut off', '{"a":1', 'BASELINE_NOT_JSON', NOT_JSON],
    ['is empty', '', 'BASELINE_NOT_JSON', NOT_JSON],
    ['was edited', '{"a": 1}\n', 'BASELINE_NOT_CANONICAL', NOT_CANONICAL],
    ['is not text', Buffer.from([0xff]), 'BASELINE_NOT_UTF8', 'The document is not UTF-8 text.'],
    [
      'is deep',
      nested(17),
      'BASELINE_TOO_DEEP',
      'The document nests deeper than 16 levels; ours never do. Remove it, and find out who put it there.',
    ],
    [
      'is large',
      Buffer.alloc(LIMITS.documentBytes + 1),
      'BASELINE_TOO_LARGE',
      'The document has 1048577 bytes; at most 1048576 are read. Remove what does not belong there.',
    ],
  ])('for it %s says so', (_what, content, code, message) => {
    expect(() => parseDocument(Buffer.from(content))).toThrow(refusal(code, message));
  });

  test.each<[string, unknown, string]>([
    ['undefined', undefined, 'A undefined has no canonical form; needed is JSON.'],
    ['a function', () => 1, 'A function has no canonical form; needed is JSON.'],
    ['a fraction', 0.5, 'A number is not a whole number below 2^53; needed is one.'],
    ['half a pair', '\ud800', 'A text holds half of a surrogate pair; needed is Unicode text.'],
  ])('to be written says why: %s', (_what, value, message) => {
    expect(() => canonicalJson(value as JsonValue)).toThrow(refusal('BASELINE_NOT_CANONICAL', message));
  });
});

describe('a document', () => {
  test.each([
    ['lists', '[]'],
    ['objects', '{}'],
    ['objects in objects', '{"a":{}}'],
    ['texts that end in brackets', '"\\"{[\\\\"'],
  ])('may hold any number of %s beside each other', (_what, one) => {
    const content = `[${Array(100).fill(one).join(',')}]\n`;
    expect(parseDocument(Buffer.from(content))).toHaveLength(100);
  });

  test('may nest to its limit', () => {
    expect(() => parseDocument(Buffer.from(nested(16)))).not.toThrow();
  });
});
