import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { findMysql } from '../../daemon/demo/mysql/installation.js';
import { DOOR_OPENED, DRY_RUN, LOG_LINE } from '../../daemon/demo/scenario/august-2022/index.js';
import { MYSQL_ATTACK } from '../../daemon/demo/scenario/august-2022/mysql.js';
import { MAIN } from '../cli/run-cli.js';

test('the attack on the installed server is told of on both channels, step by step', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tillwarden demo '));
  const args = ['demo', '--database', 'mysql', '--exit', '--json', '--directory', directory];
  const demo = spawn(process.execPath, [MAIN, ...args]);
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  const [output, errors] = await Promise.all([text(demo.stdout), text(demo.stderr)]);
  const events = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect([await ended, errors]).toEqual([0, '']);
  for (const { name, collection } of [DOOR_OPENED, LOG_LINE, ...MYSQL_ATTACK, DRY_RUN]) {
    const told = events.filter(({ event, step }) => event === 'alerted' && step === name);
    expect(told.map(({ channel, collection: of }) => `${channel} ${of}`).sort()).toEqual([
      `email ${collection}`,
      `slack ${collection}`,
    ]);
  }
  const steps = MYSQL_ATTACK.length + 4;
  expect(events.at(-1)).toMatchObject({ event: 'summary', steps, alerted: steps, lost: 0 });
  await rm(directory, { recursive: true, force: true });
});

test('without a server the demo names the one command that installs one', async () => {
  await expect(findMysql('', [])).rejects.toThrow(/apt-get install .*mariadb-server-core/);
});
