import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Definition } from '../../../../../baselines/index.js';
import { LookAgain } from '../../../../../daemon/sources/postgres/again/look-again.js';
import { postgresConfig } from '../../../../../daemon/sources/postgres/config.js';
import type { Session } from '../../../../../daemon/sources/postgres/session.js';
import { PINNED_NOW } from '../../../../../daemon/sources/postgres/settings.js';
import { STANDBY_QUERY, watchStandby } from '../../../../../daemon/sources/postgres/standby.js';
import { DerivedRows } from '../../../../../daemon/sources/relational/derive/derived-rows.js';
import { RowCache } from '../../../../../daemon/sources/relational/row-cache.js';
import { PINNED_ROW } from '../../../../support/pinned-settings.js';

const config = postgresConfig.parse({ kind: 'postgres', name: 'cas', url: 'postgres://x@localhost/x' });
const MARKS = ['class 1', 'column 1', 'schema 1'];
const IDENTITY = { marks: MARKS, schemas: ['9'], types: [], family: ['1'], columns: [], marksRows: false };
const COLUMNS = ['id', 'data'].map((name) => ({ name, measure: 'text', json: name === 'data' }) as const);

function watched(name: string, path: string) {
  const definition: Definition = {
    ...{ name, kind: 'wallet-route', source: 'cas', table: 'public.setting' },
    ...{ key: ['coin'], columns: ['wallet'], secret: [] },
    derive: { latest: 'id', json: { column: 'data', members: [{ path, field: 'wallet' }] } },
  };
  const derived = new DerivedRows(definition, config, null);
  derived.rowsLookedAt = 2;
  return { definition, derived, rows: new RowCache(definition, config), fingerprint: null };
}

/** What the server answers: the marks in the snapshot and after COMMIT, and whether it is a standby. */
let answer: {
  before: readonly string[];
  after: readonly string[];
  lines: readonly string[];
  standby: (string | null)[];
  settings: readonly (string | null)[];
};
let failure: Error | null;
let isGone = false;
let trips: string[];
let [one, other] = [watched('btc', '{coin:b}'), watched('eth', '{coin:e}')];

const marks = (names: readonly string[]) => names.map((name): [string] => [name]);
const session: Session = {
  ...{ serverVersion: 180000, encoding: 'UTF8', lost: false },
  destroy: () => undefined,
  copy: async () => undefined,
  run: async (sql) => {
    if (isGone) throw new Error('no connection');
    trips.push(sql.slice(0, 8));
    const answers = sql.split('; ').map(() => [] as (string | null)[][]);
    return answers;
  },
  runCopying: async (sql, _timeoutMs, onRow) => {
    trips.push(sql.slice(0, 8));
    if (failure !== null) throw failure;
    const statements = sql.split('; ');
    const answers = statements.map(() => [] as (string | null)[][]);
    const at = statements.findIndex((statement) => statement.startsWith('SELECT'));
    if (at !== -1 && statements[0]?.startsWith('BEGIN')) {
      answers[at] = marks(answer.before);
      answers[statements.indexOf(STANDBY_QUERY)] = [answer.standby];
    } else if (at !== -1) answers[statements.length - 2] = marks(answer.after);
    statements.forEach((statement, place) => {
      if (statement === PINNED_NOW) answers[place] = [[...answer.settings]];
      if (!statement.startsWith('COPY')) return;
      const lines = statement.includes('WHERE') ? answer.lines : ['1\t\\N', '2\t\\N'];
      for (const line of lines) onRow(Buffer.from(`${line}\n`), place);
    });
    return answers;
  },
};

let looks: LookAgain;
const read = async (over: Session = session, which = [one, other]) => {
  const standby = watchStandby('cas', 30_000);
  const plan = { config, watched: which, tables: [], unreadKey: 'k', standby, onBegin: () => undefined };
  const batch = await looks.read(over, plan, {
    ...{ isMovedEnough: false, byMarks: { ask: () => null } },
  });
  return (
    batch &&
    which.map((collection) => {
      const reading = batch.readings.get(collection);
      return reading?.readable ? reading.snapshot.records.map(({ key }) => key) : reading?.cause;
    })
  );
};

beforeEach(() => {
  answer = {
    before: MARKS,
    after: MARKS,
    lines: ['2\t{"b": "x", "e": "y"}\t\\N'],
    standby: ['f'],
    settings: PINNED_ROW,
  };
  failure = null;
  isGone = false;
  trips = [];
  [one, other] = [watched('btc', '{coin:b}'), watched('eth', '{coin:e}')];
  looks = new LookAgain();
  for (const collection of [one, other]) {
    looks.remember(session, collection, { identity: IDENTITY, columns: COLUMNS, light: null });
  }
});

describe('looking again at a table that did not move', () => {
  test('reads all that is derived from it in two round trips, time and again', async () => {
    expect(await read()).toEqual([['["b"]'], ['["e"]']]);
    expect(trips).toEqual(['BEGIN IS', 'COPY (SE']);
    expect(await read()).toEqual([['["b"]'], ['["e"]']]);
    expect(trips).toHaveLength(4);
  });

  test.each([
    ['a mark is gone in the snapshot', { before: MARKS.slice(1) }, 'ROLLBACK'],
    ['a mark is gone after COMMIT', { after: MARKS.slice(1) }, 'ROLLBACK'],
    ['a setting was changed meanwhile', { settings: PINNED_ROW.with(0, 'evil') }, 'ROLLBACK'],
    ['a line is none that COPY writes', { lines: ['2\t\\q\t\\N'] }, 'ROLLBACK'],
  ])(
    'believes nothing when %s, and does not try again until it was read whole',
    async (_what, otherwise, last) => {
      answer = { ...answer, ...otherwise };
      expect(await read()).toBeNull();
      expect(trips.at(-1)).toBe(last);
      answer = { ...answer, before: MARKS, after: MARKS, settings: PINNED_ROW };
      expect(await read()).toBeNull();
    },
  );

  test('is left to the other way over another connection, when one was not read before, and when rows are many', async () => {
    expect(await read({ ...session })).toBeNull();
    expect(await read(session, [one, watched('new', '{coin:n}')])).toBeNull();
    one.derived.rowsLookedAt = 20_001;
    expect(await read()).toBeNull();
    expect(trips).toEqual([]);
  });

  test('leaves no transaction behind when the server refuses a statement, and rejects when the connection is lost', async () => {
    failure = Object.assign(new Error('permission denied'), { code: '42501' });
    expect(await read()).toBeNull();
    expect(trips.at(-1)).toBe('ROLLBACK');
    for (const collection of [one, other]) {
      looks.remember(session, collection, { identity: IDENTITY, columns: COLUMNS, light: null });
    }
    failure = Object.assign(new Error('gone'), { code: 'ECONNRESET' });
    isGone = true;
    await expect(read()).rejects.toThrow('gone');
  });
});
