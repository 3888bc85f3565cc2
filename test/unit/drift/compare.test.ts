import { describe, expect, test } from '@jest/globals';
import type { Definition } from '../../../baselines/index.js';
import { compareCollection } from '../../../daemon/drift/compare.js';
import type { CollectionReading, UnreadableCause } from '../../../daemon/sources/source.js';
import { record, snapshotOf, walletRoutes } from './arbitraries.js';

const signed = snapshotOf([record('1', [['address', 'bc1signed']])]);
const read = (snapshot = signed): CollectionReading => ({ readable: true, snapshot });
const unreadable = (cause: UnreadableCause): CollectionReading => ({
  readable: false,
  cause,
  detail: 'SQLSTATE 55P03',
});
const compare = (input: Partial<Parameters<typeof compareCollection>[0]> = {}) =>
  compareCollection({ site: 'prague-1', configured: walletRoutes, signed, reading: read(), ...input });

describe('the comparison of a collection', () => {
  test('is same for what people signed', () => {
    expect(compare()).toEqual({ outcome: 'same' });
  });

  test('is drifted for anything else that was read', () => {
    expect(compare({ reading: read(snapshotOf([])) })).toMatchObject({
      outcome: 'drifted',
      changes: [{ type: 'removed' }],
    });
  });

  test.each([
    'unreachable',
    'denied',
    'row-security',
    'timeout',
    'too-large',
    'missing',
    'not-a-table',
    'moving',
    'failed',
  ] as const)('is unknown, never same, when reading ended with %s', (cause) => {
    expect(compare({ reading: unreadable(cause) })).toEqual({
      outcome: 'unknown',
      cause,
      detail: 'SQLSTATE 55P03',
    });
    expect(compare({ reading: unreadable(cause), signed: null })).toMatchObject({
      outcome: 'unknown',
      cause,
    });
  });

  test('is unknown when it was not read', () => {
    expect(compare({ reading: null })).toMatchObject({ outcome: 'unknown', cause: 'failed' });
  });

  test('is unknown when nobody signed it, or nobody configured it', () => {
    expect(compare({ signed: null })).toMatchObject({ outcome: 'unknown', cause: 'unapproved' });
    expect(compare({ configured: null })).toMatchObject({ outcome: 'unknown', cause: 'not-configured' });
    expect(compare({ configured: null, reading: null })).toMatchObject({
      outcome: 'unknown',
      cause: 'not-configured',
    });
  });

  test.each([
    ['table', { table: 'public.other' }],
    ['kind', { kind: 'config' as const }],
    ['source', { source: 'other' }],
    ['key', { key: ['other'] }],
    ['columns', { columns: ['address'] }],
    ['secret', { secret: ['note'] }],
  ])('is unknown when the configured %s is not the signed one, and names it', (aspect, difference) => {
    const outcome = compare({ configured: { ...walletRoutes, ...difference } });
    expect(outcome).toMatchObject({ outcome: 'unknown', cause: 'definition-differs' });
    expect(outcome.outcome === 'unknown' && outcome.detail).toMatch(
      new RegExp(`^${aspect} \\(.*\\) not as people signed`),
    );
  });

  test.each([
    [{ columns: ['log\u202ein', 'note'] }, /^columns \(lacks "address", adds "log\\u202ein"\) not/],
    [{ columns: 'abcdefg'.split('') }, /adds "a", "b", "c", "d", "e" and 2 more\)/],
    [{ table: 'public.other' }, /^table \(was "public\.\w+", is "public\.other"\) not/],
    [{ key: ['id', 'version'] }, /^key \(adds "version"\) not/],
    [{ history: true as const }, /^history not/],
  ])('names what differs of %j', (difference, words) => {
    const outcome = compare({ configured: { ...walletRoutes, ...difference } });
    expect(outcome.outcome === 'unknown' && outcome.detail).toMatch(words);
  });

  test('is unknown when what was read was read by another definition than people signed', () => {
    const otherwise = snapshotOf([], { ...walletRoutes, table: 'public.other' });
    expect(compare({ reading: read(otherwise) })).toMatchObject({
      outcome: 'unknown',
      cause: 'definition-differs',
    });
  });

  test.each([
    ['the configuration lacks it', { configured: null }, /configuration/],
    ['it was not read', { reading: null }, /read/],
    ['nobody signed it', { signed: null }, /signed/],
    ['only the digests of all records differ', { signed: { ...signed, recordsDigest: '00' } }, /digest/],
  ])('says what stands in the way when %s', (_, input, words) => {
    const outcome = compare(input);
    expect(outcome.outcome === 'unknown' && outcome.detail).toMatch(words);
  });

  test('names every aspect that is not as signed, and both definitions by the start of their digests', () => {
    const detail = (difference: Partial<Definition>) => {
      const outcome = compare({ configured: { ...walletRoutes, ...difference } });
      return outcome.outcome === 'unknown' ? outcome.detail : '';
    };
    const digests = (text: string) =>
      /^.* not as people signed: signed ([0-9a-f]{12}), configured ([0-9a-f]{12})$/.exec(text)?.slice(1) ??
      [];
    const [table, both] = [{ table: 'public.other' }, { table: 'public.other', key: ['other'] }].map(detail);
    expect(both).toMatch(/^table \(.*\), key \(.*\) not as people signed/);
    const all = [...digests(table ?? ''), ...digests(both ?? '')];
    expect(all).toHaveLength(4);
    expect(all[0]).toBe(all[2]);
    expect(new Set(all).size).toBe(3);
  });

  test('tells an author column that people signed from none', () => {
    const outcome = compare({ configured: { ...walletRoutes, author: ['note'] } });
    expect(outcome).toMatchObject({
      outcome: 'unknown',
      detail: expect.stringMatching(/^author \(adds "note"\) not as/),
    });
  });

  test('of a history that grew is same, and drifted as soon as a signed record differs or is gone', () => {
    const configured: Definition = { ...walletRoutes, history: true };
    const past = (...records: Parameters<typeof snapshotOf>[0]) => ({
      ...snapshotOf(records),
      definition: configured,
    });
    const old = record('1', [['address', 'old']]);
    const more = record('2', [['address', 'new']]);
    const history = (...records: Parameters<typeof snapshotOf>[0]) =>
      compare({ configured, signed: past(old), reading: read(past(...records)) });
    expect(history(old, more)).toEqual({ outcome: 'same' });
    expect(history(record('1', [['address', 'other']]), more)).toMatchObject({
      outcome: 'drifted',
      changes: [{ type: 'modified' }],
    });
    expect(history(more)).toMatchObject({ outcome: 'drifted', changes: [{ type: 'removed' }] });
    expect(history(old, more, more)).toMatchObject({ outcome: 'drifted', changes: [{ type: 'ambiguous' }] });
  });

  test('does not mind the order of columns', () => {
    expect(compare({ configured: { ...walletRoutes, columns: ['note', 'address'] } })).toEqual({
      outcome: 'same',
    });
  });
});
