import { expect, test } from '@jest/globals';
import { itemsOf } from '../../../../daemon/cli/console/summary.js';
import type { ShownDifference } from '../../../../daemon/views/console-shapes.js';
import type { ShownChange } from '../../../../daemon/views/shapes.js';

test('a summary counts all that would be signed, also what it does not list, and lists money first', () => {
  const shown = Array.from({ length: 1_200 }, (_, index): ShownDifference => {
    const change: ShownChange = {
      ...{ what: 'change', id: String(index), severity: 'high', headline: 'changed', collection: 'routes' },
      ...{ kind: 'wallet-route', diverts: index >= 600, key: [], about: [], fields: [], fieldsLeftOut: 0 },
      ...{ lookalikeOf: index === 0 ? [] : null, called: null },
    };
    return { id: String(index), acceptable: true, byItself: false, leads: [], shown: change };
  });
  const { items, counts } = itemsOf(shown);
  expect(counts).toEqual({ items: 1_200, diverts: 600, lookalikes: 1 });
  expect(items.length).toBeLessThan(1_200);
  expect(items.every(({ diverts }) => diverts)).toBe(true);
});
