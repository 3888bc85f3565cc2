import { expect, test } from '@jest/globals';
import { closest } from '../../../daemon/config/closest.js';

const names = ['timeZone', 'token_file', 'url_file', 'readIntervalMs', 'name', 'log'];

test.each([
  ['timezone', 'timeZone'],
  ['time_zone', 'timeZone'],
  ['tokenFile', 'token_file'],
  ['tokn_file', 'token_file'],
  ['readInterval', 'readIntervalMs'],
  ['raedIntervalMs', 'readIntervalMs'],
  ['nmae', 'name'],
  ['logs', 'log'],
])('by %s probably %s was meant', (found, meant) => {
  expect(closest(found, names)).toBe(meant);
});

test.each(['colour', '', 'x', '__proto__', 'k'.repeat(1000)])(
  'by %j nothing can have been meant',
  (found) => {
    expect(closest(found, names)).toBeNull();
  },
);

test('the nearest of several is meant', () => {
  expect(closest('terminal', ['terminology', 'terminals', 'seminal'])).toBe('terminals');
});
