import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { follows, JOURNAL_START, journalBody, journalHash } from '../../../daemon/store/journal.js';

const first = { seq: 1, atMs: 5, type: 'verdict', body: '{"a":1}', previous: JOURNAL_START };
const entry = { ...first, hash: journalHash(first) };

describe('the hash of a journal entry', () => {
  test('is the SHA-256 of its parts, each with its line feed', () => {
    const bytes = `${'0'.repeat(64)}\n1\n5\nverdict\n{"a":1}\n`;
    expect(entry.hash).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test.each([
    ['seq', { seq: 2 }],
    ['atMs', { atMs: 6 }],
    ['type', { type: 'other' }],
    ['body', { body: '{"a":2}' }],
    ['previous', { previous: '1'.repeat(64) }],
  ])('differs with another %s', (_part, difference) => {
    expect(journalHash({ ...first, ...difference })).not.toBe(entry.hash);
  });

  test('is refused for a type that could hold a line feed', () => {
    expect(() => journalHash({ ...first, type: 'a\nb' })).toThrow(RangeError);
  });
});

describe('an entry follows another', () => {
  test('when sequence, previous hash and own hash fit', () => {
    const second = { ...first, seq: 2, previous: entry.hash };
    expect(follows(null, entry)).toBe(true);
    expect(follows(entry, { ...second, hash: journalHash(second) })).toBe(true);
  });

  test('not when one of them does not', () => {
    const skipped = { ...first, seq: 3, previous: entry.hash };
    const unlinked = { ...first, seq: 2, previous: '1'.repeat(64) };
    expect(follows(entry, { ...skipped, hash: journalHash(skipped) })).toBe(false);
    expect(follows(entry, { ...unlinked, hash: journalHash(unlinked) })).toBe(false);
    expect(follows(null, { ...entry, body: '{"a":2}' })).toBe(false);
  });
});

test('a body is JSON with sorted names at every level', () => {
  expect(journalBody({ b: [{ d: 1, c: null }], a: undefined, e: 'é\ud800' })).toBe(
    '{"b":[{"c":null,"d":1}],"e":"é\\ud800"}',
  );
  expect(journalBody(undefined)).toBe('null');
});
