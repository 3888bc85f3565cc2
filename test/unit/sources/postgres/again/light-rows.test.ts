import { describe, expect, test } from '@jest/globals';
import {
  holdingRows,
  type LightRows,
  movedRows,
} from '../../../../../daemon/sources/postgres/again/light-rows.js';
import type { PostgresRows } from '../../../../../daemon/sources/postgres/read-derived.js';
import { LatestRows } from '../../../../../daemon/sources/relational/derive/choose-rows.js';

const HORIZON = { transaction: 100, server: 's' };
const WANTED = { columns: ['id', 'valid'], maxRecords: 9, maxValueBytes: 9 };
const VALID = { where: [{ column: 'valid', is: 't' }], latest: 'id' };
const choicesOf = () => new LatestRows([VALID, { latest: 'id' }]);
const chosen = (choices: LatestRows) => [VALID, { latest: 'id' }].map((one) => choices.of(one).values[0]);

/** A table that sends these rows, and notes what it was asked for. */
function tableOf(rows: readonly (readonly [id: string, valid: string])[]) {
  const asked: object[] = [];
  const table: PostgresRows = {
    each: async ([one], onRow) => {
      asked.push(one ?? {});
      for (const [id, valid] of rows) {
        const cells = new Map([
          ['id', { text: id, json: false }],
          ['valid', { text: valid, json: false }],
        ]);
        onRow({ get: (name) => cells.get(name) }, 0);
      }
    },
  };
  return { table, asked };
}

async function hold(...rows: Parameters<typeof tableOf>[0]): Promise<LightRows> {
  const { table, held } = holdingRows(tableOf(rows).table);
  await table.choose?.(WANTED, choicesOf());
  const light = held(HORIZON);
  if (light === null) throw new Error('nothing is held');
  return light;
}

async function later(before: LightRows, standing: number, ...moved: Parameters<typeof tableOf>[0]) {
  const choices = choicesOf();
  const source = tableOf(moved);
  const refuse = (): never => {
    throw new Error('refused');
  };
  const unmoved = () => ({ all: standing + moved.length });
  const { table, held } = movedRows(source.table, before, { unmoved, refuse });
  const count = await table.choose?.(WANTED, choices);
  const next = held({ ...HORIZON, transaction: 200 });
  return { chosen: chosen(choices), count, asked: source.asked, held: next };
}

/** More than is held, in few rows. */
const longRows = () => Array.from({ length: 300 }, (_, i) => [`${i + 10}`, 'x'.repeat(65_000)] as const);

describe('what chooses of the rows of a table', () => {
  test('is chosen among all of them though only what was written since was asked for', async () => {
    const before = await hold(['1', 't'], ['2', 't'], ['9', 'f']);
    const { chosen, count, asked, held } = await later(before, 3, ['4', 't']);
    expect([chosen, count]).toEqual([['4', '9'], 4]);
    expect(asked).toEqual([expect.objectContaining({ writtenSince: HORIZON, columns: ['id', 'valid'] })]);
    expect(held).toMatchObject({ columns: ['id', 'valid'], horizon: { transaction: 200 } });
    expect(held.keys.size).toBe(4);
    const again = await later(held, 3, ['4', 't'], ['3', 't']);
    expect([again.chosen, again.count]).toEqual([['4', '9'], 5]);
    expect((await later(before, 3)).chosen).toEqual(['2', '9']);
  });

  test('has a row that was written in place once', async () => {
    const before = await hold(['1', 't'], ['2', 't']);
    expect((await later(before, 1, ['2', 't'])).count).toBe(2);
  });

  test('is held of rows that were perhaps written since, too', async () => {
    const before = await hold(['1', 't'], ['2', 't']);
    const { chosen, count } = await later(before, 1, ['2', 't'], ['3', 't']);
    expect([chosen, count]).toEqual([['3', '3'], 3]);
  });

  test('is to be read whole where it was not chosen like this before', async () => {
    const { table, held } = holdingRows(tableOf([['1', 't']]).table);
    await table.choose?.(WANTED, new LatestRows([VALID]));
    const before = held(HORIZON);
    if (before === null) throw new Error('nothing is held');
    await expect(later(before, 1)).rejects.toThrow('refused');
    await expect(later({ ...before, columns: ['id'], choices: choicesOf() }, 1)).rejects.toThrow('refused');
  });

  test.each<[string, number, Parameters<typeof tableOf>[0]]>([
    ['a row is gone', 1, []],
    ['a row chooses otherwise than it did', 1, [['2', 'f']]],
    ['there is a row that nobody has seen', 3, []],
    [
      'two rows are told apart by nothing',
      2,
      [
        ['4', 't'],
        ['4', 't'],
      ],
    ],
    ['very long ones were written', 2, longRows()],
    ['too many were written', 2, Array.from({ length: 1_001 }, (_, i) => [`${i + 10}`, 't'] as const)],
  ])('is to be read whole where %s', async (_, standing, moved) => {
    const before = await hold(['1', 't'], ['2', 't']);
    await expect(later(before, standing, ...moved)).rejects.toThrow('refused');
  });

  test('is to be read whole where little by little more is there than is held', async () => {
    const before = await hold(...longRows().slice(0, 200));
    expect((await later(before, 200, ['1', 't'])).count).toBe(201);
    await expect(later(before, 200, ...longRows().slice(200))).rejects.toThrow('refused');
  });

  test('is not held where nothing chose, nobody knows since when, or rows are very many or very long', async () => {
    const none = holdingRows(tableOf([]).table);
    await none.table.each([WANTED], () => undefined, true);
    expect(none.held(HORIZON)).toBeNull();
    const alike = holdingRows(
      tableOf([
        ['1', 't'],
        ['1', 't'],
      ]).table,
    );
    expect([await alike.table.choose?.(WANTED, choicesOf()), alike.held(HORIZON)]).toEqual([2, null]);
    const many = holdingRows(tableOf(Array.from({ length: 20_001 }, (_, i) => [`${i}`, 't'])).table);
    expect([await many.table.choose?.(WANTED, choicesOf()), many.held(HORIZON)]).toEqual([20_001, null]);
    const long = holdingRows(tableOf(longRows()).table);
    const choices = choicesOf();
    expect([await long.table.choose?.(WANTED, choices), long.held(HORIZON)]).toEqual([300, null]);
    // What is not held counts all the same.
    expect(choices.of({ latest: 'id' }).values).toEqual(['309']);
    const { table, held } = holdingRows(tableOf([['1', 't']]).table);
    await table.choose?.(WANTED, choicesOf());
    expect(held(null)).toBeNull();
    expect(held(HORIZON)).toBe(held(HORIZON));
  });
});
