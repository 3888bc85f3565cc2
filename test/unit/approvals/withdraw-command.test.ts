import { expect, test } from '@jest/globals';
import type { PendingSubject } from '../../../baselines/index.js';
import { withRemedy } from '../../../daemon/approvals/withdraw-command.js';

const suppression = { what: 'suppression', site: 'prague-1' } as const;

test.each<[string, PendingSubject]>([
  ['tillwarden trust sign --withdraw', { what: 'root' }],
  ['tillwarden approve prague-1 --withdraw', { what: 'proposal', site: 'prague-1' }],
  ['tillwarden mute prague-1 --withdraw mute.01', { ...suppression, type: 'mute', id: 'mute.01' }],
  [
    'tillwarden expect prague-1 --withdraw expectation.01',
    { ...suppression, type: 'expectation', id: 'expectation.01' },
  ],
  ['tillwarden expect prague-1 --withdraw ID', { ...suppression, type: 'expectation', id: null }],
])('a refusal of what waits for signatures ends with %s', (command, pending) => {
  expect(withRemedy('It is a directory.', pending)).toBe(`It is a directory. To be rid of it: ${command}`);
});

test('a refusal of anything else ends as it is', () => {
  expect(withRemedy('It is a directory.', null)).toBe('It is a directory.');
});
