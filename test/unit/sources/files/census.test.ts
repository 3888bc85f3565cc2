import { Stats } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { recordLine } from '../../../../baselines/index.js';
import { Census, TooManyFiles } from '../../../../daemon/sources/files/survey/census.js';
import type { FileStat } from '../../../../daemon/sources/machine/stat.js';

const FULL_HASH_MS = 10_000;
let nowMs: number;
let census: Census;

const stat = (own: Partial<FileStat> = {}): FileStat => ({
  ...{ type: 'file', size: 3, mode: 0o644, uid: 0, gid: 0, links: 1 },
  ...{ modifiedMs: 1, changedMs: 1, device: 1, inode: 1, deviceNumber: null },
  ...own,
});

beforeEach(() => {
  nowMs = 1_000_000;
  census = new Census({
    recordsOf: ({ path, sha256, stat: { mode } }) => [
      recordLine({ key: [path], fields: new Map([['it', `${sha256} ${mode}`]]) }),
    ],
    ...{ maxFiles: 3, maxFileBytes: 100, fullHashMs: FULL_HASH_MS },
    now: () => nowMs,
    random: () => 0.99,
  });
});

/** One survey of a file; what became of records. */
function survey(own: Partial<FileStat> = {}, sha256 = 'a') {
  census.begin();
  const isDue = census.see('/tree', 'a', stat(own));
  if (isDue) census.hashed('/tree', 'a', stat(own), sha256);
  census.end();
  return { isDue, ...census.take(0) };
}

describe('a census', () => {
  test('has a file hashed once as long as nothing moves, and tells of it once', () => {
    expect(survey()).toMatchObject({ isDue: true, upserts: [{ key: '["/tree/a"]' }] });
    expect(survey()).toEqual({ isDue: false, upserts: [], removals: [] });
  });

  test.each([{ modifiedMs: 2 }, { changedMs: 2 }, { size: 4 }, { inode: 2 }, { device: 2 }])(
    'has it hashed again when %j differs, which alone is no change',
    (moved) => {
      survey();
      expect(survey(moved)).toMatchObject({ isDue: true, upserts: [] });
    },
  );

  const again = (own: Record<string, number> = {}) => {
    const stats: Stats = Object.assign(Object.create(Stats.prototype), {
      ...{ mode: 0o100644, size: 3, uid: 0, gid: 0, nlink: 1, rdev: 0 },
      ...{ mtimeMs: 1, ctimeMs: 1, dev: 1, ino: 1 },
      ...own,
    });
    census.begin();
    const isSame = census.seeAgain('/tree', 'a', stats, false);
    census.end();
    return isSame;
  };

  test('has nothing else to do with a file that is in everything what it was, which counts as seen', () => {
    expect(again()).toBe(false);
    survey();
    expect([again(), again()]).toEqual([true, true]);
    expect(census.take(0)).toMatchObject({ removals: [] });
    expect(census.count).toBe(1);
  });

  test.each([
    ...[
      { ino: 2 },
      { dev: 2 },
      { size: 4 },
      { mtimeMs: 2 },
      { ctimeMs: 2 },
      { nlink: 2 },
      { uid: 1 },
      { gid: 1 },
    ],
    ...[{ mode: 0o100755 }, { mode: 0o120644 }],
  ])('looks at a file closer when %j is another', (moved) => {
    survey();
    expect(again(moved)).toBe(false);
  });

  test('looks at a file closer when it is due', () => {
    survey();
    nowMs += FULL_HASH_MS;
    expect(again()).toBe(false);
  });

  test('believes no stat for longer than fullHashMs: a content that changed without a trace is found', () => {
    survey();
    nowMs += FULL_HASH_MS * 0.7;
    expect(survey()).toMatchObject({ isDue: false });
    nowMs += FULL_HASH_MS * 0.15;
    expect(survey({}, 'b')).toMatchObject({ isDue: true, upserts: [{ key: '["/tree/a"]' }] });
  });

  test('says how old the oldest hash is, so that lateness shows', () => {
    survey();
    nowMs += 3_000;
    survey();
    expect(census.summary()).toEqual({ tooLarge: 0, oldestHashMs: 3_000 });
  });

  test('sees a change of mode that needs no hash', () => {
    survey();
    expect(survey({ mode: 0o777 })).toMatchObject({ isDue: false, upserts: [{ key: '["/tree/a"]' }] });
  });

  test('tells of what is gone, with all that was below it', () => {
    census.begin();
    census.see('/tree', 'd', stat({ type: 'directory' }));
    census.enter('/tree/d', stat({ type: 'directory' }));
    if (census.see('/tree/d', 'x', stat())) census.hashed('/tree/d', 'x', stat(), 'a');
    census.end();
    census.take(0);
    census.begin();
    census.enter('/tree', stat({ type: 'directory' }));
    census.end(['/tree']);
    expect(census.take(0).removals.toSorted()).toEqual(['["/tree/d"]', '["/tree/d/x"]']);
  });

  test('holds no record of what became unreadable, and hashes it when it can be read again', () => {
    survey();
    census.begin();
    census.see('/tree', 'a', stat());
    census.unread('/tree', 'a', { cause: 'denied', code: 'EACCES' });
    expect(census.end()).toEqual([{ path: '/tree/a', below: false, cause: 'denied', code: 'EACCES' }]);
    expect(census.take(0)).toEqual({ upserts: [], removals: ['["/tree/a"]'] });
    expect(survey()).toMatchObject({ isDue: true, upserts: [{ key: '["/tree/a"]' }] });
  });

  test('counts what is there, not what was: room that became free is room', () => {
    const surveyOf = (names: readonly string[]) => {
      census.begin();
      for (const name of names) census.see('/tree', name, stat({ type: 'fifo' }));
      census.end();
    };
    surveyOf(['a', 'b', 'c']);
    expect(() => surveyOf(['d', 'e', 'f', 'g'])).toThrow(TooManyFiles);
    surveyOf(['e', 'f', 'g']);
    expect(census.count).toBe(3);
  });

  /** A census of files whose records are made of their content, each so many, with lines of one length. */
  const censusOf = (recordsOfOne: number, line: string, maxFiles: number) => {
    let made = 0;
    return new Census({
      recordsOf: () =>
        Array.from({ length: recordsOfOne }, () => ({ key: `["${made++}"]`, line, digest: '' })),
      ...{ ofContent: true, maxFiles, maxFileBytes: 100, fullHashMs: FULL_HASH_MS },
      now: () => nowMs,
      random: () => 0.99,
    });
  };
  const surveyAll = (of: Census, names: number) => {
    of.begin();
    for (let n = 0; n < names; n++) of.see('/tree', `${n}`, stat({ type: 'fifo', inode: n }));
    return of.end();
  };

  test('counts the records of each file: a few may hold many settings', () => {
    const settings = censusOf(50, 'x', 100);
    surveyAll(settings, 2);
    surveyAll(settings, 2);
    expect(() => surveyAll(settings, 3)).toThrow('there are more records than maxFiles');
  });

  test('holds no more text than twice what could be signed, however few the files', () => {
    const deep = censusOf(1, 'x'.repeat(1024 * 1024), 10_000);
    surveyAll(deep, 120);
    expect(() => surveyAll(deep, 140)).toThrow('its records hold more than 128 MiB');
  });

  test('counts what a file has become within one survey in place of what it was', () => {
    const settings = censusOf(60, 'x', 100);
    settings.begin();
    settings.see('/tree', 'a', stat({ type: 'fifo' }));
    settings.see('/tree', 'a', stat({ type: 'socket' }));
    expect(settings.end()).toEqual([]);
  });

  test('remembers no more places that nobody can read than there may be records', () => {
    const denied = { cause: 'denied', code: 'EACCES' } as const;
    census.begin();
    for (const name of ['a', 'b', 'c']) census.unread('/tree', name, denied);
    expect(census.end()).toHaveLength(3);
    census.begin();
    for (const name of ['a', 'b', 'c']) census.unread('/tree', name, denied);
    expect(() => census.unreadBelow('/tree/d', denied)).toThrow(TooManyFiles);
  });
});
