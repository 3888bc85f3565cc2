import { describe, expect, test } from '@jest/globals';
import { parseCsv } from '../../../daemon/config/csv.js';

const refusal = (line: number, found: string) => new Error(`line ${line} of the file: ${found}`);
const cells = (text: string) => parseCsv(text, refusal).rows.map((row) => row.cells);

describe('CSV', () => {
  test.each([
    ['an empty cell is null, quotes make it empty text', 'a,b\n,""\n', [[null, '']]],
    ['quotes hold commas, line feeds and doubled quotes', 'a,b\n"x,""y""\nz",2\n', [['x,"y"\nz', '2']]],
    ['carriage returns and a byte order mark are no text', '\uFEFFa,b\r\n1,2\r\n', [['1', '2']]],
    ['the last line needs no end', 'a,b\n1,2', [['1', '2']]],
    ['a comma at the very end is followed by a null', 'a,b\n1,', [['1', null]]],
    ['empty lines are passed over', 'a,b\n\n1,2\n\n', [['1', '2']]],
    ['zeros in front stay', 'a\n007\n', [['007']]],
  ])('%s', (_what, text, expected) => {
    expect(cells(text)).toEqual(expected);
  });

  test('rows know the line they begin at', () => {
    expect(parseCsv('a,b\n"x\ny",2\n3,4\n', refusal).rows.map(({ line }) => line)).toEqual([2, 4]);
  });

  test.each([
    ['nothing', '', /line 1.*first line/],
    ['a column without a name', 'a,\n1,2\n', /line 1/],
    ['two columns of one name', 'a,a\n1,2\n', /line 1/],
    ['a cell too many', 'a\n1,2\n', /line 2 of the file: 2 cells; needed are 1/],
    ['a cell too few', 'a,b\n1,2\n3\n', /line 3 of the file: 1 cells/],
    ['a quote that is not closed', 'a\n"x\n', /line 2.*not closed/],
    ['text behind a quote', 'a\n"x"y\n', /behind the closing quote/],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseCsv(text, refusal)).toThrow(message);
  });
});
