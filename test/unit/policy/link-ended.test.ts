import { describe, expect, test } from '@jest/globals';
import { encodeValue, type Kind, type RecordLine } from '../../../baselines/index.js';
import type { ChangeType } from '../../../daemon/drift/change.js';
import { diffCollection } from '../../../daemon/drift/compare.js';
import { linkEnded } from '../../../daemon/policy/link-ended.js';
import { record, SITE, snapshot } from './build.js';

const NOON = Date.parse('2026-11-30T12:00:00Z');

/** Why a link that was signed is gone at noon. */
function endedBecause(fields: Readonly<Record<string, string | null>>, kind: Kind = 'access-link') {
  return ended(kind, [record('1', fields)], [])?.[1];
}

function ended(kind: Kind, signed: readonly RecordLine[], observed: readonly RecordLine[]) {
  const outcome = diffCollection(SITE, snapshot(kind, signed), snapshot(kind, observed));
  if (outcome.outcome !== 'drifted') throw new Error('there is no difference');
  const [change] = outcome.changes;
  if (change === undefined) throw new Error('there is no change');
  return [change.type, linkEnded(change, NOON)] satisfies [ChangeType, unknown];
}

describe('an access link that is gone', () => {
  test('ran out when its time had come, and was used or taken away before', () => {
    expect(endedBecause({ expires: '2026-11-30 12:00:00' })).toBe('expired');
    expect(endedBecause({ expires: '2026-11-30 12:00:00.001' })).toBe('used');
  });

  test.each([
    'expiry',
    'expires_at',
    'expiresAt',
    'expire_on',
    'expirationDate',
    'valid_until',
    'validuntil',
    'notAfter',
    'not_after_time',
    'EXPIRES',
  ])('has its time in a column named %s', (name) => {
    expect(endedBecause({ [name]: '2026-11-30 11:00:00' })).toBe('expired');
  });

  test.each(['not_expires', 'expires_by', 'created_at', 'valid'])('has none in a column named %s', (name) => {
    expect(endedBecause({ [name]: '2026-11-30 11:00:00' })).toBeUndefined();
  });

  test('has a time with or without a zone, which is UTC where none is written', () => {
    const at = (text: string) => endedBecause({ expires: text });
    expect(at('2026-11-30 12:30:00+01')).toBe('expired');
    expect(at('2026-11-30 12:30:00+00')).toBe('used');
    expect(at('2026-11-30T12:00:00Z')).toBe('expired');
    expect(at('2026-11-30 17:29:59.999999+0530')).toBe('expired');
    expect(at('2026-11-30 17:30:01+05:30')).toBe('used');
    expect(at('2026-11-30 08:00:00-04')).toBe('expired');
  });

  test.each([
    'soon',
    '1764504000',
    '2026-11-30',
    'x2026-11-30 11:00:00',
    '2026-11-30 11:00:00x',
    '2026-13-41 11:00:00',
    '',
  ])('says nothing where its time is %j', (text) => {
    expect(endedBecause({ expires: text })).toBeUndefined();
  });

  test('has its time in the next column where the first says none', () => {
    expect(endedBecause({ expires: null, valid_until: '2026-11-30 11:00:00' })).toBe('expired');
    expect(endedBecause({ expires: 'never', valid_until: '2026-11-30 11:00:00' })).toBe('expired');
  });

  test('says nothing where its time is sealed', () => {
    const sealed = encodeValue({ form: 'digest', bytes: 19, sha256: 'a'.repeat(64) });
    const line = { ...record('1', { expires: '2026-11-30 11:00:00' }) };
    const hidden = line.line.replace(/"2026-11-30 11:00:00"/, JSON.stringify(sealed));
    expect(ended('access-link', [{ ...line, line: hidden }], [])).toEqual(['removed', undefined]);
  });
});

test('nothing ends but a link, and a link only by being gone', () => {
  expect(endedBecause({ expires: '2026-11-30 11:00:00' }, 'terminal')).toBeUndefined();
  const [past, later] = ['2026-11-30 11:00:00', '2026-11-30 13:00:00'].map((expires) =>
    record('1', { expires }),
  );
  if (past === undefined || later === undefined) throw new Error('two records were made');
  expect(ended('access-link', [past], [later])).toEqual(['modified', undefined]);
  expect(ended('access-link', [], [past])).toEqual(['added', undefined]);
});
