import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { MARCH_2023 } from '../../daemon/demo/scenario/march-2023/index.js';
import { MAIN } from '../cli/run-cli.js';

test('March 2023 is told step by step, and what left no trace is said plainly', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tillwarden-march-'));
  // Where the test runs as root, the database server's own account has to pass through.
  await chmod(directory, 0o711);
  const args = ['demo', '--scenario', 'march-2023', '--exit', '--json', '--directory', directory];
  const demo = spawn(process.execPath, [MAIN, ...args]);
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  const [output, errors] = await Promise.all([text(demo.stdout), text(demo.stderr)]);
  expect([await ended, errors]).toEqual([0, '']);
  const events = output
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  const attack = MARCH_2023.plays.postgres?.attack ?? [];
  for (const { name, collection } of attack) {
    const told = events.filter(({ event, step }) => event === 'alerted' && step === name);
    expect(told.map(({ channel, collection: of }) => `${channel} ${of}`).sort()).toEqual([
      `email ${collection}`,
      `slack ${collection}`,
    ]);
  }
  const steps = attack.length + 1;
  expect(events.at(-1)).toMatchObject({ event: 'summary', steps, alerted: steps, lost: 0 });
  expect(events.filter(({ event }) => event === 'unseen').map(({ words }) => words)).toEqual(
    MARCH_2023.unseen,
  );
  const messages = join(directory, 'messages');
  const names = (await readdir(messages)).filter((name) => /^slack-\d+\.txt$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(messages, name), 'utf8')));
  expect(texts.join('\n')).toContain('Never open or start the file');
  await rm(directory, { recursive: true, force: true });
});
