import { describe, expect, test } from '@jest/globals';
import {
  type CatalogTable,
  type SurveyedDatabase,
  surveyDatabase,
} from '../../../daemon/sources/relational/survey/survey.js';
import type { SurveyProgress } from '../../../daemon/sources/survey.js';

const column = (name: string) => ({ name, type: 'text' as const, isNullable: true, isReadable: true });
const TERMINAL: CatalogTable = {
  table: 'public.terminal',
  name: 'terminal',
  columns: [column('id'), column('name'), column('state')],
  keys: [['id']],
  rows: null,
  problem: null,
};

/** A database whose samples come from a function of the look, each taking some time of a clock of its own. */
function scene(rowsAt: (look: number) => (string | null)[][], tookMs = 10, tables = [TERMINAL]) {
  let nowMs = 0;
  let looks = 0;
  const at: number[] = [];
  let isClosed = false;
  const database: SurveyedDatabase = {
    kind: 'postgres',
    database: 'cas',
    tables: async () => ({ tables, beyond: 0 }),
    sample: async () => {
      at.push(nowMs);
      nowMs += tookMs;
      return rowsAt(looks++);
    },
    jsonValues: async () => [],
    problemOf: (error) => (String(error).includes('connection') ? null : 'timeout'),
    close: () => {
      isClosed = true;
    },
  };
  const ended = new AbortController();
  const told: SurveyProgress[] = [];
  const run = (watchMs: number, onWait: () => void = () => undefined) =>
    surveyDatabase(database, {
      watchMs,
      signal: ended.signal,
      onProgress: (progress) => told.push(progress),
      now: () => nowMs,
      wait: async (ms) => {
        nowMs += ms;
        onWait();
      },
    });
  return { run, at, told, end: () => ended.abort(), isClosed: () => isClosed };
}

describe('while it watches', () => {
  test('a column that changes is counted, and rows that come and go are, each row by its key', async () => {
    const looks = [
      [
        ['1', 'a', 'x'],
        ['2', 'b', 'x'],
      ],
      [
        ['2', 'b', 'y'],
        ['1', 'a', 'x'],
      ],
      [
        ['2', 'b', 'z'],
        ['3', 'c', 'x'],
      ],
    ];
    const { run, isClosed } = scene((look) => looks[look] ?? looks[2] ?? []);
    const [table] = (await run(4_000)).tables;
    expect(table?.columns.map(({ name, moved }) => [name, moved])).toEqual([
      ['id', 0],
      ['name', 0],
      ['state', 2],
    ]);
    expect(table).toMatchObject({ came: 1, left: 1, looks: 2, rows: 2 });
    expect(isClosed()).toBe(true);
  });

  test('it reads no more than a hundredth of the time', async () => {
    const { run, at } = scene(() => [['1', 'a', 'x']], 500);
    await run(180_000);
    expect(at).toHaveLength(1 + 4);
    expect(at.slice(1, 3).map((ms, i) => ms - (at[i] ?? 0))).toEqual([50_000, 50_000]);
  });

  test('the end of the time is looked at too, however short it is', async () => {
    const { run, at } = scene(() => [['1', 'a', 'x']]);
    const survey = await run(1_000);
    expect(at).toHaveLength(2);
    expect(survey.watchedMs).toBeGreaterThanOrEqual(1_000);
  });

  test('a signal ends it early with what it has, and progress is told meanwhile', async () => {
    let waits = 0;
    const { run, told, end } = scene((look) => [['1', 'a', String(look)]]);
    const survey = await run(3_600_000, () => {
      waits++;
      if (waits === 5) end();
    });
    expect(survey.tables[0]?.columns[2]?.moved).toBe(2);
    expect(told[0]).toEqual({ stage: 'looking', done: 0, tables: 1 });
    expect(told.at(-1)).toMatchObject({ stage: 'watching', moved: 1 });
  });

  test('without a time it looks once', async () => {
    const { run, at } = scene(() => [['1', 'a', 'x']]);
    expect(await run(0)).toMatchObject({ watchedMs: 0, tables: [{ looks: 0 }] });
    expect(at).toHaveLength(1);
  });
});

test('a table that cannot be read hides no other, and one that fails later keeps what was found', async () => {
  const other = { ...TERMINAL, table: 'public.other' };
  const { run } = scene(
    (look) => {
      if (look === 0 || look === 2) throw new Error('a lock');
      return [['1', 'a', 'x']];
    },
    10,
    [TERMINAL, other],
  );
  const { tables } = await run(2_000);
  expect(tables).toMatchObject([
    { table: 'public.terminal', problem: 'timeout', sampled: 0 },
    { table: 'public.other', problem: null, sampled: 1 },
  ]);
});

test('a connection that breaks is made anew once, and a database that is gone ends it', async () => {
  const once = scene((look) => {
    if (look === 0) throw new Error('the connection broke');
    return [['1', 'a', 'x']];
  });
  expect((await once.run(0)).tables).toMatchObject([{ problem: null, sampled: 1 }]);
  const gone = scene(() => {
    throw new Error('the connection broke');
  });
  await expect(gone.run(0)).rejects.toThrow('the connection broke');
  expect(gone.isClosed()).toBe(true);
  const later = scene((look) => {
    if (look === 0) return [['1', 'a', 'x']];
    throw new Error('the connection broke');
  });
  expect((await later.run(5_000)).tables).toMatchObject([{ problem: null, looks: 0 }]);
});

test('tables whose turn did not come before it was ended are counted', async () => {
  const { run, end } = scene(
    () => {
      end();
      return [['1', 'a', 'x']];
    },
    10,
    [TERMINAL, { ...TERMINAL, table: 'public.other' }],
  );
  expect(await run(1_000)).toMatchObject({ beyond: 1, tables: [{ table: 'public.terminal' }] });
});
