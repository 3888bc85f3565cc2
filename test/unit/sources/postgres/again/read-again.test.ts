import { beforeEach, describe, expect, test } from '@jest/globals';
import { collectionSnapshot, type Definition } from '../../../../../baselines/index.js';
import { ReadAgain } from '../../../../../daemon/sources/postgres/again/read-again.js';
import { postgresConfig } from '../../../../../daemon/sources/postgres/config.js';
import type { Session } from '../../../../../daemon/sources/postgres/session.js';
import { PINNED_NOW } from '../../../../../daemon/sources/postgres/settings.js';
import { STANDBY_QUERY, watchStandby } from '../../../../../daemon/sources/postgres/standby.js';
import { RowCache } from '../../../../../daemon/sources/relational/row-cache.js';
import { PINNED_ROW } from '../../../../support/pinned-settings.js';

const ROUTES: Definition = {
  ...{ name: 'route', kind: 'wallet-route', source: 'cas', table: 'public.route' },
  ...{ key: ['id'], columns: ['address'], secret: [] },
};
const config = postgresConfig.parse({ kind: 'postgres', name: 'cas', url: 'postgres://x@localhost/x' });
const MARKS = ['class 1', 'column 1', 'schema 1'];
const IDENTITY = { marks: MARKS, schemas: ['9'], types: [], family: ['1'], columns: [], marksRows: false };
const COLUMNS = ['id', 'address'].map((name) => ({ name, measure: 'text', json: false }) as const);

const WHOLE = {
  ...{ identity: IDENTITY, columns: COLUMNS, horizon: null, light: null },
  snapshot: collectionSnapshot(ROUTES, []),
};

/** What the server answers: the marks in the snapshot, the standby's row, the lines of COPY, the settings and the marks after COMMIT. */
interface Answer {
  before: readonly string[];
  standby: readonly (string | null)[];
  lines: readonly string[];
  settings: readonly (string | null)[];
  after: readonly string[];
}

let answer: Answer;
let failure: Error | null;
let isGone = false;
let ran: string[];
let sent: string[];
let again: ReadAgain;
const watched = {
  definition: ROUTES,
  rows: new RowCache(ROUTES, config),
  ...{ derived: null, fingerprint: null },
};

const session: Session = {
  ...{ serverVersion: 180000, encoding: 'UTF8', lost: false },
  destroy: () => undefined,
  copy: async () => undefined,
  run: async (sql) => {
    if (isGone) throw new Error('no connection');
    ran.push(sql);
    return [];
  },
  runCopying: async (sql, _timeoutMs, onRow) => {
    sent.push(sql);
    if (failure !== null) throw failure;
    const copyAt = sql.split('; ').findIndex((one) => one.startsWith('COPY'));
    for (const line of answer.lines) onRow(Buffer.from(`${line}\n`), copyAt);
    const marks = (names: readonly string[]) => names.map((name) => [name]);
    // One answer for each statement: the settings of both transactions and COPY answer without rows.
    const statements = sql.split('; ');
    const answers = statements.map(() => [] as (string | null)[][]);
    answers[statements.findIndex((one) => one.startsWith('SELECT'))] = marks(answer.before);
    answers[statements.indexOf(STANDBY_QUERY)] = [[...answer.standby]];
    answers[statements.indexOf(PINNED_NOW)] = [[...answer.settings]];
    answers[answers.length - 2] = marks(answer.after);
    return answers;
  },
};

const read = async (over: Session = session) => {
  const standby = watchStandby('cas', 30_000);
  const batch = await again.read(over, {
    config,
    watched: [watched],
    tables: [ROUTES],
    unreadKey: 'k',
    standby,
    onBegin: () => undefined,
  });
  return batch?.readings.get(watched) ?? null;
};

beforeEach(() => {
  answer = { before: MARKS, standby: ['f'], lines: ['1\tbc1q\t\\N'], settings: PINNED_ROW, after: MARKS };
  failure = null;
  isGone = false;
  ran = [];
  sent = [];
  again = new ReadAgain();
  again.remember(session, watched, WHOLE, config);
});

describe('reading again in one round trip', () => {
  test('gives what is there, time and again, while all marks stand', async () => {
    const first = await read();
    expect(first).toMatchObject({ readable: true, snapshot: { records: [{ key: '["1"]' }] } });
    expect(await read()).toEqual(first);
  });

  test.each([
    ['a mark is gone in the snapshot', { before: MARKS.slice(1) }],
    ['a mark is gone after COMMIT', { after: MARKS.slice(1) }],
    ['the table has grown', { lines: Array.from({ length: 2_001 }, (_, n) => `${n}\tx\t\\N`) }],
    ['a setting was changed meanwhile', { settings: PINNED_ROW.with(5, '-14') }],
    ['a line is none that COPY writes', { lines: ['1\t\\q\t\\N'] }],
  ])('believes nothing when %s, and does not try again until it was read whole', async (_what, other) => {
    answer = { ...answer, ...other };
    expect(await read()).toBeNull();
    answer = { ...answer, before: MARKS, after: MARKS, settings: PINNED_ROW, lines: [] };
    expect(await read()).toBeNull();
  });

  test('believes no row that has too long a value, and asks for digests from then on', async () => {
    answer = { ...answer, lines: ['1\t\\N\t!', '2\tbc1q\t\\N'] };
    expect(await read()).toBeNull();
    expect(sent.at(-1)).toContain("'!'");
    expect(sent.at(-1)).not.toContain('sha256');
    again.remember(session, watched, WHOLE, config);
    answer = { ...answer, lines: [`1\t\\N\t1:70000:${'a'.repeat(64)}`] };
    expect(await read()).toMatchObject({ readable: true, snapshot: { records: [{ key: '["1"]' }] } });
    expect(sent.at(-1)).toContain('sha256');
  });

  test('leaves no transaction behind when the server refuses a statement', async () => {
    failure = Object.assign(new Error('permission denied'), { code: '42501' });
    expect(await read()).toBeNull();
    expect(ran).toEqual(['ROLLBACK']);
  });

  test('rejects when the connection is lost, so that another one is tried', async () => {
    failure = Object.assign(new Error('gone'), { code: 'ECONNRESET' });
    isGone = true;
    await expect(read()).rejects.toThrow('gone');
  });

  test('is for the connection alone over which it was read whole', async () => {
    expect(await read({ ...session })).toBeNull();
  });

  test('believes no standby whose data is old', async () => {
    answer = { ...answer, standby: ['t', 't', 't', '60000', '0/1', 't'] };
    expect(await read()).toMatchObject({ readable: false, cause: 'unreachable' });
  });

  test('is not for few records that are very long', async () => {
    const long = [{ key: '["1"]', line: 'x'.repeat(2_000_001), digest: '' }];
    const snapshot = { ...collectionSnapshot(ROUTES, []), records: long };
    again.remember(
      session,
      watched,
      { identity: IDENTITY, columns: COLUMNS, snapshot, horizon: null, light: null },
      config,
    );
    expect(await read()).toBeNull();
  });

  test('is not for very many records', async () => {
    const many = Array.from({ length: 2_001 }, (_, n) => ({ key: `["${n}"]`, line: '', digest: '' }));
    const as = {
      identity: IDENTITY,
      columns: COLUMNS,
      snapshot: { ...collectionSnapshot(ROUTES, []), records: many },
      horizon: null,
      light: null,
    };
    again.remember(session, watched, as, config);
    expect(await read()).toBeNull();
  });
});

describe('reading several again in one round trip', () => {
  const FEES: Definition = { ...ROUTES, name: 'fee', table: 'public.fee' };
  const fees = { definition: FEES, rows: new RowCache(FEES, config), derived: null, fingerprint: null };
  const begun: (readonly string[])[] = [];
  /** The settings after each of the two tables. */
  let settings: (typeof PINNED_ROW)[];

  const both: Session = {
    ...session,
    runCopying: async (sql, _timeoutMs, onRow) => {
      sent.push(sql);
      if (failure !== null) throw failure;
      const statements = sql.split('; ');
      const pinned = [...settings];
      return statements.map((statement, at) => {
        if (statement.startsWith('COPY')) onRow(Buffer.from(`${at}\tbc1q\t\\N\n`), at);
        if (statement.includes('AS standby')) return [['f', null, null, null, null, null, 't']];
        if (statement.includes('pg_catalog.pg_class')) return MARKS.map((mark) => [mark]);
        return statement.startsWith('SELECT pg_catalog.current_setting') ? [[...(pinned.shift() ?? [])]] : [];
      });
    },
  };
  const readBoth = () =>
    again.read(both, {
      ...{ config, watched: [watched, fees], tables: [ROUTES, FEES], unreadKey: 'k' },
      standby: watchStandby('cas', 30_000),
      onBegin: (...names) => void begun.push(names),
    });
  const remember = () => {
    again.remember(both, watched, WHOLE, config);
    again.remember(both, fees, { ...WHOLE, snapshot: collectionSnapshot(FEES, []) }, config);
  };

  beforeEach(() => {
    begun.length = 0;
    settings = [PINNED_ROW, PINNED_ROW];
    remember();
  });

  test('gives each its own rows, and lets nobody wait for one of them unsaid', async () => {
    const batch = await readBoth();
    const lines = [watched, fees].map((one) => {
      const reading = batch?.readings.get(one);
      return reading?.readable === true ? reading.snapshot.records.map(({ key }) => key) : null;
    });
    expect(lines.flat()).toHaveLength(2);
    expect(lines[0]).not.toEqual(lines[1]);
    expect(begun).toEqual([['route', 'fee']]);
    // Whoever holds a lock makes the others wait for a tenth of a second, not for as long as a table may keep us waiting.
    expect(sent.at(-1)).toContain('SET LOCAL lock_timeout = 100;');
  });

  test.each([0, 1])('believes nothing when a setting was changed by table %s', async (at) => {
    settings[at] = PINNED_ROW.with(5, '-14');
    expect(await readBoth()).toBeNull();
    expect(ran).toEqual(['ROLLBACK']);
  });

  test('is not tried again for ten reads after it failed', async () => {
    failure = Object.assign(new Error('a lock'), { code: '55P03' });
    expect(await readBoth()).toBeNull();
    failure = null;
    for (let n = 0; n < 10; n++) {
      remember();
      expect(await readBoth()).toBeNull();
    }
    remember();
    expect(await readBoth()).not.toBeNull();
    expect(sent).toHaveLength(2);
  });

  test('is not for several that together are large', async () => {
    const long = [{ key: '["1"]', line: 'x'.repeat(1_500_000), digest: '' }];
    for (const one of [watched, fees]) {
      const snapshot = { ...collectionSnapshot(one.definition, []), records: long };
      again.remember(both, one, { ...WHOLE, snapshot }, config);
    }
    expect(await readBoth()).toBeNull();
    expect(sent).toEqual([]);
  });
});
