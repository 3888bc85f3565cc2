import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  allEntries,
  breakBetween,
  JOURNAL_START,
  journalBody,
  journalHash,
} from '../../../daemon/store/journal/chain.js';

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
    expect(breakBetween(null, entry)).toBeNull();
    expect(breakBetween(entry, { ...second, hash: journalHash(second) })).toBeNull();
  });

  test('not when one of them does not, and what is wrong is said', () => {
    const skipped = { ...first, seq: 3, previous: entry.hash };
    const unlinked = { ...first, seq: 2, previous: '1'.repeat(64) };
    const gap = breakBetween(entry, { ...skipped, hash: journalHash(skipped) });
    expect(gap).toEqual({ seq: 2, what: 'missing' });
    const replaced = breakBetween(entry, { ...unlinked, hash: journalHash(unlinked) });
    expect(replaced).toEqual({ seq: 2, what: 'detached' });
    expect(breakBetween(null, { ...entry, body: '{"a":2}' })).toEqual({ seq: 1, what: 'changed' });
    expect(breakBetween(null, { ...entry, type: 'a\nb' })).toEqual({ seq: 1, what: 'changed' });
  });
});

test('all entries are read page by page, each once', () => {
  const entries = Array.from({ length: 2500 }, (_, index) => ({ ...entry, seq: index + 1 }));
  const pages: number[] = [];
  const read = allEntries({
    journal: {
      entries: (after, limit) => {
        const page = entries.slice(after, after + limit);
        pages.push(page.length);
        return page;
      },
    },
  });
  expect([...read]).toEqual(entries);
  expect(pages).toEqual([1000, 1000, 500, 0]);
});

test('a body is JSON with sorted names at every level', () => {
  expect(journalBody({ b: [{ d: 1, c: null }], a: undefined, e: 'é\ud800' })).toBe(
    '{"b":[{"c":null,"d":1}],"e":"é\\ud800"}',
  );
  expect(journalBody(undefined)).toBe('null');
});

test('every type of entry that is written stands in docs/journal.md', () => {
  const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  const [, bodies = ''] =
    /interface JournalBodies \{(.*?)\n\}/s.exec(read('daemon/store/journal/event.ts')) ?? [];
  const types = [...bodies.matchAll(/^ {2}'?([a-z-]+)'?: /gm)].map(([, type]) => type);
  expect(types.length).toBeGreaterThanOrEqual(30);
  const documented = read('docs/journal.md').matchAll(/`([a-z-]+)`(?=[^\n]* \| )/g);
  const named = new Set([...documented].map(([, type]) => type));
  expect(types.filter((type) => !named.has(type))).toEqual([]);
});
