import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RecordLine } from '../../../baselines/index.js';
import { sameRun } from '../../../daemon/drift/same-run.js';

const record = (key: string): RecordLine => ({ key, line: key, digest: key });
const [a, b, b2, b3, c] = [record('a'), record('b'), record('b'), record('b'), record('c')];

test.each<[string, readonly RecordLine[], readonly RecordLine[], number]>([
  ['all that both have', [a, b, c], [a, b, c], 3],
  ['none where the first is another object', [a], [record('a')], 0],
  ['none where one list is at its end', [], [a], 0],
  ['as many as come before what differs', [a, b], [a, c], 1],
  ['as many as come before what only one of them has', [a, b, c], [a, b], 2],
  ['no record of a key of which another one differs', [a, b, b2, b3], [a, b, b2, record('b')], 1],
  ['no record of a key of which one list has another one', [a, b], [a, b, b2, c], 1],
  ['several of one key where both have all of them', [a, b, b2, c], [a, b, b2], 3],
])('records that two lists go on with are %s', (_, one, other, run) => {
  expect(sameRun(one, 0, other, 0)).toBe(run);
  expect(sameRun(other, 0, one, 0)).toBe(run);
  expect(sameRun([a, ...one], 1, [c, a, ...other], 2)).toBe(run);
});

test('a very long run is told in parts, and a key is in one of them', () => {
  const many = Array.from({ length: 40_000 }, (_, i) => record(`${i < 16_380 ? i : 'last'}`));
  expect(sameRun(many, 0, many, 0)).toBe(16_380);
  expect(sameRun(many, 16_380, many, 16_380)).toBe(0);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(a, b, b2, c)), (list) => {
      const sorted = [...list].sort((x, y) => (x.key < y.key ? -1 : 1));
      expect(sameRun(sorted, 0, sorted, 0)).toBe(sorted.length);
    }),
  );
});
