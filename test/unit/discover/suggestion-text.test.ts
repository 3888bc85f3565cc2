import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { suggest } from '../../../daemon/discover/suggest.js';
import { suggestionText } from '../../../daemon/discover/suggestion-text.js';
import type { SurveyedTable } from '../../../daemon/sources/survey.js';
import { surveyedColumn, surveyedTable, surveyOf } from '../../support/surveyed.js';

const LIMITS = { collections: 200, columns: 200, keyColumns: 8, authors: 8, nameCharacters: 64 };
const SOURCE = { name: 'cas', urlForm: 'postgres://user:password@host/db', urlFile: './secrets/cas_url' };

const written = (...tables: readonly SurveyedTable[]) => {
  const survey = surveyOf(...tables);
  return suggestionText(survey, suggest(survey, LIMITS), SOURCE);
};

const HOSTILE = [
  'a\nb: c',
  'a # b',
  "it's",
  'say "hi"',
  '{ x: [1] }',
  '- x',
  '&anchor',
  '*alias',
  '!tag',
  'null',
  'yes',
  '~',
  '1e3',
  'a\u0000b',
  'a\u001b[31mb',
  'a\u2028b\u0085c',
  '\u202eevil',
  '💰',
  ' ',
  '%41',
  '`x`',
  'a: ',
  '\\',
  '---',
  '...',
];

describe('hostile names', () => {
  test.each(HOSTILE)('%j is the same name in YAML, as a table and as a column', (name) => {
    const table = surveyedTable('terminal', [name], { table: `public.${name}`, keys: [[name]] });
    const text = written(table, surveyedTable(`zzz ${name}`, [name], { table: `x.${name}` }));
    const { sources } = parse(text);
    expect(Object.keys(sources[0])).toEqual(['kind', 'name', 'url_file', 'collections']);
    expect(sources[0].collections).toEqual([
      { name: 'terminal', kind: 'terminal', table: `public.${name}`, key: [name], columns: ['id'] },
    ]);
  });

  test.each(HOSTILE)('%j in a comment ends no line and is visible ASCII', (name) => {
    const text = written(
      surveyedTable('log', [], { table: `public.${name}` }),
      surveyedTable('terminal', [surveyedColumn(name, { moved: 1 })]),
    );
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    for (const line of text.split('\n')) expect(line).toMatch(/^$|^ *#|^ *- |^ +[a-z_]+:|^sources:$/);
    expect(text).toContain(`# ${JSON.stringify(`public.${name}`).slice(0, 8)}`);
  });
});

test('what is suggested and what stands ready in a comment are both collections', () => {
  const text = written(surveyedTable('terminal', ['serial_number']), surveyedTable('zzz', ['a b']));
  const ready = text.replace(/^ {2}# - /m, '  - ');
  expect(parse(ready).sources[0].collections).toEqual([
    {
      name: 'terminal',
      kind: 'terminal',
      table: 'public.terminal',
      key: ['id'],
      columns: ['serial_number'],
      label: ['serial_number'],
    },
    { name: 'zzz', kind: 'config', table: 'public.zzz', key: ['id'], columns: ['a b'] },
  ]);
});

test('a database of thousands of wide tables makes a file that the configuration can hold', () => {
  const columns = Array.from({ length: 200 }, (_, i) => `column_with_quite_a_long_name_${i}`);
  const tables = Array.from({ length: 300 }, (_, i) =>
    surveyedTable(`${i % 3 === 0 ? 'terminal' : 'zzz'}_${i}`, columns),
  );
  const text = written(...tables);
  expect(text.length).toBeLessThan(420_000);
  expect(parse(text).sources[0].collections.length).toBeGreaterThan(20);
  expect(text).toMatch(/# UNSURE: \d+ collections more; the file would be too long/);
  expect(text).toMatch(/# and \d+ tables more/);
});

test('a database in which nothing is found gives a file that says so', () => {
  expect(parse(written()).sources[0].collections).toEqual([]);
});
