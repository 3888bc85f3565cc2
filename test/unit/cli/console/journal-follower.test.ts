import { describe, expect, test } from '@jest/globals';
import { JournalFault, JournalFollower } from '../../../../daemon/cli/console/journal-follower.js';
import { JOURNAL_START, journalBody, journalHash } from '../../../../daemon/store/journal/chain.js';
import type { JournalEntry } from '../../../../daemon/store/store.js';

const DAY_MS = 86_400_000;

/** Entries that follow one another; the one after `folded` says that so many were folded. */
function journal(length: number, folded = 0): JournalEntry[] {
  const all: JournalEntry[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const last = all.at(-1);
    const isFold = folded > 0 && seq === folded + 2;
    const body = isFold
      ? journalBody({
          ...{ number: 1, from: 1, through: folded, untilMs: 10 * DAY_MS, head: all[folded - 1]?.hash },
          ...{ kept: 'a'.repeat(64), journalFile: 'b'.repeat(64) },
        })
      : journalBody({ site: 'prague-1' });
    const type = isFold ? 'journal-folded' : 'verdict';
    const entry = {
      seq,
      atMs: (isFold ? 100 : 0) * DAY_MS,
      type,
      body,
      previous: last?.hash ?? JOURNAL_START,
    };
    all.push({ ...entry, hash: journalHash(entry) });
  }
  return all;
}

/** The same journal with its fold, the sixth entry, changed, and hashed anew from there on. */
function withFold(all: readonly JournalEntry[], change: Partial<JournalEntry>): JournalEntry[] {
  const changed: JournalEntry[] = [];
  for (const entry of all) {
    const own = {
      ...entry,
      ...(entry.seq === 6 ? change : {}),
      previous: changed.at(-1)?.hash ?? JOURNAL_START,
    };
    changed.push({ ...own, hash: journalHash(own) });
  }
  return changed;
}

/** What the walk ends with: how many were folded, or what is wrong. */
function walked(
  entries: readonly JournalEntry[],
  seen: { version: number; digest: string } | null = null,
  limits?: { readonly gaps: number; readonly folds: number },
) {
  try {
    const follower = new JournalFollower(null, seen, limits);
    for (const entry of entries) follower.step(entry);
    return follower.finish();
  } catch (error) {
    if (error instanceof JournalFault) return error.words;
    throw error;
  }
}

describe('a journal that is walked from far away', () => {
  test('is whole when each entry follows the one before it', () => {
    expect(walked(journal(5))).toBe(0);
  });

  test('is whole without what it says itself was folded, the entries that stay among that included', () => {
    const all = journal(8, 4);
    expect(walked(all.slice(4))).toBe(4);
    expect(walked([...all.slice(1, 2), ...all.slice(4)])).toBe(3);
  });

  test('is broken where an entry is gone that no fold covers, also beside one that is covered', () => {
    const all = journal(8, 4);
    expect(walked([...journal(5).slice(0, 2), ...journal(5).slice(3)])).toContain('Entry 3 was removed');
    expect(walked(all.filter(({ seq }) => seq > 5))).toContain('Entry 1 was removed');
    expect(walked([...all.slice(4, 6), ...all.slice(7)])).toContain('Entry 7 was removed');
  });

  test('is broken where a fold names another entry than the one that the next follows, or takes what is young', () => {
    const all = journal(8, 4);
    const other = journal(8, 3);
    expect(walked([...other.slice(4)])).toContain('was removed');
    const young = withFold(all, { atMs: 20 * DAY_MS });
    expect(walked(young.slice(4))).toContain('Entry 1 was removed');
  });

  test('is broken where a fold covers what was written after it', () => {
    const all = journal(9, 4);
    const ahead = withFold(all, { body: all[5]?.body.replace('"through":4', '"through":8') ?? '' });
    expect(walked(ahead.filter(({ seq }) => seq !== 7))).toContain('Entry 7 was removed');
  });

  test('is broken where it tells of more gaps or folds than a journal of ours has', () => {
    const all = journal(8, 4);
    const two = [...all.slice(1, 2), ...all.slice(4)];
    expect(walked(two, null, { gaps: 2, folds: 1 })).toBe(3);
    expect(walked(two, null, { gaps: 1, folds: 1 })).toContain('more than 1 gaps');
    expect(walked(two, null, { gaps: 2, folds: 0 })).toContain('more than 0 folds');
  });

  test('is broken where it ends before what this machine has seen, or has another entry in its place', () => {
    expect(walked(journal(5), { version: 6, digest: 'c'.repeat(64) })).toContain('ends with 5');
    expect(walked(journal(5), { version: 4, digest: 'c'.repeat(64) })).toContain('Entry 4 is not the one');
    expect(walked(journal(5), { version: 4, digest: journal(5)[3]?.hash ?? '' })).toBe(0);
  });
});
