import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CommandDefinition } from '../../daemon/cli/command.js';
import { COMMANDS } from '../../daemon/cli/program.js';
import { type CliWorld, createCliWorld } from './run-cli.js';

let world: CliWorld;
beforeAll(async () => {
  world = await createCliWorld(['alice']);
});
afterAll(() => world.close());

/** The words of every command that runs something, those of groups included. */
const LINES = linesOf(COMMANDS, []);

function linesOf(definitions: readonly CommandDefinition[], parents: readonly string[]): string[][] {
  return definitions.flatMap(({ name, action, commands = [] }) => {
    const words = [...parents, name];
    return [...(action === undefined ? [] : [words]), ...linesOf(commands, words)];
  });
}

describe('help', () => {
  test('names every command and says what each exit code means', async () => {
    const run = await world.as('alice', '--help');
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    for (const { name } of COMMANDS) expect(run.stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    for (const code of [0, 10, 11, 12, 64, 70, 78]) {
      expect(run.stdout).toMatch(new RegExp(`^ {1,3}${code} {2}\\S`, 'm'));
    }
  });

  test.each(LINES.map((words) => [words.join(' '), words] as const))(
    'of %s has examples that run it',
    async (line, words) => {
      const run = await world.as('alice', ...words, '--help');
      expect(run).toMatchObject({ exit: 0, stderr: '' });
      expect(run.stdout).toContain(`Examples:\n  $ tillwarden ${line}`);
    },
  );

  test('token prints the token alone on stdout, and of it only a digest beside', async () => {
    const run = await world.as('alice', 'token', 'anna');
    const made = run.stdout.trimEnd();
    expect(made).toMatch(/^till_[A-Za-z0-9_-]{43}$/);
    expect(run.stderr).toContain(`sha256:${createHash('sha256').update(made).digest('hex')}`);
    expect(run.stderr).not.toContain(made);
  });

  test('--version is one line', async () => {
    expect(await world.as('alice', '--version')).toMatchObject({ exit: 0, stdout: '0.1.0\n' });
  });
});

describe('a wrong command line ends with 64 and says why', () => {
  test.each([
    ['an unknown command', ['chekc']],
    ['no command', []],
    ['an unknown option', ['check', '--jsn']],
    ['a missing argument', ['ack']],
    ['an argument too many', ['verify', 'prague-1', 'vienna']],
    ['days that are no number', ['approve', '--days', 'ten']],
    ['init without a key', ['init', '--name', 'alice']],
    ['a group without its command', ['notify']],
    ['a mute without an end it can have', ['mute', '--collection', 'terminals', '--for', '8d']],
    ['a window that is too long', ['expect', '--hours', '169']],
  ])('%s', async (_name, args) => {
    const run = await world.as('alice', ...args);
    expect(run.exit).toBe(64);
    expect(run.stderr).not.toBe('');
  });

  test('init with more names than keys', async () => {
    const run = await world.as(
      'alice',
      ...['init', '--key', world.publicKey('alice'), '--name', 'alice', '--name', 'bob'],
    );
    expect(run.exit).toBe(64);
    expect(run.stderr).toMatch(/^error CLI_USAGE: there are 1 --key and 2 --name/);
  });

  test('init with a name that cannot be signed for', async () => {
    const run = await world.as('alice', 'init', '--key', world.publicKey('alice'), '--name', 'Alice X');
    expect(run.exit).toBe(64);
    expect(run.stderr).toMatch(
      /^error CLI_USAGE: the name of an approver is not of the needed form: 1 to 63 of a-z, 0-9 and -/,
    );
  });

  test('init with a private key names the public one', async () => {
    const run = await world.as('alice', 'init', '--key', join(world.directory, 'nobody'), '--name', 'alice');
    expect(run.exit).toBe(64);
    expect(run.stderr).toMatch(/^error CLI_KEY_UNREADABLE: .*nobody\.pub cannot be read \(ENOENT\)/);
  });
});

describe('--config before the command', () => {
  test('is the one after it, which goes before it', async () => {
    const before = await world.as('alice', '--config', 'before.yaml', 'check');
    expect(before.stderr).toMatch(/^error CONFIG_UNREADABLE: .*before\.yaml: found no such file/);
    const both = await world.as('alice', '--config', 'before.yaml', 'check', '--config', 'after.yaml');
    expect(both.stderr).toMatch(/^error CONFIG_UNREADABLE: .*after\.yaml: found no such file/);
  });

  test('reaches commands that read another kind of configuration', async () => {
    const run = await world.as(
      'alice',
      '--config',
      'nowhere.yaml',
      'ack',
      '7f3a',
      '--revision',
      '12345678',
      '--reason',
      'x',
    );
    expect(run).toMatchObject({
      exit: 78,
      stderr: expect.stringMatching(/^error CLI_NOT_SET_UP: there is no .*nowhere\.yaml/),
    });
  });

  test('is refused where nothing is configured', async () => {
    const run = await world.as('alice', '--config', 'nowhere.yaml', 'token', 'anna');
    expect(run).toMatchObject({
      exit: 64,
      stdout: '',
      stderr: expect.stringContaining('"token" reads no configuration'),
    });
  });
});

describe('the configuration of the other machine is told as that', () => {
  test("the daemon's, where an approver's is needed", async () => {
    const file = join(world.directory, 'of-the-daemon.yaml');
    await writeFile(file, 'sites: []\nnotifiers: []\n');
    const run = await world.as(
      'alice',
      'ack',
      '7f3a',
      '--config',
      file,
      '--revision',
      '12345678',
      '--reason',
      'x',
    );
    expect(run.exit).toBe(78);
    expect(run.stderr).toMatch(
      /^error CONFIG_INVALID: .*: found the daemon's configuration; needed your approver\.yaml: /,
    );
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test("an approver's, where the daemon's is needed", async () => {
    const file = join(world.directory, 'of-an-approver.yaml');
    await writeFile(file, 'server: https://tillwarden.example:9772\n');
    const run = await world.as('alice', 'evidence', '7f3a', '--config', file);
    expect(run).toMatchObject({
      exit: 78,
      stderr: expect.stringMatching(/^error CLI_ELSEWHERE: .* is an approver's file: needed is the daemon's/),
    });
  });
});

describe('a configuration that cannot be used ends with 78', () => {
  test('because there is none', async () => {
    const run = await world.as('alice', 'check', '--config', 'nowhere.yaml');
    expect(run.exit).toBe(78);
    expect(run.stderr).toMatch(/^error CONFIG_UNREADABLE: .*tillwarden init/);
  });

  test('because of several mistakes, each named with its line, without a secret', async () => {
    const site = join(world.directory, 'bad');
    await mkdir(site);
    const file = join(site, 'tillwarden.yaml');
    await writeFile(file, 'sites: []\nfingerprintKey: hunter2hunter2\nnonsense: 1\n');
    const run = await world.as('alice', 'check', '--config', file);
    expect(run.exit).toBe(78);
    expect(run.stderr).toMatch(/^error CONFIG_INVALID: /);
    for (const line of [1, 2, 3]) expect(run.stderr).toContain(`tillwarden.yaml:${line}:`);
    expect(run.stderr).not.toContain('hunter2');
  });
});
