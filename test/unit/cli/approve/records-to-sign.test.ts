import { describe, expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition, recordLine } from '../../../../baselines/index.js';
import { differencesBetween } from '../../../../daemon/cli/approve/differences.js';
import { recordsToSign } from '../../../../daemon/cli/approve/records-to-sign.js';
import { describeDifference } from '../../../../daemon/cli/text/difference-text.js';

const narrow: Definition = {
  ...{ name: 'routes', kind: 'wallet-route', source: 'cas', table: 'routes', key: ['id'] },
  ...{ columns: ['name'], secret: [] },
};
const wide: Definition = { ...narrow, columns: ['name', 'sell_address'] };
type Row = readonly [id: string, name: string, address?: string | null];
const holding = (definition: Definition, rows: readonly Row[]) =>
  new Map([
    [
      'routes',
      collectionSnapshot(
        definition,
        rows.map(([id, name, address = null]) => {
          const fields = new Map(Object.entries({ name, sell_address: address }));
          return recordLine({
            key: [id],
            fields: new Map([...fields].filter(([field]) => definition.columns.includes(field))),
          });
        }),
      ),
    ],
  ]);
const toSign = (before: ReturnType<typeof holding>, after: ReturnType<typeof holding>, most = 100) => {
  const [difference] = differencesBetween('prague-1', before, after, []);
  if (difference?.what !== 'collection') throw new Error('they are defined otherwise');
  const { changes, count } = recordsToSign(difference, most);
  return { difference, count, keys: changes.map(({ key, type }) => `${type} ${key}`) };
};

describe('the records that are signed with a definition', () => {
  const before = holding(narrow, [
    ['1', 'a'],
    ['2', 'b'],
    ['3', 'c'],
    ['4', 'd'],
  ]);

  test('are those that hold something in a column that nobody has signed yet, beside those that changed', () => {
    const after = holding(wide, [
      ['1', 'a', 'bc1qTHIEF'],
      ['2', 'b'],
      ['3', 'changed'],
      ['5', 'e', 'bc1qnew'],
    ]);
    const { difference, count, keys } = toSign(before, after);
    expect(keys).toEqual(['modified ["3"]', 'removed ["4"]', 'added ["5"]', 'modified ["1"]']);
    expect(count).toBe(4);
    const paint = (_style: unknown, text: string) => text;
    const text = describeDifference({ paint }, difference, { rules: [], digits: 8 }, new Map()).join('\n');
    expect(text).toContain('“bc1qTHIEF”');
    expect(text).toContain('3 records changed in what both read');
    expect(toSign(before, after, 2)).toMatchObject({ keys: keys.slice(0, 2), count: 4 });
  });

  test('are those that changed where it reads no more than before', () => {
    const after = holding({ ...narrow, label: ['name'] }, [['1', 'x']]);
    expect(toSign(before, after)).toMatchObject({
      keys: ['modified ["1"]', 'removed ["2"]', 'removed ["3"]', 'removed ["4"]'],
      count: 4,
    });
    expect(toSign(before, holding({ ...narrow, label: ['name'] }, []), 1).count).toBe(4);
  });

  test('are all where they cannot be compared, or the collection is new; none where it goes', () => {
    const elsewhere = holding({ ...narrow, table: 'others' }, [['9', 'z']]);
    expect(toSign(before, elsewhere)).toMatchObject({ keys: ['added ["9"]'], count: 1 });
    expect(toSign(new Map(), before, 3)).toMatchObject({
      keys: ['added ["1"]', 'added ["2"]', 'added ["3"]'],
      count: 4,
    });
    expect(toSign(before, new Map())).toMatchObject({ keys: [], count: 0 });
  });
});
