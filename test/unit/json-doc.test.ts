import { expect, test } from '@jest/globals';
import { undocumentedMembers } from '../support/json-doc.js';

test('a member that docs/json.md does not name is found, however deep, and one below a star is not', () => {
  const sites = [{ site: 'a', baseline: { version: 1, colour: 'red' } }, { shape: null }];
  expect(undocumentedMembers('status', { running: true, daemon: { any: 1 }, sites, news: [] })).toEqual([
    'sites[].baseline.colour',
    'sites[].shape',
    'news',
  ]);
  expect(undocumentedMembers('doctor', { exit: 0, running: true })).toEqual(['running']);
});
