import { expect, jest, test } from '@jest/globals';
import { record } from './arbitraries.js';

// The library that only explains may fail in ways nobody knows yet; the change stays (invariant 3).
jest.unstable_mockModule('jsondiffpatch', () => ({
  create: () => ({
    diff: () => {
      throw new Error('the differ failed');
    },
  }),
}));

test('a change whose inside cannot be explained is shown as whole fields', async () => {
  const { explain } = await import('../../../daemon/drift/explain.js');
  const line = (data: string) => record('1', [['data', data]]).line;
  expect(explain({ before: line('{"a":1}'), after: [line('{"a":2}')] })).toEqual([
    { field: 'data', before: '{"a":1}', after: '{"a":2}' },
  ]);
});
