import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type ContainmentConfig, containmentSchema } from '../../../daemon/config/containment.js';
import { ContainmentReadiness } from '../../../daemon/containment/readiness.js';
import { Time } from '../../support/time.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tillwarden-ready-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** What looks at one rule, whose program is named, with its log. */
function readinessOf(program: () => string) {
  const time = new Time();
  const [warned, informed] = [jest.fn(), jest.fn()];
  const rules = (): ContainmentConfig =>
    containmentSchema.parse({
      brakeFile: join(directory, 'brake'),
      actions: [{ name: 'siren', dryRun: false, kinds: ['admin'], command: [program()] }],
    });
  let containment: ContainmentConfig | null = rules();
  const readiness = new ContainmentReadiness({
    config: () => ({ containment, sourceKinds: new Map() }),
    timers: time,
    log: { warn: warned, info: informed, error: jest.fn() } as never,
    onError: (error) => {
      throw error;
    },
  });
  const follow = (next: ContainmentConfig | null) => {
    containment = next;
  };
  return { readiness, time, warned, informed, follow, rules };
}

test('a rule that could not act is told once with what to do, and is over a minute after it could', async () => {
  const program = join(directory, 'siren');
  const { readiness, time, warned, informed } = readinessOf(() => program);
  readiness.look();
  readiness.look();
  await readiness.idle();
  const problem = `containment siren (ARMED): CONTAINMENT_CANNOT_ACT: its program cannot be run (ENOENT); put it at ${program}, for the user of the daemon to run`;
  expect(readiness.problems()).toEqual([problem]);
  expect(warned.mock.calls).toEqual([[{ problem }, expect.any(String)]]);
  await writeFile(program, '#!/bin/sh\n');
  time.pass(60_000);
  await readiness.idle();
  expect(readiness.problems()).toEqual([problem.replace('ENOENT', 'EACCES')]);
  await chmod(program, 0o700);
  time.pass(60_000);
  await readiness.idle();
  expect(readiness.problems()).toEqual([]);
  expect(informed).toHaveBeenCalledTimes(1);
  // What can act may be unable to an hour later.
  await rm(program);
  time.pass(3_599_999);
  await readiness.idle();
  expect(readiness.problems()).toEqual([]);
  time.pass(1);
  await readiness.idle();
  expect(readiness.problems()).toEqual([problem]);
});

test('what was found of rules that are no longer in force is told of no others, and after the end nothing is looked at', async () => {
  let program = join(directory, 'gone');
  const { readiness, time, follow, rules } = readinessOf(() => program);
  readiness.look();
  await readiness.idle();
  expect(readiness.problems()).toHaveLength(1);
  program = process.execPath;
  follow(rules());
  expect(readiness.problems()).toEqual([]);
  readiness.look();
  await readiness.idle();
  expect(readiness.problems()).toEqual([]);
  program = join(directory, 'gone');
  follow(rules());
  readiness.stop();
  time.pass(7_200_000);
  await readiness.idle();
  expect(readiness.problems()).toEqual([]);
});
