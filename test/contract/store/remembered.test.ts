import { describe, expect, test } from '@jest/globals';
import type { CollectionSnapshot, RecordLine } from '../../../baselines/index.js';
import { collectionSnapshot, recordLine } from '../../../baselines/index.js';
import { rememberedRoot, rememberRoot } from '../../../daemon/store/remembered-root.js';
import type { ObservedDelta } from '../../../daemon/store/store.js';
import { observedDelta } from '../../../daemon/watch/delta.js';
import { STORE_ADAPTERS } from '../../support/store-adapters.js';
import { storeScene } from './scene.js';

const PIN = 'a'.repeat(64);

describe.each(STORE_ADAPTERS)('what is remembered of %s', (_name, open) => {
  const scene = storeScene(open);
  const { inTransaction, reopen } = scene;

  const snapshotOf = (ids: readonly (readonly [string, string])[]): CollectionSnapshot =>
    collectionSnapshot(
      {
        name: 'terminals',
        kind: 'terminal',
        source: 'cas',
        table: 't',
        key: ['id'],
        columns: ['n'],
        secret: [],
      },
      ids.map(([id, n]): RecordLine => recordLine({ key: [id], fields: new Map([['n', n]]) })),
    );
  const delta = (from: Parameters<typeof observedDelta>[0], to: CollectionSnapshot): ObservedDelta => {
    const found = observedDelta(from, to, 5);
    if (found === null) throw new Error('the snapshots are equal');
    return found;
  };
  const lines = () => scene.store.observed.lines('prague-1', 'terminals');
  const linesOf = (snapshot: CollectionSnapshot) => snapshot.records.map(({ line }) => line);
  const first = snapshotOf([
    ['1', 'a'],
    ['2', 'b'],
    ['2', 'c'],
    ['é', 'd'],
    ['\u{1f600}', 'e'],
    ['\uffff', 'f'],
  ]);
  const second = snapshotOf([
    ['1', 'a'],
    ['2', 'x'],
    ['3', 'y'],
  ]);

  test('is replaced, then changed by differences, in the order of a snapshot', () => {
    expect(lines()).toBeNull();
    inTransaction((tx) => tx.observed.save('prague-1', delta(null, first)));
    expect(lines()).toEqual(linesOf(first));
    inTransaction((tx) => tx.observed.save('prague-1', delta(first, second)));
    expect(lines()).toEqual(linesOf(second));
    expect(scene.store.observed.collections('prague-1')).toEqual([
      { collection: 'terminals', recordsDigest: second.recordsDigest, count: 3, observedAtMs: 5 },
    ]);
    inTransaction((tx) => tx.observed.save('prague-1', delta('another digest', first)));
    expect(lines()).toEqual(linesOf(first));
    expect(scene.store.observed.collections('brno-1')).toEqual([]);
  });

  test('remembers baselines by site, and single values by name', () => {
    inTransaction((tx) => {
      tx.baselines.remember('prague-1', { version: 1, digest: 'd1' });
      tx.baselines.remember('prague-1', { version: 2, digest: 'd2' });
      tx.meta.set('config', 'one');
      tx.meta.set('config', 'two');
      tx.meta.set('memory', 'begins');
      tx.meta.set('restored', { backupHead: 'a', replacedHead: null, backupCreated: 'now' });
      tx.meta.set('digest', { date: '2026-11-25', atMs: 7 });
      tx.meta.set('installed:prague-1', 8);
      expect(tx.baselines.remembered('prague-1')).toEqual({ version: 2, digest: 'd2' });
      expect(tx.baselines.remembered('brno-1')).toBeNull();
    });
    reopen();
    expect(scene.store.baselines.remembered('prague-1')).toEqual({ version: 2, digest: 'd2' });
    const { meta } = scene.store;
    expect([meta.get('config'), meta.get('trust'), meta.get('memory')]).toEqual(['two', null, 'begins']);
    expect(meta.get('restored')).toEqual({ backupHead: 'a', replacedHead: null, backupCreated: 'now' });
    expect(meta.get('digest')).toEqual({ date: '2026-11-25', atMs: 7 });
    expect([meta.get('installed:prague-1'), meta.get('installed:brno-1')]).toEqual([8, null]);
    inTransaction((tx) => tx.meta.set('restored', null));
    expect(meta.get('restored')).toBeNull();
  });

  test('never remembers less than it did: not of baselines, trust roots or withdrawals', () => {
    const mute = {
      ...{ digest: 'd1', site: 'prague-1', id: `mute.${'d1'.repeat(8)}`, type: 'mute' as const },
      ...{ signers: ['anna'], untilMs: 5, state: 'withdrawn' as const, covered: 0 },
    };
    inTransaction((tx) => {
      tx.baselines.remember('prague-1', { version: 3, digest: 'd3' });
      tx.baselines.remember('prague-1', { version: 2, digest: 'd2' });
      tx.baselines.remember('prague-1', { version: 3, digest: 'other' });
      rememberRoot(tx.meta, PIN, { version: 2, digest: 'r2' });
      rememberRoot(tx.meta, PIN, { version: 1, digest: 'r1' });
      tx.suppressions.save(mute);
      tx.suppressions.save({ ...mute, state: 'in-force' });
      tx.baselines.withdraw({ site: 'prague-1', digest: 'p1', atMs: 7 });
      tx.baselines.withdraw({ site: 'prague-1', digest: 'p1', atMs: 9 });
    });
    reopen();
    const { baselines, meta, suppressions } = scene.store;
    expect(baselines.remembered('prague-1')).toEqual({ version: 3, digest: 'd3' });
    expect(rememberedRoot(meta, PIN)).toEqual({ version: 2, digest: 'r2' });
    expect(rememberedRoot(meta, 'b'.repeat(64))).toBeNull();
    expect(suppressions.list('prague-1')).toEqual([mute]);
    expect(baselines.withdrawals()).toEqual([{ site: 'prague-1', digest: 'p1', atMs: 7 }]);
    expect(baselines.isWithdrawn('prague-1', 'p1')).toBe(true);
    expect(baselines.isWithdrawn('prague-2', 'p1')).toBe(false);
  });

  test('remembers suppressions by site and digest, and what became of them', () => {
    const suppression = {
      ...{ digest: 'd1', site: 'prague-1', id: `mute.${'d1'.repeat(8)}`, type: 'mute' as const },
      signers: ['anna', 'ben'],
      ...{ untilMs: 5, state: 'in-force' as const, covered: 0 },
    };
    inTransaction((tx) => {
      tx.suppressions.save(suppression);
      tx.suppressions.save({ ...suppression, digest: 'd2', site: 'brno-1' });
      tx.suppressions.save({ ...suppression, state: 'withdrawn', covered: 2 });
    });
    reopen();
    expect(scene.store.suppressions.list('prague-1')).toEqual([
      { ...suppression, state: 'withdrawn', covered: 2 },
    ]);
    expect(scene.store.suppressions.list('vienna')).toEqual([]);
  });
});
