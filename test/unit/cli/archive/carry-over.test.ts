import { expect, test } from '@jest/globals';
import { carryVersions } from '../../../../daemon/cli/archive/carry-over.js';
import { temporaryStore } from '../../../support/temporary-store.js';

test('a restore takes over which proposals were withdrawn since the backup: an old archive brings none of them back', () => {
  const staged = temporaryStore();
  const replaced = temporaryStore();
  try {
    const withdrawn = { site: 'prague-1', digest: 'ab'.repeat(32), atMs: 5 };
    replaced.store.transaction((tx) => tx.baselines.withdraw(withdrawn));
    expect(carryVersions(staged.store, replaced.store, 'c'.repeat(64))).toEqual([]);
    expect(staged.store.baselines.withdrawals()).toEqual([withdrawn]);
  } finally {
    staged.remove();
    replaced.remove();
  }
});
