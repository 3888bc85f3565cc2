import { describe, expect, test } from '@jest/globals';
import { parseInstant } from '../../../../daemon/cli/text/instant.js';

const NOW = Date.parse('2026-11-25T12:00:00Z');

describe('a time on the command line', () => {
  test.each([
    ['90m', '2026-11-25T10:30:00Z'],
    ['12h', '2026-11-25T00:00:00Z'],
    ['3d', '2026-11-22T12:00:00Z'],
    ['10s', '2026-11-25T11:59:50Z'],
    ['2026-11-25', '2026-11-25T00:00:00Z'],
    ['2026-11-25T03:10', '2026-11-25T03:10:00Z'],
    ['2026-11-25 03:10:07.120', '2026-11-25T03:10:07.120Z'],
    ['2026-11-25T03:10:07+02:00', '2026-11-25T01:10:07Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseInstant('--since', text, NOW)).toBe(Date.parse(expected));
  });

  test.each(['', 'yesterday', '3', '3w', '2026-13-25', '2026-11-25T25:00', '25.11.2026', '-3d'])(
    '%j is none, and that is said without repeating it',
    (text) => {
      expect(() => parseInstant('--since', text, NOW)).toThrow(/^--since is no time; needed is /);
    },
  );
});
