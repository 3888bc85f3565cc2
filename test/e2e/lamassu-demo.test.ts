import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LAMASSU_ATTACK } from '../../daemon/demo/scenario/lamassu/attack.js';
import { MAIN } from '../cli/run-cli.js';

let directory: string;
let printed = '';
let errors = '';
let exit: number | null;
let titles: readonly string[];

/** The demo as it is typed, whole: database, daemon, channels. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tillwarden-lamassu-demo-'));
  // Where the test runs as root, the server's own account has to pass through.
  await chmod(directory, 0o711);
  const args = ['demo', '--scenario', 'lamassu', '--exit', '--json', '--directory', directory];
  const demo = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, TMPDIR: directory } });
  demo.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  demo.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  [exit] = (await once(demo, 'exit')) as [number | null];
  const messages = join(directory, 'messages');
  const names = (await readdir(messages)).filter((name) => /^slack-\d+\.txt$/.test(name)).sort();
  titles = await Promise.all(
    names.map(async (name) => (await readFile(join(messages, name), 'utf8')).split('\n')[0] ?? ''),
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('every drift of the scripted attack on a lamassu-server is told on both channels, and nothing else is', () => {
  const events = printed
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  const steps = LAMASSU_ATTACK.length + 1;
  expect([exit, errors]).toEqual([0, '']);
  expect(events.at(-1)).toMatchObject({ event: 'summary', steps, alerted: steps, lost: 0 });
  for (const { name, collection } of LAMASSU_ATTACK) {
    const told = events.filter(({ event, step }) => event === 'alerted' && step === name);
    expect(told.map((one) => [one['channel'], one['collection']]).sort()).toEqual([
      ['email', collection],
      ['slack', collection],
    ]);
  }
  // Nobody is told that the server notes who was active, nor that a history grew.
  expect(titles.filter((title) => /unknown|cannot be|stands as before/.test(title))).toEqual([]);
});

test('each is told in the words of what it is: a wrong phone number and a stolen wallet never read alike', () => {
  const words = [
    'CRITICAL prague-1: 1 access link created',
    'CRITICAL prague-1: 1 new administrator',
    'CRITICAL prague-1: 1 wallet route now pays elsewhere',
    'CRITICAL prague-1: 1 wallet route now pays elsewhere',
    'CRITICAL prague-1: 1 key of a wallet or exchange was replaced',
    'CRITICAL prague-1: 1 wallet route was changed',
    'MEDIUM prague-1: 1 setting was changed',
    'HIGH prague-1: 1 contact was changed',
    'CRITICAL prague-1: 1 setting was changed',
    'HIGH prague-1: 1 new terminal',
  ];
  let from = 0;
  for (const one of words) {
    const at = titles.findIndex((title, index) => index >= from && title.startsWith(one));
    expect({ one, titles: at === -1 ? titles : [] }).toEqual({ one, titles: [] });
    from = at + 1;
  }
  // One message, or two: where the look at the links takes longer than the administrator may wait, he is told before.
  const one = expect.stringContaining('1 new administrator, by an access link that was used');
  expect(titles).toContainEqual(one);
});
