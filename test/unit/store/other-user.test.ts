import { chmodSync, chownSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStoreReadOnly } from '../../../daemon/store/sqlite/open.js';
import { temporaryStore } from '../../support/temporary-store.js';

const NOBODY = 65_534;
let kept: ReturnType<typeof temporaryStore>;
beforeEach(() => {
  kept = temporaryStore();
});
afterEach(() => rmSync(kept.directory, { recursive: true }));

/** Does something as a user who may not enter the directory of the state. */
function asOtherUser<T>(work: () => T): T {
  const isRoot = process.geteuid?.() === 0;
  chmodSync(kept.directory, isRoot ? 0o700 : 0o000);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return work();
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(kept.directory, 0o700);
  }
}

test('a state that another user may not read is unknown, never empty', () => {
  expect(() => asOtherUser(() => openStoreReadOnly(kept.directory))).toThrow(
    expect.objectContaining({ code: 'STORE_UNREADABLE' }),
  );
  const reader = openStoreReadOnly(kept.directory);
  expect(reader).not.toBeNull();
  reader?.close();
});

/** A copy of the state as somebody saves it for a court: whole, and nothing can be written in its folder. */
function readInForensicCopy<T>(work: (directory: string) => T): T {
  const copy = mkdtempSync(join(tmpdir(), 'tillwarden forensic ü '));
  cpSync(kept.directory, copy, { recursive: true });
  const isRoot = process.geteuid?.() === 0;
  for (const name of readdirSync(copy)) {
    chmodSync(join(copy, name), 0o400);
    if (isRoot) chownSync(join(copy, name), NOBODY, NOBODY);
  }
  chmodSync(copy, 0o555);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return work(copy);
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(copy, 0o755);
    rmSync(copy, { recursive: true });
  }
}

function headIn(directory: string): number {
  const reader = openStoreReadOnly(directory);
  if (reader === null) throw new Error('there is no state');
  try {
    return reader.journal.lastSeq();
  } finally {
    reader.close();
  }
}

test('a copy that cannot be written is read with what is only in its log yet', () => {
  const before = headIn(kept.directory);
  kept.store.transaction((tx) => {
    tx.journal.append({ type: 'digest', body: { date: '2026-11-25' } }, 1);
  });
  const log = `${join(kept.directory, 'state.sqlite')}-wal`;
  expect(statSync(log).size).toBeGreaterThan(0);
  expect(readInForensicCopy(headIn)).toBe(before + 1);
});

test('a copy whose log was folded in is read without a file being made beside it', () => {
  kept.store.transaction((tx) => {
    tx.journal.append({ type: 'digest', body: { date: '2026-11-25' } }, 1);
  });
  const head = headIn(kept.directory);
  kept.store.close();
  // What is left of the log is folded in by then, and holds nothing.
  for (const end of ['-wal', '-shm'])
    rmSync(`${join(kept.directory, 'state.sqlite')}${end}`, { force: true });
  const [found, names] = readInForensicCopy((copy) => [headIn(copy), readdirSync(copy)]);
  expect(found).toBe(head);
  expect(names.filter((name) => /-(?:wal|shm)$/.test(name))).toEqual([]);
});
