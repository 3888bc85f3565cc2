import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { CommandDefinition } from '../../../daemon/cli/command.js';
import { COMMANDS } from '../../../daemon/cli/program.js';
import {
  configFlag,
  takesConfig,
  takesServer,
  typedAgain,
  withCommandsTypedAgain,
} from '../../../daemon/cli/typed-again.js';

const folder = mkdtempSync(join(tmpdir(), 'tillwarden again '));
afterAll(() => rmSync(folder, { recursive: true }));
const daemons = join(folder, 'tillwarden.yaml');
const approvers = join(folder, 'approver.yaml');
writeFileSync(daemons, 'sites: []\n');
writeFileSync(approvers, 'server: https://tillwarden.example.org:8443\n');
const here = { configFile: daemons, env: {} };
const FLAG = ` --config '${daemons}'`;

describe('a command in a refusal', () => {
  test.each([
    [
      'somebody wrote there ("tillwarden verify prague-1" says why)',
      `somebody wrote there ("tillwarden verify prague-1${FLAG}" says why)`,
    ],
    [
      'withdraw it with "tillwarden trust sign --withdraw"',
      `withdraw it with "tillwarden trust sign --withdraw${FLAG}"`,
    ],
    [
      'It is cut off. To be rid of it: tillwarden approve prague-1 --withdraw',
      `It is cut off. To be rid of it: tillwarden approve prague-1 --withdraw${FLAG}`,
    ],
  ])('is about the configuration that was named: %s', (line, typed) => {
    expect(withCommandsTypedAgain(here, line)).toBe(typed);
  });

  test.each([
    'start with "tillwarden init"',
    '"tillwarden demo show" is about it',
    '"tillwarden verify --config other.yaml" says why',
    'say that you are on it: tillwarden ack 7f3a',
    'no tillwarden verify is named here',
  ])('stays as it is where the file is nothing to it: %s', (line) => {
    expect(withCommandsTypedAgain(here, line)).toBe(line);
  });
});

test("with an approver's file behind it a command is one that reads such a file", () => {
  const elsewhere = { configFile: approvers, env: {} };
  for (const command of ['tillwarden ack 7f3a', 'tillwarden show 7f3a', 'tillwarden check prague-1'])
    expect(typedAgain(elsewhere, command)).toBe(`${command} --config '${approvers}'`);
  expect(typedAgain(elsewhere, 'tillwarden verify prague-1')).toBe('tillwarden verify prague-1');
});

test('a daemon that was named by its address is named again', () => {
  const server = 'https://10.0.0.1:8443';
  const asked = { configFile: '', env: {}, server };
  expect(typedAgain(asked, 'tillwarden approve prague-1')).toBe(
    `tillwarden approve prague-1 --server ${server}`,
  );
  expect(typedAgain(asked, 'tillwarden doctor prague-1')).toBe('tillwarden doctor prague-1');
});

test('what a demo has a command of its own for is played there', () => {
  const played = { ...here, demo: { of: 42 } };
  expect(typedAgain(played, 'tillwarden ack 7f3a')).toBe('tillwarden demo ack 7f3a --of 42');
  expect(typedAgain(played, 'tillwarden approve prague-1')).toBe('tillwarden demo approve --of 42');
  expect(typedAgain(played, 'tillwarden respond 7f3a --done stop')).toBe(
    'tillwarden demo respond 7f3a --of 42',
  );
  expect(typedAgain(played, 'tillwarden check prague-1')).toBe(`tillwarden check prague-1${FLAG}`);
  expect(typedAgain({ ...here, demo: { of: undefined } }, 'tillwarden show 7f3a')).toBe(
    'tillwarden demo show 7f3a',
  );
});

test('nothing is added for the file that is meant anyhow, or that is not there', () => {
  expect(configFlag(daemons, {})).toBe(FLAG);
  expect(configFlag(daemons, { TILLWARDEN_CONFIG: daemons })).toBe('');
  expect(configFlag(join(folder, 'none.yaml'), {})).toBe('');
});

/** Every command that can be run, by its words. */
function walked(commands: readonly CommandDefinition[], before = ''): [string, CommandDefinition][] {
  return commands.flatMap((one): [string, CommandDefinition][] => {
    const words = `${before}${one.name}`;
    const own: [string, CommandDefinition][] = one.action === undefined ? [] : [[words, one]];
    return [...own, ...walked(one.commands ?? [], `${words} `)];
  });
}

test.each(walked(COMMANDS))('what %s takes is what its definition says', (words, { options = {} }) => {
  const server = 'server' in options;
  const ofAnApprover = /^your approver\.yaml/.test(options['config']?.description ?? '');
  expect(takesServer(words)).toBe(server);
  expect(takesConfig(words, true)).toBe(server);
  expect(takesConfig(words, false)).toBe('config' in options && !ofAnApprover);
});
