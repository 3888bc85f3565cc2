import { describe, expect, test } from '@jest/globals';
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
      new RegExp(`^${aspect} not as people signed`),
    );
  });

  test('is unknown when what was read was read by another definition than people signed', () => {
    const otherwise = snapshotOf([], { ...walletRoutes, table: 'public.other' });
    expect(compare({ reading: read(otherwise) })).toMatchObject({
      outcome: 'unknown',
      cause: 'definition-differs',
    });
  });

  test('does not mind the order of columns', () => {
    expect(compare({ configured: { ...walletRoutes, columns: ['note', 'address'] } })).toEqual({
      outcome: 'same',
    });
  });
});
