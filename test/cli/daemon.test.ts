import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../daemon/demo/server/free-port.js';
import { approveSite } from '../../daemon/demo/site.js';
import { readMail } from '../../daemon/demo/stand-ins/mail.js';
import { shellWord } from '../../daemon/wording.js';
import { undocumentedMembers } from '../support/json-doc.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';
import { type CliRun, type CliWorld, createCliWorld, MAIN } from './run-cli.js';

let world: CliWorld;
/** Not the shared one: its sensor would tell of the roles that other test files make. */
let postgres: OwnPostgres;
let database: TestDatabase;
let watched: WatchedSite;
let daemon: ChildProcess;

beforeAll(async () => {
  [world, postgres] = await Promise.all([createCliWorld([]), startOwnPostgres()]);
  database = await postgres.createDatabase();
  watched = await prepareWatchedSite(database);
  const { configFile, approvers } = watched.site;
  const config = await readFile(configFile, 'utf8');
  await writeFile(configFile, config.replace('port: 0', `port: ${await freePort('127.0.0.1')}`));
  await approveSite(watched.site, approvers, 'first baseline');
});

afterAll(async () => {
  daemon?.kill('SIGKILL');
  await watched.close();
  await world.close();
  await database.drop();
  await postgres.close();
});

function tillwarden(...args: readonly string[]): Promise<CliRun> {
  return world.as('operator', ...args, '--config', watched.site.configFile);
}

/** Id in the title of the message that holds `text`. */
async function incidentAbout(text: string): Promise<string> {
  const message = await watched.told(text);
  return /\(incident ([0-9a-f]+)\)/.exec(message.text)?.[1] ?? '';
}

describe('before a daemon ran', () => {
  test('status says so and shows what people signed', async () => {
    const run = await tillwarden('status');
    expect(run).toMatchObject({ exit: 11, stderr: '' });
    expect(run.stdout).toMatch(/^UNKNOWN {4}prague-1 {2}no daemon answers\n\n/);
    expect(run.stdout).toContain('no daemon answers (');
    expect(run.stdout).toMatch(/prague-1 {2}baseline 1, expires in \d+ days/);
    expect(run.stdout).toContain('0 unresolved incidents');
  });

  test('show says that there is no state', async () => {
    const run = await tillwarden('show', '7f3a');
    expect(run.exit).toBe(78);
    expect(run.stderr).toMatch(/^error CLI_NO_STATE: /);
  });
});

describe('beside a running daemon', () => {
  beforeAll(async () => {
    daemon = spawn(process.execPath, [MAIN, 'run', '--config', watched.site.configFile], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    await waitFor(async () => (await tillwarden('status')).stdout.includes('the daemon runs'), {
      what: 'the daemon to answer',
    });
    await waitFor(async () => (await tillwarden('status')).stdout.includes('250 records'), {
      what: 'the daemon to have read everything',
    });
  });

  test('show tells what happened, quoted, when, to whom it was told and what to do', async () => {
    await database.query(
      `insert into terminal (serial_number, name, type) values ('BT123456', E'\\u001b[31mred\\u202e', 'BATMThree')`,
    );
    const id = await incidentAbout('BT123456');
    expect(id).not.toBe('');
    const run = await waitFor(
      async () => {
        const one = await tillwarden('show', id);
        return one.stdout.includes('oncall details:oncall@operator.example  delivered') && one;
      },
      { what: 'every part to be delivered' },
    );
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toMatch(new RegExp(`^incident ${id} {2}prague-1 {2}open {2}HIGH {2}drift$`, 'm'));
    expect(run.stdout).toMatch(/1 open finding\n\n.*HIGH {2}new terminal/);
    expect(run.stdout).toContain('“\\u{1B}[31mred\\u{202E}”');
    expect(run.stdout).not.toMatch(/[\u001b\u202e]/);
    expect(run.stdout).toMatch(/first seen .* Europe\/Prague \(.* UTC\), told /);
    expect(run.stdout).toMatch(/ops .* delivered/);
    expect(run.stdout).toContain(
      `Next: tillwarden check prague-1 --config ${shellWord(watched.site.configFile)}\n`,
    );

    const json = JSON.parse((await tillwarden('show', id, '--json')).stdout) as { open: unknown[] };
    expect(json.open).toHaveLength(1);
    expect(undocumentedMembers('show', json)).toEqual([]);
  });

  test('show of a finding that ended says how it ended', async () => {
    const id = await incidentAbout('BT123456');
    await database.query(`delete from terminal where serial_number = 'BT123456'`);
    await waitFor(async () => (await tillwarden('show', id)).stdout.includes('changed back'), {
      what: 'the finding to end',
    });
    const run = await tillwarden('show', id);
    expect(run.stdout).toContain('0 open findings');
  });

  test('status lists the incident and the channels', async () => {
    await database.query(`update person set phone = '+420 000' where id = 1`);
    const id = await incidentAbout('+420 000');
    const run = await tillwarden('status');
    expect(run.exit).toBe(0);
    expect(run.stdout).toMatch(/^OPEN {7}prague-1 {2}1 unresolved incident \(1 HIGH\)\n\n/);
    expect(run.stdout).toMatch(
      new RegExp(`${id} {2}prague-1 {2}open {2}HIGH {2}drift .*tillwarden show ${id} --config `),
    );
    expect(run.stdout).toMatch(/ops \(slack\)/);
    const json = JSON.parse((await tillwarden('status', '--json')).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ running: true, incidents: [{ id }] });
    expect(undocumentedMembers('status', json)).toEqual([]);
    for (const command of ['check', 'show']) {
      const printed: unknown = JSON.parse((await tillwarden(command, '--json')).stdout);
      expect(undocumentedMembers(command, printed)).toEqual([]);
    }
  });

  test('an id that is no incident is refused', async () => {
    const run = await tillwarden('show', 'no-such-id');
    expect(run.exit).toBe(64);
    expect(run.stderr).toMatch(/^error CLI_UNKNOWN_INCIDENT: /);
  });

  test('a second daemon on the same state refuses to start', async () => {
    const run = await tillwarden('run');
    expect(run.exit).toBe(70);
    expect(run.stderr).toMatch(/error STORE_IN_USE: /);
  });

  test('the daemon ends by itself when it is told to', async () => {
    const exited = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect((await tillwarden('status')).stdout).toContain('no daemon answers');
  });
});

describe('notify test', () => {
  test('sends a test to every channel and says that all took it', async () => {
    const before = watched.slack.messages.length;
    const run = await tillwarden('notify', 'test');
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toMatch(/delivered +ops/);
    expect(run.stdout).toMatch(/delivered +oncall/);
    expect(watched.slack.messages.length).toBeGreaterThan(before);
    const mails = await Promise.all(watched.smtp.messages.map(readMail));
    const tests = mails.filter(({ subject }) => subject.endsWith('this is a test of this channel'));
    // Both are sent at the same time: either may be the first to arrive.
    expect(tests.map(({ part }) => part).sort()).toEqual(['alarm', 'details']);
    expect(watched.slack.messages.at(before)?.text).toBe('INFO prague-1: this is a test of this channel');
    const shown = JSON.parse((await tillwarden('status', '--json')).stdout) as {
      channels: { name: string; lastProof: { by: string } | null }[];
    };
    expect(shown.channels.map(({ name, lastProof }) => [name, lastProof?.by])).toEqual([
      ['ops', 'test'],
      ['oncall', 'test'],
    ]);
  });

  test('tries every recipient, also after one that is refused, and says what came of each', async () => {
    const { configFile } = watched.site;
    const config = await readFile(configFile, 'utf8');
    await writeFile(configFile, config.replace('to: [', 'to: [gone@operator.example, '));
    const recipient = 'gone@operator.example';
    const lift = watched.smtp.fault({ stage: 'recipient', recipient, type: 'answer', code: 550 });
    const run = await tillwarden('notify', 'test', 'oncall');
    lift();
    await writeFile(configFile, config);
    expect(run).toMatchObject({ exit: 70, stderr: '' });
    expect(run.stdout.split('\n')).toEqual([
      expect.stringMatching(/^NOT delivered +oncall alarm:gone@operator\.example: /),
      expect.stringMatching(/^delivered +oncall alarm:oncall@operator\.example$/),
      expect.stringMatching(/^NOT delivered +oncall details:gone@operator\.example: /),
      expect.stringMatching(/^delivered +oncall details:oncall@operator\.example$/),
      '',
    ]);
  });

  test('of a channel that is down says why and fails', async () => {
    await watched.smtp.close();
    const run = await tillwarden('notify', 'test', 'oncall', '--json');
    expect(run.exit).toBe(70);
    expect(JSON.parse(run.stdout)).toMatchObject({
      attempts: [
        { channel: 'oncall', part: 'alarm:oncall@operator.example', outcome: { delivered: false } },
        { channel: 'oncall', part: 'details:oncall@operator.example', outcome: { delivered: false } },
      ],
    });
  });

  test('of a channel that is not configured is refused', async () => {
    const run = await tillwarden('notify', 'test', 'pager');
    expect(run.exit).toBe(64);
    expect(run.stderr).toMatch(/^error CLI_UNKNOWN_CHANNEL: .*ops, oncall/);
  });
});
