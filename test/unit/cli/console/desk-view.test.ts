import { expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../../baselines/index.js';
import { differencesBetween } from '../../../../daemon/cli/approve/differences.js';
import {
  countsOf,
  differenceView,
  expectedView,
  followersOf,
  unfoldedView,
} from '../../../../daemon/cli/console/desk-view.js';

const sensor: Definition = {
  ...{
    name: 'sensor_cas',
    kind: 'sensor',
    source: 'cas',
    table: 'parts',
    key: ['id'],
    columns: ['definition'],
  },
  secret: [],
};
const at = (identifier: string) =>
  new Map([
    [
      'sensor_cas',
      collectionSnapshot(
        sensor,
        [
          ['database', { place: { majorVersion: 15, systemIdentifier: identifier } }],
          ...['table', 'trigger'].map((name) => [name, { place: { oid: `${identifier}-${name}` } }] as const),
        ].map(([id, definition]) =>
          recordLine({ key: [String(id)], fields: new Map([['definition', JSON.stringify(definition)]]) }),
        ),
      ),
    ],
  ]);

test('what differs only because the database is another one goes along with that, but for what somebody called hostile', () => {
  const differences = differencesBetween('prague-1', at('1'), at('2'), []);
  const [lead, first, second] = differences.map(({ fingerprint }) => fingerprint);
  const shown = (hostile: ReadonlyMap<string, { fingerprint: string; person: string; atMs: number }>) => {
    const followers = followersOf(differences, hostile);
    const definitions = new Map([[sensor.name, sensor]]);
    const context = { rules: [], definitions, hostile, followers };
    return differences.map((one) => differenceView(one, context).leads);
  };
  expect(shown(new Map())).toEqual([[first, second], [], []]);
  const called = { fingerprint: String(first), person: 'bob', atMs: 0 };
  expect(shown(new Map([[String(first), called]]))).toEqual([[second], [], []]);
  expect(lead).not.toBeUndefined();
  expect(countsOf(differences)).toEqual([{ collection: 'sensor_cas', count: 3 }]);
});

test('a change that is expected is as severe as the rules of the site make it, and says where the database chooses its key', () => {
  const definition: Definition = { ...sensor, name: 'terminals', kind: 'terminal', columns: ['serial'] };
  const after = new Map([['serial', 'BT-08']]);
  const shown = (key: readonly string[] | null, rules: Parameters<typeof expectedView>[2]['rules']) =>
    expectedView(
      'prague-1',
      { collection: 'terminals', key, before: null, after },
      { rules, definitions: new Map([['terminals', definition]]) },
      true,
    );
  const plain = shown(['7'], []);
  expect(plain.severity).not.toBe('critical');
  expect(plain.headline).not.toContain('the database chooses');
  const anyKey = shown(null, [{ collection: 'terminals', severity: 'critical' }]);
  expect(anyKey.severity).toBe('critical');
  expect(anyKey.headline).toBe(`${plain.headline} (one record, under a key that the database chooses)`);
});

test('a collection that is new shows each record that it would bring in, and all of them to whoever asks', () => {
  const holding = (count: number) =>
    new Map([
      [
        'users',
        collectionSnapshot(
          { ...sensor, name: 'users', kind: 'admin', columns: ['name'], history: true },
          Array.from({ length: count }, (_, i) =>
            recordLine({ key: [String(1_000 + i)], fields: new Map([['name', `user ${i}`]]) }),
          ),
        ),
      ],
    ]);
  const [difference] = differencesBetween('prague-1', new Map(), holding(25), []);
  const definitions = new Map([...holding(1)].map(([name, { definition }]) => [name, definition]));
  const context = { rules: [], definitions, hostile: new Map(), followers: new Map() };
  if (difference === undefined) throw new Error('a collection came');
  const { shown } = differenceView(difference, context);
  if (shown.what !== 'definition') throw new Error('it is a definition');
  expect(shown.changes).toHaveLength(20);
  expect(shown.changesLeftOut).toBe(5);
  expect(JSON.stringify(shown.changes[0])).toContain('user 0');
  expect(unfoldedView([difference], difference.fingerprint, context)?.shown).toMatchObject({
    changesLeftOut: 0,
    changes: { length: 25 },
  });
  const below = unfoldedView([difference], shown.changes[3]?.id ?? '', context);
  expect(JSON.stringify(below)).toContain('user 3');
  expect(unfoldedView([difference], 'f'.repeat(64), context)).toBeNull();
});
