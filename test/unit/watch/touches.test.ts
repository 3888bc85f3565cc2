import { expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../baselines/index.js';
import type { CollectionOutcome } from '../../../daemon/drift/compare.js';
import type { CollectionReading } from '../../../daemon/sources/source.js';
import { Touches, TouchesOfLook } from '../../../daemon/watch/touches.js';
import { table } from '../../support/postgres-source.js';

const routes = table('routes', ['id'], ['address'], { kind: 'wallet-route' });
const labels = table('labels', ['id'], ['note'], { kind: 'wallet-route', table: routes.table });
const SAME = new Map<string, CollectionOutcome>([
  ['routes', { outcome: 'same' }],
  ['labels', { outcome: 'same' }],
]);

const record = (id: string, value: string) =>
  recordLine({ key: [id], fields: new Map([['address', value]]) });
function reading(definition: Definition, value: string, touched: readonly string[] = []): CollectionReading {
  const records = touched.map((id) => record(id, 'a'));
  const snapshot = collectionSnapshot(definition, [record('1', value), record('2', 'a')]);
  return {
    readable: true,
    snapshot,
    ...(touched.length === 0 ? {} : { touched: { count: touched.length, records } }),
  };
}
const touchesOf = (touchOff: readonly string[] = []) =>
  inLooks(
    new Touches({ definitions: [routes, labels], rules: [], touchOff: new Set(touchOff), clock: () => 0 }),
  );

/** Touches of which one look after the other is taken. */
function inLooks(touches: Touches) {
  let look = new TouchesOfLook();
  return {
    take: (...[name, before, now]: [string, CollectionReading, CollectionReading]) =>
      touches.take(look, name, before, now),
    settle: (hinted: ReadonlySet<string>, outcomes: ReadonlyMap<string, CollectionOutcome>) => {
      const settled = look;
      look = new TouchesOfLook();
      return touches.settle(settled, hinted, outcomes);
    },
    news: () => touches.news(),
    told: (news: ReturnType<Touches['news']>) => touches.told(news),
  };
}

test('a record that was written and is as before is news, unless its collection says touch: off', () => {
  const before = reading(routes, 'a');
  const now = { ...before, touched: { count: 1, records: [record('1', 'a')] } };
  const touches = touchesOf();
  touches.take('routes', before, now);
  expect(touches.settle(new Set(['routes']), SAME)).toBe(true);
  expect(touches.news()).toMatchObject([{ collection: 'routes', count: 1, besideChange: false }]);
  touches.told(touches.news());
  expect(touches.news()).toEqual([]);
  const off = touchesOf(['routes']);
  off.take('routes', before, now);
  expect(off.settle(new Set(['routes']), SAME)).toBe(false);
});

test('a word of the source that comes after the read is about what that read found written, and about nothing where the look finds more', () => {
  const touches = touchesOf();
  const before = reading(routes, 'a');
  const now = { ...before, touched: { count: 1, records: [record('1', 'a')] } };
  touches.take('routes', before, now);
  expect(touches.settle(new Set(), SAME)).toBe(false);
  touches.take('routes', before, reading(routes, 'b'));
  expect(touches.settle(new Set(['routes']), SAME)).toBe(false);
  touches.take('routes', before, before);
  expect(touches.settle(new Set(['routes']), SAME)).toBe(true);
  expect(touches.news()).toMatchObject([{ collection: 'routes', count: 1, hinted: true }]);
});

test('a record that another collection of the same table found changed is told there alone', () => {
  const touches = touchesOf();
  const same = reading(labels, 'a', ['1']);
  touches.take('labels', same, same);
  touches.take('routes', reading(routes, 'a'), reading(routes, 'b'));
  expect(touches.settle(new Set(['routes', 'labels']), SAME)).toBe(false);
});

test('a record that is told as drift is not told as written', () => {
  const [change] = [{ ...record('1', 'b') }];
  const drifted: CollectionOutcome = {
    outcome: 'drifted',
    changes: [
      {
        ...{ fingerprint: 'f', site: 's', collection: 'routes', kind: 'wallet-route', type: 'modified' },
        ...{ key: change?.key ?? '', before: null, after: [] },
      },
    ],
  };
  const touches = touchesOf();
  const same = reading(routes, 'b', ['1', '2']);
  touches.take('routes', same, same);
  touches.settle(new Set(['routes']), new Map([['routes', drifted]]));
  expect(touches.news()).toMatchObject([{ count: 1, records: [{ key: '["2"]' }] }]);
});
