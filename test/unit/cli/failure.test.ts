import { expect, test } from '@jest/globals';
import { BaselineError } from '../../../baselines/index.js';
import { CliError } from '../../../daemon/cli/errors.js';
import { failureOf } from '../../../daemon/cli/failure.js';
import { asciiJson } from '../../../daemon/cli/text/json.js';
import { ConfigError } from '../../../daemon/config/errors.js';
import { SourceError } from '../../../daemon/sources/source.js';
import { StoreError } from '../../../daemon/store/errors.js';
import { NotifierError } from '../../../notifiers/index.js';

test.each([
  [new CliError('CLI_USAGE', 'x'), 64],
  [new CliError('CLI_ROLLED_BACK', 'x'), 12],
  [new BaselineError('BASELINE_TRUST_PIN', 'x'), 12],
  [new ConfigError('CONFIG_INVALID', 'f', []), 78],
  [new SourceError('SOURCE_URL', 'x'), 78],
  [new NotifierError('NOTIFY_CONFIG_INVALID', 'x'), 78],
  [new StoreError('STORE_NEWER', 'x'), 70],
])('%s ends the program with %i', (error, exit) => {
  const failure = failureOf(error, false);
  expect(failure.exit).toBe(exit);
  expect(failure.lines[0]).toMatch(new RegExp(`^error ${error.code}: `));
  expect(failure.lines.join('\n')).not.toContain('failure.test');
});

test('what nobody expected is told by its kind only: its message may hold a secret', () => {
  const failure = failureOf(new TypeError('postgres://user:secret@host'), false);
  expect(failure.exit).toBe(70);
  expect(failure.lines).toEqual([
    'error CLI_INTERNAL: an unexpected TypeError; set TILLWARDEN_DEBUG=1 to see all of it, and report it',
  ]);
  expect(failureOf(new TypeError('what it said'), true).lines.join('\n')).toContain('what it said');
});

test('JSON for other programs is ASCII and gives back the very values', () => {
  const value = { name: '\u202e\u0007é😀', __proto__: null };
  expect(asciiJson(value)).toMatch(/^[ -~\n]*$/);
  expect(JSON.parse(asciiJson(value))).toEqual({ name: '\u202e\u0007é😀' });
});
