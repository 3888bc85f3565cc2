import { describe, expect, test } from '@jest/globals';
import {
  holdingRows,
  type LightRows,
  movedRows,
} from '../../../../../daemon/sources/postgres/again/light-rows.js';
import type { PostgresRows } from '../../../../../daemon/sources/postgres/read-derived.js';
import type { TableRow } from '../../../../../daemon/sources/relational/derive/cell.js';

const HORIZON = { transaction: 100, server: 's' };
const WANTED = [{ columns: ['id', 'valid'], maxRecords: 9, maxValueBytes: 9 }];

/** A table that sends these rows, and notes what it was asked for. */
function tableOf(rows: readonly (readonly [id: string, valid: string, mark: number])[]) {
  const asked: object[] = [];
  const table: PostgresRows = {
    each: async ([one], onRow) => {
      asked.push(one ?? {});
      for (const [id, valid, mark] of rows) {
        const cells = new Map([
          ['id', { text: id, json: false }],
          ['valid', { text: valid, json: false }],
        ]);
        onRow({ get: (name) => cells.get(name) }, 0, mark);
      }
    },
  };
  return { table, asked };
}

const idOf = (row: TableRow): string => {
  const cell = row.get('id');
  return cell && 'text' in cell ? cell.text : '';
};

async function hold(...rows: Parameters<typeof tableOf>[0]): Promise<LightRows> {
  const { table, held } = holdingRows(tableOf(rows).table);
  await table.each(WANTED, () => undefined, false);
  const light = held(HORIZON);
  if (light === null) throw new Error('nothing is held');
  return light;
}

async function later(before: LightRows, standing: number, ...moved: Parameters<typeof tableOf>[0]) {
  const source = tableOf(moved);
  const refuse = (): never => {
    throw new Error('refused');
  };
  const unmoved = () => ({ standing, isStanding: (mark: number) => mark < HORIZON.transaction });
  const { table, held } = movedRows(source.table, before, { unmoved, refuse });
  const seen: string[] = [];
  await table.each(WANTED, (row) => void seen.push(idOf(row)), false);
  return { seen, asked: source.asked, held: held({ ...HORIZON, transaction: 200 }) };
}

/** More than is held, in few rows. */
const longRows = (mark: number) =>
  Array.from({ length: 300 }, (_, i) => [`${i + 10}`, 'x'.repeat(65_000), mark] as const);

describe('what chooses of the rows of a table', () => {
  test('is handed over whole though only what was written since was asked for', async () => {
    const before = await hold(['1', 't', 5], ['2', 't', 6], ['3', 't', 7]);
    const { seen, asked, held } = await later(before, 3, ['4', 't', 101]);
    expect(seen).toEqual(['1', '2', '3', '4']);
    expect(asked).toEqual([
      expect.objectContaining({ marked: true, writtenSince: HORIZON, columns: ['id', 'valid'] }),
    ]);
    expect(held).toMatchObject({ columns: ['id', 'valid'], horizon: { transaction: 200 } });
    expect(held.rows).toHaveLength(4);
  });

  test('has a row that was written in place once', async () => {
    const before = await hold(['1', 't', 5], ['2', 't', 6]);
    expect((await later(before, 1, ['2', 't', 101])).seen).toEqual(['1', '2']);
  });

  test('is held of rows that were perhaps written since, too', async () => {
    const before = await hold(['1', 't', 5], ['2', 't', 100]);
    expect((await later(before, 1, ['2', 't', 100], ['3', 't', 102])).seen).toEqual(['1', '2', '3']);
  });

  test.each<[string, number, Parameters<typeof tableOf>[0]]>([
    ['a row is gone', 1, []],
    ['a row chooses otherwise than it did', 1, [['2', 'f', 101]]],
    ['there is a row that nobody has seen', 3, []],
    [
      'two rows are told apart by nothing',
      2,
      [
        ['4', 't', 101],
        ['4', 't', 102],
      ],
    ],
    ['very long ones were written', 2, longRows(101)],
    ['too many were written', 2, Array.from({ length: 1_001 }, (_, i) => [`${i + 10}`, 't', 101] as const)],
  ])('is to be read whole where %s', async (_, standing, moved) => {
    const before = await hold(['1', 't', 5], ['2', 't', 6]);
    await expect(later(before, standing, ...moved)).rejects.toThrow('refused');
  });

  test('is to be read whole where little by little more is there than is held', async () => {
    const before = await hold(...longRows(5).slice(0, 200));
    expect((await later(before, 200, ['1', 't', 101])).seen).toHaveLength(201);
    await expect(later(before, 200, ...longRows(101).slice(200))).rejects.toThrow('refused');
  });

  test('is not held where nothing chose, nobody knows since when, or rows are very many or very long', async () => {
    const none = holdingRows(tableOf([]).table);
    await none.table.each(WANTED, () => undefined, true);
    expect(none.held(HORIZON)).toBeNull();
    const many = holdingRows(tableOf(Array.from({ length: 20_001 }, (_, i) => [`${i}`, 't', 5])).table);
    let seen = 0;
    await many.table.each(WANTED, () => void seen++, false);
    expect([seen, many.held(HORIZON)]).toEqual([20_001, null]);
    const long = holdingRows(tableOf(longRows(5)).table);
    seen = 0;
    await long.table.each(WANTED, () => void seen++, false);
    expect([seen, long.held(HORIZON)]).toEqual([300, null]);
    const { table, held } = holdingRows(tableOf([['1', 't', 5]]).table);
    await table.each(WANTED, () => undefined, false);
    expect(held(null)).toBeNull();
    expect(held(HORIZON)).toBe(held(HORIZON));
  });
});
