import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { BaselineError } from '../../../baselines/index.js';
import { ConsoleError } from '../../../daemon/cli/console/errors.js';
import { CliError } from '../../../daemon/cli/errors.js';
import { failureOf } from '../../../daemon/cli/failure.js';
import { asciiJson } from '../../../daemon/cli/text/json.js';
import { ConfigError } from '../../../daemon/config/errors.js';
import { DemoError } from '../../../daemon/demo/demo-error.js';
import { ApiError } from '../../../daemon/http/errors.js';
import { IncidentError } from '../../../daemon/policy/incident-error.js';
import { SourceError } from '../../../daemon/sources/source.js';
import { StoreError } from '../../../daemon/store/errors.js';
import { NotifierError } from '../../../notifiers/index.js';

const ENDINGS = [
  [new CliError('CLI_USAGE', 'x'), 64],
  [new CliError('CLI_ROLLED_BACK', 'x'), 12],
  [new BaselineError('BASELINE_TRUST_PIN', 'x'), 12],
  [new ConfigError('CONFIG_INVALID', 'f', []), 78],
  [new SourceError('SOURCE_URL', 'x'), 78],
  [new NotifierError('NOTIFY_CONFIG_INVALID', 'x'), 78],
  [new DemoError('DEMO_NOT_RUNNING', 'x'), 78],
  [new StoreError('STORE_NEWER', 'x'), 70],
] as const;

/** Answers of a listener: no command ever ends with one. */
const ANSWERS = [
  new ApiError('API_INVALID', 'x'),
  new IncidentError('INCIDENT_UNKNOWN', 'x'),
  new ConsoleError('CONSOLE_MOVED', 'x'),
];

test.each(ENDINGS)('%s ends the program with %i', (error, exit) => {
  const failure = failureOf(error, false);
  expect(failure.exit).toBe(exit);
  expect(failure.lines[0]).toMatch(new RegExp(`^error ${error.code}: `));
  expect(failure.lines.join('\n')).not.toContain('failure.test');
});

test('every error class with a code is one that ends the program or an answer of a listener', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const classes = ['baselines', 'notifiers', 'daemon'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(join(root, folder, file), 'utf8').matchAll(
          /^export class (\w+) extends Error \{(?:(?!^\}).)*?readonly code: \w+,/gms,
        ),
      ])
      .map(([, name]) => name),
  );
  const known = new Set([...ENDINGS.map(([error]) => error), ...ANSWERS].map(({ name }) => name));
  expect(classes.sort()).toEqual([...known].sort());
});

test.each(ANSWERS)('%s is told by its kind only, as anything unexpected', (error) => {
  expect(failureOf(error, false)).toMatchObject({
    exit: 70,
    lines: [expect.stringContaining(`an unexpected ${error.name};`)],
  });
});

test('an error of somebody else with a code is told by its kind only', () => {
  const error = Object.assign(new Error('postgres://user:secret@host'), { code: 'CONFIG_INVALID' });
  expect(failureOf(error, false).lines.join('\n')).not.toContain('secret');
  expect(failureOf(Object.assign(error, { domain: 'toString' }), false).exit).toBe(70);
});

test('what nobody expected is told by its kind only: its message may hold a secret', () => {
  const failure = failureOf(new TypeError('postgres://user:secret@host'), false);
  expect(failure.exit).toBe(70);
  expect(failure.lines).toEqual([
    'error CLI_INTERNAL: an unexpected TypeError; set TILLWARDEN_DEBUG=1 to see all of it, and report it',
  ]);
  expect(failureOf(new TypeError('what it said'), true).lines.join('\n')).toContain('what it said');
});

test('a trace tells every cause', () => {
  const error = new CliError('CLI_USAGE', 'first', { cause: new Error('second', { cause: 'third' }) });
  const lines = failureOf(error, true).lines.join('\n');
  for (const told of ['first', 'second', 'third']) expect(lines).toContain(told);
});

test('JSON for other programs is ASCII and gives back the very values', () => {
  const value = { name: '\u202e\u0007é😀', __proto__: null };
  expect(asciiJson(value)).toMatch(/^[ -~\n]*$/);
  expect(JSON.parse(asciiJson(value))).toEqual({ name: '\u202e\u0007é😀' });
});

test.each([
  ['ENOSPC', 'CLI_DISK_FULL'],
  ['EDQUOT', 'CLI_DISK_FULL'],
  ['EMFILE', 'CLI_NO_HANDLES'],
  ['ENFILE', 'CLI_NO_HANDLES'],
  ['EROFS', 'CLI_READ_ONLY'],
  ['EACCES', 'CLI_DENIED'],
  ['EPERM', 'CLI_DENIED'],
  ['EIO', 'CLI_DISK_FAILED'],
])(
  '%s of the system is told as what it is, with the path and what to do, and is no defect of ours',
  (code, told) => {
    const refused = Object.assign(new Error(`${code}: no`), {
      code,
      syscall: 'open',
      path: '/var/lib/x\u001b[2J',
    });
    const { exit, lines } = failureOf(new Error('while backing up', { cause: refused }), false);
    expect(exit).toBe(70);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^error ${told}: ${code} at open /var/lib/x\\?\\[2J: .{20}`));
  },
);
