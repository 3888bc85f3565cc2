import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openConfig } from '../../../daemon/cli/open-config.js';
import { fakeTerminal } from './fake-terminal.js';

let home: string;
const open = (isConfigNamed: boolean) => {
  const configFile = join(home, 'nope.yaml');
  return openConfig(
    { terminal: fakeTerminal(), env: { HOME: home }, configFile, isConfigNamed, clock: Date.now },
    'none',
  );
};

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'open-config '));
  mkdirSync(join(home, '.config', 'tillwarden'), { recursive: true });
  writeFileSync(join(home, '.config', 'tillwarden', 'approver.yaml'), 'server: https://till.example\n');
});
afterAll(() => rmSync(home, { recursive: true }));

test('a file that was named and is not there is told as that, also on the machine of an approver', async () => {
  await expect(open(true)).rejects.toMatchObject({
    code: 'CONFIG_UNREADABLE',
    message: expect.stringContaining('found no such file'),
  });
});

test('where none was named, and none is there, an approver is told where to run it', async () => {
  await expect(open(false)).rejects.toMatchObject({ code: 'CLI_ELSEWHERE' });
});
