import { describe, expect, test } from '@jest/globals';
import { peopleNamed } from '../../../baselines/authors.js';
import { authorsBetween, encodeValue, recordLine } from '../../../baselines/index.js';
import { collectionSnapshot } from '../../../baselines/snapshot.js';
import { definition, trustRoot } from './scene.js';

type Row = { readonly [column: string]: string | null };

/** Records by key, in a collection of these columns; `author` names those that say who wrote a record. */
function snapshot(
  author: readonly string[],
  columns: readonly string[],
  rows: { readonly [key: string]: Row },
) {
  const records = Object.entries(rows).map(([key, row]) =>
    recordLine({ key: [key], fields: new Map(Object.entries(row)) }),
  );
  return collectionSnapshot(definition('fees', 'config', { columns, author }), records);
}
const fees = (rows: { readonly [key: string]: Row }) => snapshot(['by'], ['by', 'fee', 'unit'], rows);
const before = fees({
  a: { by: 'anna', fee: '1', unit: '%' },
  b: { by: 'ben', fee: '2', unit: '%' },
});

describe('the authors of a change', () => {
  test.each<[string, Parameters<typeof authorsBetween>, readonly string[]]>([
    ['nothing before', [undefined, before], []],
    ['nothing after', [before, undefined], []],
    ['nothing at all', [undefined, undefined], []],
    ['no difference', [before, before], []],
    [
      'one column of one record changed',
      [before, fees({ a: { by: 'cora', fee: '1', unit: 'EUR' }, b: { by: 'ben', fee: '2', unit: '%' } })],
      ['cora'],
    ],
    [
      'a record changed, and its author not',
      [before, fees({ a: { by: 'anna', fee: '9', unit: '%' }, b: { by: 'ben', fee: '2', unit: '%' } })],
      ['anna'],
    ],
    [
      'a record is new and one is gone',
      [before, fees({ a: { by: 'anna', fee: '1', unit: '%' }, c: { by: 'dan', fee: '1', unit: '%' } })],
      ['dan'],
    ],
    ['a record without an author', [fees({}), fees({ a: { by: null, fee: '1', unit: '%' } })], []],
    [
      'an author too long to be carried',
      [fees({}), fees({ a: { by: `~digest:9:${'0'.repeat(64)}`, fee: '1', unit: '%' } })],
      [],
    ],
    [
      'an author whose name looks like a mark',
      [fees({}), fees({ a: { by: encodeValue({ form: 'text', text: '~x' }), fee: '1', unit: '%' } })],
      ['~x'],
    ],
    [
      'a column is new, and nothing else differs',
      [
        snapshot(['by'], ['by'], { a: { by: 'anna' } }),
        snapshot(['by'], ['by', 'fee'], { a: { by: 'anna', fee: '1' } }),
      ],
      [],
    ],
    [
      'a column is gone, and nothing else differs',
      [
        snapshot(['by'], ['by', 'fee'], { a: { by: 'anna', fee: '1' } }),
        snapshot(['by'], ['by'], { a: { by: 'anna' } }),
      ],
      [],
    ],
    [
      'the author column is no longer called so',
      [snapshot(['by'], ['by'], { a: { by: 'anna' } }), snapshot([], ['by'], { a: { by: 'ben' } })],
      ['ben'],
    ],
    [
      'the author column is only now called so',
      [snapshot([], ['by'], { a: { by: 'anna' } }), snapshot(['by'], ['by'], { a: { by: 'ben' } })],
      ['ben'],
    ],
    [
      'no column says who',
      [snapshot([], ['by'], { a: { by: 'anna' } }), snapshot([], ['by'], { a: { by: 'ben' } })],
      [],
    ],
  ])('are reported where there is %s', (_what, [from, to], authors) => {
    expect([...authorsBetween(from, to)]).toEqual(authors);
  });

  test('are the people who have their accounts, in upper or lower case', () => {
    const account = (name: string) => ({ system: 'database' as const, name });
    const [anna, ben, dan] = trustRoot.people;
    const people = [
      { ...(anna as object), accounts: [account('x'), account('App_Anna')] },
      { ...(ben as object), accounts: [account('ben')] },
      dan,
    ] as typeof trustRoot.people;
    const named = (...authors: string[]) => peopleNamed({ ...trustRoot, people }, new Set(authors));
    expect(named('APP_ANNA', 'nobody')).toEqual(['anna']);
    expect(named('ben', 'x')).toEqual(['anna', 'ben']);
    expect(named('dan')).toEqual([]);
  });
});
