import { expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../../baselines/index.js';
import { differencesBetween, movesMoney } from '../../../../daemon/cli/approve/differences.js';
import { differenceView } from '../../../../daemon/cli/console/desk-view.js';
import { destinationsOf, itemsOf } from '../../../../daemon/cli/console/summary.js';
import { describeDifference } from '../../../../daemon/cli/text/difference-text.js';
import type { ShownDifference } from '../../../../daemon/views/console-shapes.js';
import type { ShownChange } from '../../../../daemon/views/shapes.js';

test('a summary counts all that would be signed, also what it does not list, and lists money first', () => {
  const shown = Array.from({ length: 1_200 }, (_, index): ShownDifference => {
    const change: ShownChange = {
      ...{ what: 'change', id: String(index), severity: 'high', headline: 'changed', collection: 'routes' },
      ...{
        kind: 'wallet-route',
        money: index >= 600 ? 'modified' : null,
        key: [],
        about: [],
        fields: [],
        fieldsLeftOut: 0,
      },
      ...{ lookalikeOf: index === 0 ? [] : null, called: null },
    };
    return { id: String(index), acceptable: true, byItself: false, leads: [], shown: change };
  });
  const { items, counts } = itemsOf(shown);
  expect(counts).toEqual({ items: 1_200, diverts: 600, lookalikes: 1 });
  expect(items.length).toBeLessThan(1_200);
  expect(items.every(({ diverts }) => diverts)).toBe(true);
});

test.each([
  ['names', ['hot'], true],
  ['does not name', undefined, false],
] as const)(
  'a column that the definition %s as a destination moves money wherever something is signed',
  (_, destination, moves) => {
    const definition: Definition = {
      ...{
        name: 'routes',
        kind: 'wallet-route',
        source: 'cas',
        table: 'routes',
        key: ['id'],
        columns: ['hot'],
      },
      ...{ secret: [], ...(destination === undefined ? {} : { destination }) },
    };
    const holding = (hot: string) =>
      new Map([
        [
          'routes',
          collectionSnapshot(definition, [recordLine({ key: ['1'], fields: new Map([['hot', hot]]) })]),
        ],
      ]);
    const differences = differencesBetween('prague-1', holding('ours'), holding('theirs'), []);
    const [difference] = differences;
    if (difference === undefined) throw new Error('it differs');
    const definitions = new Map([['routes', definition]]);
    const context = { rules: [], definitions, hostile: new Map(), followers: new Map() };
    expect(movesMoney(difference)).toBe(moves);
    expect(differenceView(difference, context).shown).toMatchObject({ money: moves ? 'modified' : null });
    expect(destinationsOf(differences, holding('ours'))).toHaveLength(moves ? 1 : 0);
    const paint = (_style: unknown, text: string) => text;
    const text = describeDifference({ paint }, difference, { rules: [], digits: 8 }, definitions).join('\n');
    expect(text.includes('pays elsewhere')).toBe(moves);
  },
);
