import { expect, test } from '@jest/globals';
import { rejectedLines } from '../../../../daemon/cli/approve/rejected-text.js';

test('nobody is said to have been told of what the daemon does not know', () => {
  expect(rejectedLines(2, { incidents: ['7f3a'], unknown: 0 })).toEqual([
    '2 changes rejected, marked as hostile in incident 7f3a and told to everybody: still drift until put right there.',
  ]);
  const some = rejectedLines(3, { incidents: ['7f3a', '8'], unknown: 1 });
  expect(some[0]).toContain('3 changes rejected, marked as hostile in incident 7f3a, 8');
  expect(some[1]).toBe('1 change of them the daemon has not seen, or not any more: nobody was told of that.');
  const none = rejectedLines(1, { incidents: [], unknown: 1 }).join('\n');
  expect(none).toContain('NOBODY was told');
  expect(none).not.toContain('told to everybody');
  expect(none).toContain('has not seen it,');
  expect(rejectedLines(2, { incidents: [], unknown: 2 })[0]).toContain('has not seen any of them,');
  expect(rejectedLines(1, { withinMs: 10_000 }).join('\n')).toContain('tells everybody within 10 s');
});
