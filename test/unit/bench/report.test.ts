import { expect, test } from '@jest/globals';
import { type Figure, verdictOf } from '../../../bench/benchmark.js';
import { replaceBetweenMarkers } from '../../../bench/readme.js';
import { resultJson, resultTable } from '../../../bench/report.js';

const figure = (measured: number, target: Figure['target']): Figure => ({
  what: 'some time',
  unit: 'ms',
  measured,
  target,
  detail: '3 samples',
});
const machine = {
  date: '2026-11-25 08:00',
  processor: 'Some Processor',
  cores: 2,
  memoryGiB: 4,
  node: 'v20.20.2',
  postgres: '18.4',
  system: 'linux-x64',
  loadBefore: 0.1,
};
const result = (figures: readonly Figure[]) => ({
  benchmark: { name: 'some', title: 'something', run: async () => figures },
  machine,
  figures,
});

test.each([
  [10, { atMost: 10 }, 'met'],
  [10.001, { atMost: 10 }, 'missed'],
  [0.97, { atLeast: 0.97 }, 'met'],
  [0.9699, { atLeast: 0.97 }, 'missed'],
  [Number.NaN, { atMost: 10 }, 'missed'],
  [Number.NaN, { atLeast: 1 }, 'missed'],
  [10, null, 'reported'],
] as const)('%s against %j is %s', (measured, target, verdict) => {
  expect(verdictOf(figure(measured, target))).toBe(verdict);
});

test('what is missed by a hair is called missed, although both numbers print alike', () => {
  const table = resultTable(result([figure(10.001, { atMost: 10 })]));
  expect(table).toContain('| ≤ 10 ms | 10.0 ms  | missed |');
});

test('the table names the machine, the database and the load', () => {
  const table = resultTable(result([figure(1, null)]));
  expect(table).toContain(
    '2026-11-25 08:00 UTC · 2 × Some Processor, 4 GiB, linux-x64 · Node 20.20.2 · PostgreSQL 18.4 · load before 0.1',
  );
});

test('JSON has a line for each figure, with its verdict', () => {
  const lines = resultJson(result([figure(1, { atMost: 2 }), figure(3, { atMost: 2 })])).split('\n');
  expect(lines.map((line) => JSON.parse(line).verdict)).toEqual(['met', 'missed']);
});

test('a table takes the place of the one before, and nothing else moves', () => {
  const before = 'above\n<!-- some: begin -->\n\nold\n\n<!-- some: end -->\nbelow <!-- other: begin -->';
  const once = replaceBetweenMarkers(before, 'some', 'new $& $1');
  expect(once).toBe(
    'above\n<!-- some: begin -->\n\nnew $& $1\n\n<!-- some: end -->\nbelow <!-- other: begin -->',
  );
  expect(replaceBetweenMarkers(once, 'some', 'new $& $1')).toBe(once);
});

test.each([
  'no marker at all',
  '<!-- some: begin -->',
  '<!-- some: end --> <!-- some: begin -->',
  '<!-- some: begin --> <!-- some: begin --> <!-- some: end -->',
  '<!-- some: begin --> <!-- some: end --> <!-- some: end -->',
])('a document without one pair of markers is refused: %s', (document) => {
  expect(() => replaceBetweenMarkers(document, 'some', 'new')).toThrow(/some: begin/);
});
