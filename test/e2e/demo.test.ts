import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AUGUST_2022, DRY_RUN } from '../../daemon/demo/scenario/august-2022/index.js';
import { MAIN } from '../cli/run-cli.js';
import { waitFor } from '../support/wait.js';

const ATTACK = AUGUST_2022.plays.postgres?.attack ?? [];

/** One demo, watched through its script, then played by hand as a newcomer would, then ended. */
let directory: string;
let demo: ChildProcess;
let printed = '';
let errors = '';

const events = (): Record<string, unknown>[] =>
  printed
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));

beforeAll(async () => {
  // A path with a blank and a letter outside of ASCII, which every part has to survive.
  directory = await mkdtemp(join(tmpdir(), 'tillwarden demo ü '));
  // Where the test runs as root, the server's own account has to pass through.
  await chmod(directory, 0o711);
  // Notes of running demos lie in the temporary folder: ours must not meet those of whoever works here.
  const env = { ...process.env, TMPDIR: directory };
  demo = spawn(process.execPath, [MAIN, 'demo', '--json', '--directory', directory], { env });
  demo.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  demo.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await waitFor(() => printed.includes('"event":"running"') || demo.exitCode !== null, {
    what: 'the demo to be played',
    timeoutMs: 280_000,
  });
  expect(errors).toBe('');
});

afterAll(async () => {
  if (demo.exitCode === null) {
    demo.kill('SIGKILL');
    await once(demo, 'exit');
  }
  await rm(directory, { recursive: true, force: true });
});

/** Runs a command beside the demo, as a newcomer in another terminal. */
const beside = (...args: readonly string[]) => typed('demo', ...args);

function typed(...args: readonly string[]) {
  const env = { PATH: process.env['PATH'], HOME: directory, TMPDIR: directory, NO_COLOR: '1' };
  return new Promise<{ exit: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { env, cwd: '/', maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({ exit: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('the demo', () => {
  test('tells of every step on both channels', () => {
    const steps = ATTACK.length + 2;
    expect(events().find(({ event }) => event === 'summary')).toMatchObject({
      ...{ steps, alerted: steps, lost: 0 },
    });
  });

  test.each([...ATTACK, DRY_RUN].map((step) => [step.name, step.collection] as const))(
    'tells of the step %s on Slack and by e-mail',
    (name, collection) => {
      const told = events().filter(({ event, step }) => event === 'alerted' && step === name);
      expect(told.map(({ channel }) => channel).sort()).toEqual(['email', 'slack']);
      for (const one of told) {
        expect(one['collection']).toBe(collection);
        expect(one['latencyMs']).toBeGreaterThan(0);
      }
    },
  );

  test('says of an administrator, a terminal and an address from which robbery they are known', async () => {
    const folder = join(directory, 'messages');
    const names = (await readdir(folder)).filter((name) => /^slack-\d+\.txt$/.test(name));
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    for (const incident of ['general-bytes-2022-08', 'general-bytes-2023-03']) {
      expect(texts.join('\n')).toContain(`known from ${incident}`);
    }
  });

  test('leaves the messages as they were sent', async () => {
    const names = await readdir(join(directory, 'messages'));
    for (const kind of [/^slack-\d+\.json$/, /^slack-\d+\.txt$/, /-alarm\.eml$/, /-details\.html$/]) {
      expect(names.filter((name) => kind.test(name)).length).toBeGreaterThanOrEqual(ATTACK.length - 1);
    }
  });
});

describe('a newcomer beside the running demo', () => {
  test('runs a statement, and is told in one line when it is mistyped', async () => {
    expect(await beside('sql', 'delete from terminal where id = 7')).toEqual({
      ...{ exit: 0, stdout: 'DELETE 1\n', stderr: '' },
    });
    expect(await beside('sql', 'selct 1')).toEqual({
      exit: 64,
      stdout: '',
      stderr: 'error DEMO_STATEMENT: the database refuses the statement: syntax error at or near "selct"\n',
    });
  });

  test('plays the incident to its end: sees it, answers for it, and two people sign', async () => {
    const shown = await beside('show');
    expect(shown.stdout).toMatch(/^incident [0-9a-f]{4}/);
    expect(shown.stdout).toContain('bc1qfa8pryacrjuzp9287zc2ufz5n0hdthff0av440');
    const [, id = ''] = /^incident ([0-9a-f]+)/.exec(shown.stdout) ?? [];
    const [, revision = ''] = /revision +([0-9a-f]{64})/.exec(shown.stdout) ?? [];
    expect((await beside('show', id)).exit).toBe(0);
    // As the alert has it: that of a daemon whose configuration is elsewhere.
    for (const command of ['show', 'ack', 'respond']) {
      const alone = await typed(command, id);
      expect(alone.stderr).toMatch(
        /^error CLI_ELSEWHERE: .*"tillwarden demo show", "demo ack", "demo respond"/,
      );
    }

    const answered = await beside('ack', id, '--revision', revision, '--reason', 'I look at it');
    expect(answered.stdout).toContain('acknowledged as alice');
    expect((await beside('show')).stdout).toContain('acknowledged  by alice');
    const response = await beside('respond');
    expect(response.exit).toBe(10);
    expect(response.stdout).toContain(id);

    const first = await beside('approve', '--only', 'all');
    expect({ exit: first.exit, out: first.stdout }).toMatchObject({ exit: 0 });
    expect(first.stdout).toContain('Now play the second person: tillwarden demo approve --as bob');
    const second = await beside('approve', '--only', 'all');
    expect(second.stdout).toContain('signed by alice, bob');

    // The daemon resolves it when it has read the new baseline.
    await waitFor(async () => /^incident [0-9a-f]+ .* resolved /.test((await beside('show', id)).stdout), {
      what: 'the incident to be over',
    });
    // Whoever signs everything has signed the thief: that it is known from elsewhere stays open.
    expect((await beside('show')).stdout).toContain(
      '1 signed administrator known from general-bytes-2022-08',
    );
  });

  test('ends with Control-C as the demo is told, and leaves no note of itself', async () => {
    const ended = once(demo, 'exit');
    demo.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(errors).toBe('');
    expect((await beside('show')).stderr).toContain('DEMO_NOT_RUNNING');
  });
});
