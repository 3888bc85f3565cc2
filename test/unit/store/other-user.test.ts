import { chmodSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStoreReadOnly } from '../../../daemon/store/sqlite/open.js';
import { temporaryStore } from '../../support/temporary-store.js';

const NOBODY = 65_534;
let kept: ReturnType<typeof temporaryStore>;
beforeEach(() => {
  kept = temporaryStore();
});
afterEach(() => kept.remove());

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
