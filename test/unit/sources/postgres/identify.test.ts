import { expect, test } from '@jest/globals';
import { marksQueries } from '../../../../daemon/sources/postgres/identify.js';

test('no row of one catalog can stand for one of another, whatever numbers are in it', () => {
  const queries = marksQueries([
    { marks: [], schemas: ['2200'], types: ['16390'], family: ['16400'], marksRows: true, columns: [] },
  ]);
  const words = queries.map((sql) => /^SELECT concat_ws\(' ', '([a-z]+)', /.exec(sql)?.[1]);
  expect(words).toHaveLength(5);
  expect(words).not.toContain(undefined);
  expect(new Set(words).size).toBe(words.length);
});
