import { expect, test } from '@jest/globals';
import { collectionSnapshot, recordLine } from '../../../baselines/index.js';
import { hasOnlyGrown } from '../../../daemon/drift/grown.js';
import { table } from '../../support/postgres-source.js';

const definition = table('history', ['id'], ['value'], { history: true });
const snapshot = (...records: readonly (readonly [id: string, value: string])[]) =>
  collectionSnapshot(
    definition,
    records.map(([id, value]) => recordLine({ key: [id], fields: new Map([['value', value]]) })),
  );
const before = snapshot(['2', 'a'], ['4', 'b']);

test.each([
  ['at the end', snapshot(['2', 'a'], ['4', 'b'], ['5', 'c'], ['6', 'c'])],
  ['at the beginning and between', snapshot(['1', 'c'], ['2', 'a'], ['3', 'a'], ['4', 'b'])],
  ['nowhere', before],
])('records that were there and others %s: it has only grown', (_, now) => {
  expect(hasOnlyGrown(before, now)).toBe(true);
});

test.each([
  ['a record is gone', snapshot(['2', 'a'], ['5', 'c'])],
  ['the last one is gone', snapshot(['2', 'a'])],
  ['a record was altered', snapshot(['2', 'a'], ['4', 'c'], ['5', 'c'])],
  ['another has the key of one', snapshot(['2', 'a'], ['2', 'c'], ['4', 'b'])],
  ['another has the key of the last one', snapshot(['2', 'a'], ['4', 'b'], ['4', 'c'])],
  ['two that came have one key', snapshot(['2', 'a'], ['4', 'b'], ['5', 'c'], ['5', 'd'])],
])('where %s, it has not only grown', (_, now) => {
  expect(hasOnlyGrown(before, now)).toBe(false);
});
