import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { runShow } from '../../../../daemon/cli/incident/show.js';
import { runStatus } from '../../../../daemon/cli/site/status.js';
import { configFolder, exampleText } from '../../config/folder.js';
import { fakeTerminal } from '../fake-terminal.js';

test('status of a state that is not there yet is unknown, and show says what to do first', async () => {
  const folder = configFolder(exampleText('good.smallest.yaml'));
  try {
    const terminal = fakeTerminal();
    const context = { terminal, env: {}, configFile: folder.file, clock: () => 0 };
    expect(await runStatus(context, {})).toBe(11);
    expect(terminal.lines).toContain('\n0 unresolved incidents');
    await expect(runShow(context, undefined, {})).rejects.toMatchObject({
      code: 'CLI_NO_STATE',
      message: expect.stringContaining('tillwarden run') as unknown,
    });
    const refused = runShow(context, undefined, { restore: true });
    await expect(refused).rejects.toMatchObject({ code: 'CLI_USAGE' });
  } finally {
    folder.remove();
  }
});

test('status of a state that may not be read is what the daemon says, with the rest unknown, and never 0; without a daemon it is refused', async () => {
  const folder = configFolder(exampleText('good.smallest.yaml'));
  const answers = { drifted: 0 };
  const server = createServer((_request, response) => {
    const collections = { same: 2, drifted: answers.drifted, unknown: 0 };
    const site = { site: 'prague-1', baseline: { version: 7 }, collections };
    response.end(JSON.stringify({ version: '1', sites: [site], degraded: ['something\u001b[2J'] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const text = readFileSync(folder.file, 'utf8');
    writeFileSync(folder.file, `${text}\nhttp: { port: ${port} }\nstateDirectory: ./unreadable\n`);
    // A database that is no file cannot be opened, whoever asks.
    mkdirSync(join(dirname(folder.file), 'unreadable', 'state.sqlite'), { recursive: true });
    const status = async () => {
      const terminal = fakeTerminal();
      const context = { terminal, env: {}, configFile: folder.file, clock: Date.now };
      return { exit: await runStatus(context, {}), lines: terminal.lines };
    };
    const same = await status();
    expect(same.exit).toBe(11);
    expect(same.lines.slice(0, 4)).toEqual([
      'UNKNOWN    prague-1  its incidents cannot be read here',
      '\nThe running daemon says:',
      '  prague-1  baseline 7, collections: 2 same, 0 drifted, 0 unknown',
      '  degraded: something?[2J',
    ]);
    expect(same.lines[4]).toMatch(
      /^Incidents, acknowledgements and what is not delivered are unknown: the state in /,
    );
    answers.drifted = 1;
    expect((await status()).exit).toBe(10);
    await new Promise((resolve) => server.close(resolve));
    await expect(status()).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
  } finally {
    server.close();
    folder.remove();
  }
});
