import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

import { openStoreReadOnly } from '../../../daemon/store/sqlite/open.js';
import { openSeparated, STORE_ADAPTERS } from '../../support/store-adapters.js';
import { alert, condition, numbered, SLACK, storeScene } from './scene.js';

describe.each(STORE_ADAPTERS)('transactions of %s', (_name, open) => {
  const scene = storeScene(open);
  const { inTransaction } = scene;

  test('are rolled back whole when the work throws, and the error passes through', () => {
    const failure = new Error('half way');
    const attempt = () =>
      inTransaction((tx) => {
        const incident = tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
        tx.findings.add(
          { incident: incident.id, site: 'prague-1', condition: condition('f1'), notified: true },
          1,
        );
        tx.journal.append(numbered(1), 1);
        tx.outbox.enqueue(alert('a1'), SLACK, { atMs: 1 });
        tx.meta.set('config', 'v');
        tx.baselines.remember('prague-1', { version: 3, digest: 'd' });
        throw failure;
      });
    expect(attempt).toThrow(failure);
    expect(scene.store.incidents.list({})).toEqual([]);
    expect(scene.store.journal.entries(0, 10)).toEqual([]);
    expect(scene.store.outbox.messages({ limit: 10 })).toEqual([]);
    expect(scene.store.meta.get('config')).toBeNull();
    expect(scene.store.baselines.remembered('prague-1')).toBeNull();
  });

  test('return what the work returns and see their own writes', () => {
    expect(
      inTransaction((tx) => {
        tx.meta.set('config', 'v');
        return tx.meta.get('config');
      }),
    ).toBe('v');
  });

  test('read every noun as they have written it', () => {
    inTransaction((tx) => {
      const { id } = tx.incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
      tx.findings.add({ incident: id, site: 'prague-1', condition: condition('f1'), notified: true }, 1);
      tx.outbox.addPending({ incident: id, role: 'page', severity: 'high' }, SLACK, 1);
      tx.baselines.remember('prague-1', { version: 3, digest: 'd' });
      expect(tx.incidents.find(id)?.open).toHaveLength(1);
      expect([tx.findings.openOf(id), tx.findings.countOpenOf(id)]).toMatchObject([[{ incident: id }], 1]);
      expect([tx.outbox.messages({ limit: 9 }), tx.deliveries.channels()]).toMatchObject([
        [{ channel: 'slack' }],
        [{ pending: 1 }],
      ]);
      expect(tx.journal.entries(0, 9)).toHaveLength(1);
      expect(tx.baselines.all()).toEqual([{ site: 'prague-1', version: 3 }]);
    });
  });

  test('do not nest, and the refused one takes nothing of the other with it', () => {
    inTransaction((tx) => {
      tx.meta.set('config', 'kept');
      expect(() => inTransaction(() => 1)).toThrow();
    });
    expect(scene.store.meta.get('config')).toBe('kept');
  });
});

test('a store that reads on another connection does not see what a transaction has written, and refuses to be asked', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tillwarden-separated-'));
  const store = openSeparated(directory);
  const beside = openStoreReadOnly(directory);
  store.transaction((tx) => {
    tx.meta.set('config', 'new');
    expect(beside?.meta.get('config')).toBeNull();
    expect(() => store.meta.get('config')).toThrow('store.meta.get was read while a transaction was open');
  });
  expect([store.meta.get('config'), beside?.meta.get('config')]).toEqual(['new', 'new']);
  beside?.close();
  store.close();
  rmSync(directory, { recursive: true, force: true });
});
