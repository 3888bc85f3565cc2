import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { refuseBesideDaemon } from '../../../../daemon/cli/console/beside-daemon.js';
import { fakeTerminal } from '../fake-terminal.js';

const directory = mkdtempSync(join(tmpdir(), 'beside-'));
afterAll(() => rmSync(directory, { recursive: true }));
const context = {
  ...{ terminal: fakeTerminal(), env: {}, clock: Date.now },
  configFile: join(directory, 'tillwarden.yaml'),
};

test('the console runs where no daemon keeps its state, and beside one only when somebody says so', () => {
  expect(refuseBesideDaemon(directory, context, false)).toBe(false);
  expect(refuseBesideDaemon(null, context, false)).toBe(false);
  writeFileSync(join(directory, 'state.sqlite'), '');
  expect(() => refuseBesideDaemon(directory, context, false)).toThrow(
    expect.objectContaining({ code: 'CLI_BESIDE_DAEMON', exit: 12 }),
  );
  expect(refuseBesideDaemon(directory, context, true)).toBe(true);
});
