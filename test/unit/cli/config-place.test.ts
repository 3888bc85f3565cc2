import { expect, test } from '@jest/globals';
import { configPlace, SYSTEM_CONFIG } from '../../../daemon/cli/config-place.js';

const only =
  (...files: string[]) =>
  (file: string) =>
    files.includes(file);

test.each([
  [
    'a configuration that is named counts, there or not',
    'other.yaml',
    [SYSTEM_CONFIG],
    '/home/me/other.yaml',
  ],
  [
    'the one of the current folder comes before that of the machine',
    undefined,
    ['/home/me/tillwarden.yaml', SYSTEM_CONFIG],
    '/home/me/tillwarden.yaml',
  ],
  ['else that of the machine is taken', undefined, [SYSTEM_CONFIG], SYSTEM_CONFIG],
  [
    'where there is none, the current folder is where it is missed',
    undefined,
    [],
    '/home/me/tillwarden.yaml',
  ],
])('%s', (_, named, there, file) => {
  expect(configPlace(named, '/home/me', only(...there))).toBe(file);
});
