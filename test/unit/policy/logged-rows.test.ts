import { describe, expect, test } from '@jest/globals';
import type { Definition } from '../../../baselines/index.js';
import { judgeRows, rowKey } from '../../../daemon/policy/logged-rows.js';
import type { LoggedChange, LoggedRow } from '../../../daemon/sources/source.js';
import { processorMs } from '../../support/processor.js';

const json = { column: 'data', members: [{ path: '{coin}', field: 'wallet' }] };
function derived(name: string, type: string): Definition {
  return {
    ...{ name, kind: 'wallet-route', source: 'cas', table: 'public.user_config' },
    ...{ key: ['coin'], columns: ['wallet'], secret: [] },
    derive: {
      where: [
        { column: 'type', is: type },
        { column: 'valid', is: 't' },
      ],
      latest: 'id',
      json,
    },
  };
}
const routes = derived('routes', 'config');
const accounts = derived('accounts', 'accounts');

const row = (id: string, valid = 't', type = 'config'): LoggedRow =>
  new Map([
    ['type', type],
    ['valid', valid],
    ['id', id],
  ]);

let id = 0;
function entry(
  before: LoggedRow | null | undefined,
  after: LoggedRow | null | undefined,
  more: Partial<LoggedChange> = {},
): LoggedChange {
  id++;
  const by = { user: 'cas', role: null, address: null, application: null, person: null };
  const operation = before === null ? 'insert' : after === null ? 'delete' : 'update';
  return {
    id,
    transaction: `${id}`,
    table: 'public.user_config',
    operation,
    atMs: id,
    before,
    after,
    secrets: [],
    by,
    ...more,
  };
}
const told = (...entries: LoggedChange[]) =>
  judgeRows([routes, accounts], entries).map(({ key, change, untilMs, superseded, sealed, collections }) => ({
    ...{ key, at: change.atMs, for: untilMs - change.atMs, superseded, sealed },
    collections: collections.map(({ name }) => name),
  }));

describe('a row between two looks', () => {
  test('that was changed once is what the next look shows', () => {
    expect(told(entry(row('5'), row('5'), { secrets: ['data'] }))).toEqual([]);
    expect(told(entry(null, row('6')))).toEqual([]);
    expect(
      told(
        entry(null, row('6')),
        entry(row('5', 't', 'accounts'), row('5', 't', 'accounts'), { secrets: ['data'] }),
      ),
    ).toEqual([]);
  });

  test('whose JSON was changed and changed again is told with the collections that read it', () => {
    const change = entry(row('5'), row('5'), { secrets: ['data'] });
    const back = entry(row('5'), row('5'), { secrets: ['data'] });
    expect(told(change, back)).toEqual([
      { key: '["5"]', at: change.id, for: 1, superseded: false, sealed: ['data'], collections: ['routes'] },
    ]);
    expect(told(change, { ...back, transaction: change.transaction })).toEqual([]);
  });

  test('that came and went, did not count for a time, or was put in and altered is told', () => {
    expect(told(entry(null, row('6')), entry(row('6'), null))).toMatchObject([{ key: '["6"]' }]);
    expect(told(entry(row('5'), row('5', 'f')), entry(row('5', 'f'), row('5')))).toMatchObject([
      { key: '["5"]' },
    ]);
    expect(told(entry(null, row('6')), entry(row('6'), row('6'), { secrets: ['data'] }))).toMatchObject([
      { key: '["6"]', sealed: ['data'] },
    ]);
  });

  test('that counted until a newer one did is told, and not when both came at once or the newer one counts for others', () => {
    const first = entry(null, row('6'));
    expect(told(first, entry(null, row('7')))).toMatchObject([
      { key: '["6"]', superseded: true, collections: ['routes'] },
    ]);
    expect(told(first, entry(null, row('10')))).toHaveLength(1);
    expect(told(first, entry(null, row('7'), { transaction: first.transaction }))).toEqual([]);
    expect(told(first, entry(null, row('7', 't', 'accounts')))).toEqual([]);
    expect(told(first, entry(null, row('7', 'f')))).toEqual([]);
    expect(told(first, entry(null, row('3')))).toEqual([]);
  });

  test('that counts for nothing is nobody’s news', () => {
    expect(told(entry(null, row('6', 't', 'log')), entry(row('6', 't', 'log'), null))).toEqual([]);
  });
});

describe('20,000 entries are judged in processor time that grows with them, not with their square', () => {
  const MANY = 20_000;
  const cost = (entries: readonly LoggedChange[]) => {
    const beforeMs = processorMs();
    const rows = judgeRows([routes], entries);
    return { rows, ms: processorMs() - beforeMs };
  };

  test('of one row', () => {
    const { rows, ms } = cost(
      Array.from({ length: MANY }, () => entry(row('5'), row('5'), { secrets: ['data'] })),
    );
    expect(rows).toHaveLength(MANY - 1);
    expect(ms).toBeLessThan(3_000);
  });

  test('of rows of which each is older than the one before', () => {
    const { rows, ms } = cost(Array.from({ length: MANY }, (_, i) => entry(null, row(String(MANY - i)))));
    expect(rows).toEqual([]);
    expect(ms).toBeLessThan(3_000);
  });

  test('of as many that emptied the table', () => {
    const rows = Array.from({ length: MANY / 2 }, (_, i) => entry(null, row(String(MANY - i))));
    const emptied = rows.map(() => entry(undefined, null, { operation: 'truncate' }));
    const { ms } = cost([...rows, ...emptied]);
    expect(ms).toBeLessThan(3_000);
  });
});

test('rows are told apart by the column that chooses, else by the key, else by the fixed values', () => {
  expect(rowKey([routes])).toEqual(['id']);
  const plain: Definition = { ...routes, key: ['name'], derive: { distinct: true } };
  expect(rowKey([plain])).toEqual(['name']);
  expect(rowKey([{ ...routes, derive: { where: [{ column: 'type', is: 'config' }], json } }])).toEqual([
    'type',
  ]);
});
