import { describe, expect, test } from '@jest/globals';
import { type Definition, type Derivation, parseRecordLine } from '../../../../baselines/index.js';
import type { Cell } from '../../../../daemon/sources/relational/derive/cell.js';
import { DerivedRows } from '../../../../daemon/sources/relational/derive/derived-rows.js';
import {
  inLooks,
  isDerived,
  lookAtTable,
  type RowsWanted,
} from '../../../../daemon/sources/relational/derive/look.js';

const LIMITS = { maxRecords: 3, maxCollectionBytes: 10_000, maxValueBytes: 64 };

function derived(name: string, derive: Derivation, columns: readonly string[] = ['value']) {
  const key = derive.json === undefined ? ['id'] : ['path'];
  const definition: Definition = {
    ...{ name, kind: 'config', source: 'cas', table: 'public.user_config' },
    ...{ key, columns, secret: [], derive },
  };
  return { definition, derived: new DerivedRows(definition, LIMITS, null) };
}
const json = (path: string) => ({ column: 'data', members: [{ path, field: 'value' }] });
const valid = [{ column: 'valid', is: 't' }];

/** A table that notes what it is asked for. */
function tableOf(rows: readonly Record<string, string | null>[]) {
  // As much as may travel.
  const cellOf = (text: string | null, json: boolean): Cell =>
    text === null
      ? null
      : !json && text.length > LIMITS.maxValueBytes
        ? { encoded: `digest of ${text.length}` }
        : { text, json };
  const asked: RowsWanted[][] = [];
  const each: Parameters<typeof lookAtTable>[1]['each'] = async (wanted, onRow) => {
    asked.push([...wanted]);
    wanted.forEach(({ columns, where, maxRecords }, place) => {
      const those = rows.filter(
        (row) => where === undefined || where.values.includes(row[where.column] ?? null),
      );
      for (const row of those.slice(0, maxRecords + 1)) {
        const cells = new Map<string, Cell>(
          columns.map((name) => [name, cellOf(row[name] ?? null, name === 'data')]),
        );
        onRow({ get: (name) => cells.get(name) }, place);
      }
    });
  };
  return { asked, each };
}

const read = async (table: ReturnType<typeof tableOf>, ...all: ReturnType<typeof derived>[]) => {
  const looked = await lookAtTable(all, table, LIMITS);
  const found: Record<string, unknown> = {};
  for (const [one, snapshotOf] of looked) {
    const outcome = await snapshotOf();
    found[one.definition.name] =
      'cause' in outcome
        ? outcome.detail
        : outcome.records.map(({ line }) => {
            const { key, fields } = parseRecordLine(line);
            return [...key, ...fields.values()];
          });
  }
  return found;
};

const ROWS = [
  { id: '1', valid: 't', data: '{"a": 1, "b": 2}' },
  { id: '3', valid: 'f', data: '{"a": "planted", "b": 2}' },
  { id: '2', valid: 't', data: '{"a": 5, "b": 6}' },
];

describe('a look at a table', () => {
  test('cannot tell the latest row where a value that chooses did not travel, and says so of whom it concerns', async () => {
    const planted = { id: '9'.repeat(65), valid: 't', data: '{"a": "planted"}' };
    const found = await read(
      tableOf([...ROWS, planted]),
      derived('a', { where: valid, latest: 'id', json: json('{path:a}') }),
      derived('invalid', { where: [{ column: 'valid', is: 'f' }], latest: 'id', json: json('{path:a}') }),
    );
    expect(found).toEqual({
      a: expect.stringMatching(/longer than maxValueBytes.*nobody can say/),
      invalid: [['a', 'planted']],
    });
  });

  test('lets a row without a value of the column that chooses count beside the latest, where it has the fixed values', async () => {
    const planted = { id: null, valid: 't', data: '{"a": "planted"}' };
    const a = () => derived('a', { where: valid, latest: 'id', json: json('{path:a}') });
    expect(await read(tableOf([...ROWS, planted]), a())).toEqual({
      a: [
        ['a', '5'],
        ['a', 'planted'],
      ],
    });
    expect(await read(tableOf([...ROWS, { ...planted, valid: 'f' }]), a())).toEqual({ a: [['a', '5']] });
    expect(await read(tableOf([planted]), a())).toEqual({ a: [['a', 'planted']] });
  });

  test('goes through its rows once for all that is derived from it, and fetches each chosen row once', async () => {
    const table = tableOf(ROWS);
    const found = await read(
      table,
      derived('a', { where: valid, latest: 'id', json: json('{path:a}') }),
      derived('b', { where: valid, latest: 'id', json: json('{path:b}') }),
      derived('newest', { latest: 'id', json: json('{path:a}') }),
    );
    expect(found).toEqual({ a: [['a', '5']], b: [['b', '6']], newest: [['a', 'planted']] });
    expect(table.asked).toHaveLength(2);
    expect(table.asked[0]?.map(({ columns }) => columns)).toEqual([['valid', 'id']]);
    expect(table.asked[1]?.map(({ where }) => where)).toEqual([
      { column: 'id', values: ['2'] },
      { column: 'id', values: ['3'] },
    ]);
  });

  test('gives each what it would have been given alone', async () => {
    const all = () => [
      derived('a', { where: valid, latest: 'id', json: json('{path:a}') }),
      derived('columns', { where: valid, latest: 'id' }, ['valid']),
      derived('every', { where: valid, json: json('{path:b}') }),
      derived('once', { distinct: true }, ['data']),
    ];
    const together = await read(tableOf(ROWS), ...all());
    const alone: Record<string, unknown> = {};
    for (const one of all()) Object.assign(alone, await read(tableOf(ROWS), one));
    expect(together).toEqual(alone);
    expect(together).toMatchObject({
      columns: [['2', 't']],
      every: [
        ['b', '2'],
        ['b', '6'],
      ],
    });
  });

  test('says of a table with more rows than are read that it is too large, not what the first of them hold', async () => {
    const rows = [1, 2, 3, 4, 5].map((id) => ({
      id: `${id}`,
      valid: id === 5 ? 't' : 'f',
      data: '{"a": 1}',
    }));
    expect(await read(tableOf(rows), derived('every', { where: valid, json: json('{path:a}') }))).toEqual({
      every: 'the table has more than 3 rows',
    });
  });

  test('takes a text apart once, and no collection sees what another made of it', async () => {
    const one = derived('a', { where: valid, latest: 'id', json: json('{path:a}') });
    const other = derived('no json', { where: valid, latest: 'id' }, ['data']);
    expect(await read(tableOf(ROWS), one, other)).toEqual({
      a: [['a', '5']],
      'no json': [['2', '{"a":5,"b":6}']],
    });
  });
});

test('collections are looked at in their order, those derived from one table where the first of them stands', () => {
  const plain = { definition: { ...derived('x', {}).definition, name: 'plain' }, derived: null };
  const elsewhere = derived('elsewhere', {});
  const other = { ...elsewhere, definition: { ...elsewhere.definition, table: 'public.other' } };
  const [a, b] = [derived('a', {}), derived('b', {})];
  const names = inLooks([plain, a, other, plain, b]).map((look) =>
    look.map(({ definition }) => definition.name),
  );
  expect(names).toEqual([['plain'], ['a', 'b'], ['elsewhere'], ['plain']]);
  expect([plain, a].filter(isDerived)).toEqual([a]);
});
