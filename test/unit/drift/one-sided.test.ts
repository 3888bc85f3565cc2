import { expect, test } from '@jest/globals';
import { encodeValue } from '../../../baselines/index.js';
import { membersOfOneSide } from '../../../daemon/drift/one-sided.js';

const encoded = (value: unknown) => encodeValue({ form: 'text', text: JSON.stringify(value) });
const trigger = { arguments: '', condition: null, enabled: 'on', source: 'begin steal; end', columns: [] };

test('a new JSON value is told by its members, what runs first, and without those that say nothing', () => {
  const change = { field: 'definition', before: undefined, after: encoded(trigger) };
  expect(membersOfOneSide(change)).toEqual([
    { field: 'definition', path: '/source', before: undefined, after: 'begin steal; end' },
    { field: 'definition', path: '/enabled', before: undefined, after: 'on' },
  ]);
});

test('one that is gone is told by what stood there', () => {
  const [first] = membersOfOneSide({ field: 'definition', before: encoded(trigger), after: undefined });
  expect(first).toEqual({
    field: 'definition',
    path: '/source',
    before: 'begin steal; end',
    after: undefined,
  });
});

test.each([
  ['a value with two sides', encoded({ a: 1 }), encoded({ a: 2 })],
  ['no JSON', undefined, 'begin steal; end'],
  ['a digest', undefined, encodeValue({ form: 'digest', bytes: 9, sha256: 'a'.repeat(64) })],
  ['nothing', undefined, null],
  ['members that all say nothing', undefined, encoded({ a: null, b: [], c: '' })],
  ['more members than are shown', undefined, encoded(Array.from({ length: 300 }, (_, n) => n + 1))],
  ['a hundred thousand levels', undefined, '['.repeat(100_000)],
])('%s stays whole', (_, before, after) => {
  const change = { field: 'definition', before, after };
  expect(membersOfOneSide(change)).toEqual([change]);
});

test('a member that is given twice is told with both values', () => {
  const after = encodeValue({ form: 'text', text: '{"source":"good","source":"evil"}' });
  const told = membersOfOneSide({ field: 'definition', before: undefined, after });
  expect(told.map(({ after: text }) => text)).toEqual(['good', 'evil']);
});
