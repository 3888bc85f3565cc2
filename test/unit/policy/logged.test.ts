import { describe, expect, test } from '@jest/globals';
import {
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  encodeValue,
  recordLine,
} from '../../../baselines/index.js';
import { judgeLog } from '../../../daemon/policy/logged.js';
import type { LoggedChange, LoggedRow } from '../../../daemon/sources/source.js';

const definition: Definition = {
  name: 'routes',
  kind: 'wallet-route',
  source: 'cas',
  table: 'public.route',
  key: ['id'],
  columns: ['address', 'key'],
  secret: ['key'],
};

const HMAC = encodeValue({ form: 'hmac', hmac: 'a'.repeat(64) });

/** Rows by id: their address, and whether the secret is another one. */
function snapshot(rows: Record<string, string>, secret = HMAC): CollectionSnapshot {
  const records = Object.entries(rows).map(([id, address]) =>
    recordLine({
      key: [id],
      fields: new Map([
        ['address', address],
        ['key', secret],
      ]),
    }),
  );
  return collectionSnapshot(definition, records);
}

const row = (id: string, address: string): LoggedRow =>
  new Map([
    ['id', id],
    ['address', address],
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
    table: 'public.route',
    operation,
    atMs: id,
    before,
    after,
    secrets: [],
    by,
    ...more,
  };
}

const A = snapshot({ 1: 'a' });
const judged = (before: CollectionSnapshot, now: CollectionSnapshot, ...all: LoggedChange[]) => {
  const { writers, transients } = judgeLog({ definition, before, now, all });
  return {
    writers: Object.fromEntries([...writers].map(([key, change]) => [key, change?.id ?? null])),
    transients: transients.map(({ change }) => change.after?.get('address') ?? null),
  };
};

describe('a value between two looks', () => {
  test('is told when it is in neither', () => {
    const all = [entry(row('1', 'a'), row('1', 'b')), entry(row('1', 'b'), row('1', 'a'))];
    expect(judged(A, A, ...all)).toEqual({ writers: {}, transients: ['b'] });
    const on = [entry(row('1', 'a'), row('1', 'b')), entry(row('1', 'b'), row('1', 'c'))];
    expect(judged(A, snapshot({ 1: 'c' }), ...on)).toEqual({
      writers: { '["1"]': on[1]?.id },
      transients: ['b'],
    });
  });

  test('is told of a row that came and went, and of one that went and came', () => {
    expect(judged(A, A, entry(null, row('2', 'b')), entry(row('2', 'b'), null)).transients).toEqual(['b']);
    expect(judged(A, A, entry(row('1', 'a'), null), entry(null, row('1', 'a'))).transients).toEqual([null]);
  });

  test('is nobody’s when one transaction made and ended it', () => {
    const transaction = 'same';
    const all = [
      entry(row('1', 'a'), row('1', 'b'), { transaction }),
      entry(row('1', 'b'), row('1', 'a'), { transaction }),
    ];
    expect(judged(A, A, ...all).transients).toEqual([]);
  });

  test('is not told again when a look saw it', () => {
    const seen = snapshot({ 1: 'b' });
    const all = [entry(row('1', 'a'), row('1', 'b')), entry(row('1', 'b'), row('1', 'a'))];
    expect(judged(seen, A, ...all).transients).toEqual([]);
    expect(judged(A, seen, ...all).transients).toEqual([]);
  });

  test('of a secret is told when it was set twice, though no value is known', () => {
    const same = () => entry(row('1', 'a'), row('1', 'a'), { secrets: ['key'] });
    const { transients } = judgeLog({ definition, before: A, now: A, all: [same(), same()] });
    expect(transients).toMatchObject([{ secrets: ['key'] }]);
    expect(judgeLog({ definition, before: A, now: A, all: [same()] }).transients).toEqual([]);
  });

  test('of a row that was too long to be kept whole is told, and has a writer', () => {
    const cut = (before: string, after: string) => entry(row('1', before), row('1', after), { isCut: true });
    const all = [cut('a', 'a'), cut('a', 'a')];
    expect(judged(A, A, ...all).transients).toHaveLength(1);
    expect(judged(A, snapshot({ 1: 'b' }), ...all).writers).toEqual({ '["1"]': all[1]?.id });
  });
});

describe('a change', () => {
  const B = snapshot({ 1: 'b' });

  test('has no writer without an entry of its record, or of the column that differs', () => {
    expect(judged(A, B).writers).toEqual({ '["1"]': null });
    expect(judged(A, B, entry(row('2', 'a'), row('2', 'b'))).writers).toEqual({ '["1"]': null });
    const secret = entry(row('1', 'a'), row('1', 'a'), { secrets: ['key'] });
    expect(judged(A, B, secret).writers).toEqual({ '["1"]': null });
    const other = entry(row('1', 'a'), row('1', 'c'));
    expect(judged(A, B, other).writers).toEqual({ '["1"]': null });
  });

  test('of a secret has one only where an entry names the secret', () => {
    const other = snapshot({ 1: 'a' }, encodeValue({ form: 'hmac', hmac: 'b'.repeat(64) }));
    const named = entry(row('1', 'a'), row('1', 'a'), { secrets: ['key'] });
    expect(judged(A, other, named).writers).toEqual({ '["1"]': named.id });
    expect(judged(A, other, entry(row('1', 'a'), row('1', 'a'))).writers).toEqual({ '["1"]': null });
  });

  test('of a value whose text depends on the session has one all the same', () => {
    const day = (text: string) => row('1', text);
    const all = [entry(day('01.02.2026'), day('02.02.2026'))];
    const [was, is] = [snapshot({ 1: '2026-02-01' }), snapshot({ 1: '2026-02-02' })];
    expect(judged(was, is, ...all).writers).toEqual({ '["1"]': all[0]?.id });
  });

  test('by TRUNCATE has that for every record that is gone', () => {
    const truncate = entry(null, null, { operation: 'truncate' });
    expect(judged(snapshot({ 1: 'a', 2: 'b' }), snapshot({}), truncate).writers).toEqual({
      '["1"]': truncate.id,
      '["2"]': truncate.id,
    });
  });

  test('of a key has the same writer on both sides', () => {
    const moved = entry(row('1', 'a'), row('9', 'a'));
    expect(judged(A, snapshot({ 9: 'a' }), moved).writers).toEqual({ '["1"]': moved.id, '["9"]': moved.id });
  });

  test('of a record that is no row of its own has the last writer of its table', () => {
    const derived: Definition = { ...definition, derive: { latest: 'id' } };
    const change = entry(row('7', 'x'), row('7', 'y'));
    const { writers } = judgeLog({ definition: derived, before: A, now: B, all: [change] });
    expect(writers.get('["1"]')?.id).toBe(change.id);
  });
});
