import { describe, expect, test } from '@jest/globals';
import { type Definition, type Derivation, parseRecordLine } from '../../../../baselines/index.js';
import type { Cell } from '../../../../daemon/sources/relational/derive/cell.js';
import type { LatestRows } from '../../../../daemon/sources/relational/derive/choose-rows.js';
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

  test('is of no use to those whose chosen row does not come when it is asked for, or counts no more', async () => {
    const planted = { id: null, valid: 't', data: '{"a": 5}' };
    const hidden = tableOf([...ROWS, { id: '7', valid: 't', data: '{"a": "planted"}' }, planted]);
    const hiding = (isShown: (id: string | null) => boolean) => ({
      asked: hidden.asked,
      each: (async (wanted, onRow, isLast) =>
        hidden.each(
          wanted,
          (row, place) => {
            const id = row.get('id');
            if (!isLast || isShown(id && 'text' in id ? id.text : null)) onRow(row, place);
          },
          isLast,
        )) satisfies (typeof hidden)['each'],
    });
    const all = () => [
      derived('a', { where: valid, latest: 'id', json: json('{path:a}') }),
      derived('invalid', { where: [{ column: 'valid', is: 'f' }], latest: 'id', json: json('{path:a}') }),
    ];
    const invalid = [['a', 'planted']];
    const lost = expect.stringContaining('did not come when it was asked for');
    expect(
      await read(
        hiding((id) => id !== '7'),
        ...all(),
      ),
    ).toEqual({ a: lost, invalid });
    expect(
      await read(
        hiding((id) => id !== null),
        ...all(),
      ),
    ).toEqual({ a: lost, invalid });
    expect(
      await read(
        hiding(() => true),
        ...all(),
      ),
    ).toEqual({
      a: [
        ['a', '5'],
        ['a', 'planted'],
      ],
      invalid,
    });
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

describe('a collection that is derived again from one document', () => {
  const one = () => derived('a', { where: valid, latest: 'id', json: json('a/{path}') });
  const rowOf = (id: number, data: object) => ({ id: `${id}`, valid: 't', data: JSON.stringify(data) });
  const snapshotsOf = async (own: ReturnType<typeof one>, ...data: readonly object[]) => {
    const snapshots: unknown[] = [];
    for (const [id, object] of data.entries()) {
      const looked = await lookAtTable([own], tableOf([rowOf(id, object)]), LIMITS);
      snapshots.push(await looked.get(own)?.());
    }
    return snapshots;
  };

  test('is not made anew where the documents differ in nothing that it is made of', async () => {
    const { definition } = one();
    let sealed = 0;
    const seal = () => `${sealed++}`.padStart(64, '0');
    const own = { definition, derived: new DerivedRows({ ...definition, secret: ['value'] }, LIMITS, seal) };
    const documents = [1, 2, 3].map((b) => ({ a: { x: 1, y: 2 }, b }));
    const [first, ...others] = await snapshotsOf(own, ...documents);
    expect(others).toEqual([first, first]);
    expect(sealed).toBe(2);
    const [changed] = await snapshotsOf(own, { a: { x: 1, y: 3 }, b: 3 });
    expect(changed).not.toEqual(first);
    expect(sealed).toBe(4);
  });

  test('is compared with what its snapshot was made of, not with what came to nothing', async () => {
    const own = one();
    const many = { a: { w: 1, x: 1, y: 1, z: 1 }, b: 1 };
    const [first, tooMany, again, other] = await snapshotsOf(
      own,
      { a: { x: 1 } },
      many,
      { a: { x: 1 }, b: 2 },
      { a: {} },
    );
    expect(tooMany).toMatchObject({ cause: 'too-large' });
    expect(again).toBe(first);
    expect(own.derived.unmatched).toEqual({ noRow: false, paths: ['a/{path}'] });
    expect(other).toMatchObject({ records: [] });
  });

  test('is made anew of several documents, and after them', async () => {
    const own = one();
    const [first] = await snapshotsOf(own, { a: { x: 1 } });
    const twice = tableOf([rowOf(7, { a: { x: 1 } }), rowOf(7, { a: { x: 2 } })]);
    const doubtful = await (await lookAtTable([own], twice, LIMITS)).get(own)?.();
    expect(doubtful).toMatchObject({ records: [{}, {}] });
    expect(await snapshotsOf(own, { a: { x: 1 }, b: 1 })).toEqual([first]);
  });
});

describe('what stands since the last look', () => {
  const routes = derived('routes', { where: valid, latest: 'id', json: json('{path:a}') });
  const planted = derived('planted', {
    where: [{ column: 'valid', is: 'f' }],
    latest: 'id',
    json: json('{path:a}'),
  });
  let choices: LatestRows | null = null;

  /** A look at these rows, of which only those of `moved` are seen anew where something was chosen before. */
  const look = async (rows: typeof ROWS, moved: typeof ROWS) => {
    const table = tableOf(rows);
    const looked = await lookAtTable(
      [routes, planted],
      {
        each: table.each,
        choose: async (_, next) => {
          const before = choices !== null && next.goOnFrom(choices);
          for (const row of before ? moved : rows) {
            const values = new Map<string, string>(Object.entries(row));
            next.see({ get: (name) => ({ text: values.get(name) ?? '', json: false }) });
          }
          choices = next;
          return rows.length;
        },
      },
      LIMITS,
    );
    const outcomes = [...looked.values()].map(async (snapshotOf) => snapshotOf());
    return {
      asked: table.asked[0]?.map(({ where }) => where?.values),
      outcomes: await Promise.all(outcomes),
    };
  };
  const fourth = { id: '4', valid: 't', data: '{"a": 9}' };

  test('is not fetched again, and is the very same', async () => {
    choices = null;
    const first = await look(ROWS, []);
    expect(first.asked).toEqual([['2'], ['3']]);
    const second = await look([...ROWS, fourth], [fourth]);
    expect(second.asked).toEqual([['4']]);
    expect(second.outcomes[1]).toBe(first.outcomes[1]);
    expect(second.outcomes[0]).not.toBe(first.outcomes[0]);
    expect((await look([...ROWS, fourth], [])).outcomes).toEqual(second.outcomes);
  });

  test('is fetched again after a look at it that came to nothing', async () => {
    choices = null;
    await look(ROWS, []);
    const gone = await look(
      ROWS.filter(({ valid }) => valid === 't'),
      ROWS.slice(1, 2),
    );
    expect(gone.outcomes[1]).toMatchObject({ cause: 'failed' });
    expect((await look(ROWS, [])).asked).toEqual([['3']]);
  });
});

test('values that are taken apart may be longer than others of the same rows', async () => {
  const table = tableOf(ROWS);
  await read(
    table,
    derived('a', { where: valid, latest: 'id', json: json('{path:a}') }),
    derived('columns', { where: valid, latest: 'id' }, ['valid']),
    derived('text', { where: valid, latest: 'id' }, ['data']),
    derived('every', { where: valid, json: json('{path:b}') }),
  );
  expect(table.asked[1]?.map(({ columns, documents }) => [columns, documents])).toEqual([
    [
      ['valid', 'data'],
      ['valid', 'data'],
    ],
    [['valid', 'id', 'data'], ['data']],
    [['id', 'data', 'valid'], []],
  ]);
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
