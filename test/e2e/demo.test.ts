import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ATTACK } from '../../daemon/demo/attack.js';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'daemon', 'main.js');

describe('the demo', () => {
  let directory: string;
  let events: Record<string, unknown>[];
  let code: number | null;

  beforeAll(async () => {
    // A path with a blank, which every part has to survive.
    directory = await mkdtemp(join(tmpdir(), 'tillwarden demo '));
    const demo = spawn(process.execPath, [PROGRAM, 'demo', '--exit', '--json', '--directory', directory]);
    const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
    const [output, errors] = await Promise.all([text(demo.stdout), text(demo.stderr)]);
    code = await ended;
    expect(errors).toBe('');
    events = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }, 120_000);

  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('ends well only if every step was told on both channels', () => {
    expect(code).toBe(0);
    const steps = ATTACK.length + 1;
    expect(events.at(-1)).toMatchObject({ event: 'summary', steps, alerted: steps, lost: 0 });
  });

  test.each(ATTACK.map((step) => [step.name, step.collection] as const))(
    'tells of the step %s on Slack and by e-mail',
    (name, collection) => {
      const told = events.filter(({ event, step }) => event === 'alerted' && step === name);
      expect(told.map(({ channel }) => channel).sort()).toEqual(['email', 'slack']);
      for (const one of told) {
        expect(one['collection']).toBe(collection);
        expect(one['latencyMs']).toBeGreaterThan(0);
      }
    },
  );

  test('leaves the messages as they were sent', async () => {
    const names = await readdir(join(directory, 'messages'));
    for (const kind of [/^slack-\d+\.json$/, /^slack-\d+\.txt$/, /-alarm\.eml$/, /-details\.html$/]) {
      expect(names.filter((name) => kind.test(name)).length).toBeGreaterThanOrEqual(ATTACK.length - 1);
    }
  });
});
