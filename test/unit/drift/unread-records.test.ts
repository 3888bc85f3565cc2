import { describe, expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../baselines/index.js';
import { compareCollection } from '../../../daemon/drift/compare.js';
import { conditionsOfCollection } from '../../../daemon/policy/conditions.js';
import { unreadRecords } from '../../../daemon/sources/files/unread.js';
import { type CollectionReading, wholeReading } from '../../../daemon/sources/source.js';
import { isExamined } from '../../../daemon/watch/examined.js';

const configured: Definition = {
  ...{
    name: 'web',
    kind: 'file',
    source: 'host',
    table: 'files',
    key: ['path'],
    columns: ['sha256'],
    secret: [],
  },
  files: { paths: ['/w'] },
};
const file = (path: string, sha256: string) =>
  recordLine({ key: [path], fields: new Map([['sha256', sha256]]) });
const signed = collectionSnapshot(configured, [file('/w/a', '1'), file('/w/b', '1'), file('/w/c/d', '1')]);

/** What is read, and what is not. */
function outcomeOf(
  read: readonly (readonly [string, string])[],
  unreadPaths: readonly string[],
  below: readonly string[] = [],
) {
  const unread = unreadRecords([
    ...unreadPaths.map((path) => ({ path, below: false, cause: 'denied', code: 'EACCES' }) as const),
    ...below.map((path) => ({ path, below: true, cause: 'moving', code: 'EMOVING' }) as const),
  ]);
  const snapshot = collectionSnapshot(
    configured,
    read.map(([path, sha256]) => file(path, sha256)),
  );
  const reading: CollectionReading = {
    readable: true,
    snapshot,
    ...(unread === undefined ? {} : { unread }),
  };
  return { reading, outcome: compareCollection({ site: 's', configured, signed, reading }) };
}

describe('records that could not be read', () => {
  test('are neither as signed nor removed: the collection is unknown when all else is as signed', () => {
    const { outcome } = outcomeOf([['/w/b', '1']], ['/w/a'], ['/w/c']);
    expect(outcome).toEqual({
      outcome: 'unknown',
      cause: 'denied',
      detail: '1 entry and everything in 1 folder could not be read (EACCES, EMOVING); all else was',
    });
  });

  test('hide no change of the others, which is told beside them', () => {
    const { outcome } = outcomeOf(
      [
        ['/w/b', '2'],
        ['/w/new', '1'],
      ],
      ['/w/a'],
      ['/w/c'],
    );
    const conditions = conditionsOfCollection(
      's',
      configured,
      outcome,
      { rules: [], unknownGraceMs: 60_000 },
      signed,
    );
    expect(conditions.map(({ subject }) => subject.what)).toEqual(['change', 'change', 'unknown']);
  });

  test('keep a change of one of them open: it did not go back by becoming unreadable', () => {
    const { outcome } = outcomeOf([['/w/b', '2']], ['/w/a'], ['/w/c']);
    const finding = (path: string) => ({
      ...{
        fingerprint: 'f',
        severity: 'high',
        reason: '',
        graceMs: 0,
        firstSeenMs: 0,
        lastSeenMs: 0,
        notifiedMs: null,
      },
      subject: {
        ...{ what: 'change', collection: 'web', kind: 'file', type: 'modified' },
        ...{ key: JSON.stringify([path]), before: null, after: [] },
      },
    });
    const examination = {
      definitions: [configured],
      outcomes: new Map([['web', outcome]]),
      readings: new Map(),
      hintStatus: new Map(),
      stillness: new Map(),
      followed: new Map(),
    };
    expect(isExamined(finding('/w/a') as never, examination)).toBe(false);
    expect(isExamined(finding('/w/b') as never, examination)).toBe(true);
  });

  test('make of the reading none that could be signed or stored', () => {
    expect(wholeReading(outcomeOf([['/w/b', '1']], ['/w/a']).reading)).toMatchObject({
      readable: false,
      cause: 'denied',
    });
    const { reading } = outcomeOf([['/w/b', '1']], []);
    expect(wholeReading(reading)).toBe(reading);
  });

  test('below a folder are those below it and no namesake', () => {
    const unread = unreadRecords([{ path: '/w/c', below: true, cause: 'denied', code: 'EACCES' }]);
    const covered = (path: string) => unread?.covers(JSON.stringify([path]));
    expect([covered('/w/c/d'), covered('/w/c'), covered('/w/cc'), covered('/w')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
