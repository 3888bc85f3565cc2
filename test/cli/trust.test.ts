import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rootFile } from '../../baselines/index.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';
import { type CliWorld, createCliWorld, MAIN } from './run-cli.js';

let world: CliWorld;
let postgres: OwnPostgres;
let database: TestDatabase;
let watched: WatchedSite;
let trust: string;
let daemon: ChildProcess | null = null;

beforeAll(async () => {
  [world, postgres] = await Promise.all([
    createCliWorld(['alice', 'bob', 'carol', 'dora', 'safe', 'mallory']),
    startOwnPostgres(),
  ]);
  database = await postgres.createDatabase();
  watched = await prepareWatchedSite(database);
  trust = join(watched.directory, 'trust');
  world.env['TILLWARDEN_CONFIG'] = watched.site.configFile;
});

afterAll(async () => {
  daemon?.kill('SIGKILL');
  await watched.close();
  await world.close();
  await database.drop();
  await postgres.close();
});

async function startDaemon(): Promise<void> {
  daemon = spawn(process.execPath, [MAIN, 'run', '--config', watched.site.configFile], { stdio: 'ignore' });
}
async function stopDaemon(): Promise<void> {
  const running = daemon;
  daemon = null;
  if (running === null) return;
  const ended = once(running, 'exit');
  running.kill('SIGTERM');
  await ended;
}

/** Digest of the draft, as `trust show` prints it. */
async function draft(): Promise<string> {
  const { stdout } = await world.as('alice', 'trust', 'show');
  return /^draft of trust root \d+ {2}sha256:([0-9a-f]{64})$/m.exec(stdout)?.[1] ?? 'none';
}
async function sign(person: string, ...args: string[]) {
  return world.as(person, 'trust', 'sign', '--accept', await draft(), ...args);
}
const files = async () => (await readdir(trust)).sort();

describe('the life of a trust root, in this order', () => {
  test('init writes root 1 alone, with its dangers, and says what to pin', async () => {
    await rm(trust, { recursive: true });
    const people = ['alice', 'bob'].flatMap((name) => ['--key', world.publicKey(name), '--name', name]);
    const args = ['--recovery', world.publicKey('safe'), '--directory', trust, '--days', '20'];
    const run = await world.as('alice', 'trust', 'init', ...people, ...args);
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toContain('2 of operator or recovery for root');
    expect(run.stdout).toContain(
      'all of alice and bob must sign; when one of their keys is lost, nobody can',
    );
    const pin = /root: "(sha256:[0-9a-f]{64})"/.exec(run.stdout)?.[1] ?? '';
    const config = await readFile(watched.site.configFile, 'utf8');
    await writeFile(watched.site.configFile, config.replace(/sha256:[0-9a-f]{64}/, pin));

    const again = await world.as('alice', 'trust', 'init', ...people, ...args);
    expect(again.exit).toBe(64);
    expect(again.stderr).toMatch(/^error CLI_FILE_EXISTS: /);
    expect(await files()).toEqual([rootFile(1)]);
  });

  test('two sign a first baseline, and the daemon tells that the root expires within 30 days', async () => {
    await world.as('alice', 'approve', '--only', 'all');
    const second = await world.as('bob', 'approve', '--only', 'all');
    expect(second.stdout).toContain('Installed: baseline 1 of prague-1, signed by alice, bob.');
    await startDaemon();
    await watched.told('baseline 1 is in force');
    const message = await watched.told('in 30 days or less');
    expect(message.text).toMatch(/^LOW prague-1: /);
  });

  test('adding somebody leaves a draft, shown as a difference; nothing is in force yet', async () => {
    const run = await world.as(
      'alice',
      ...['trust', 'add', 'carol', '--key', world.publicKey('carol'), '--role', 'operator'],
    );
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toMatch(
      /adds carol \(operator\)\n {2}carol may sign with ssh-ed25519 SHA256:\S{43}\n {2}prague-1 begins with baseline 1, /,
    );
    expect((await world.as('alice', 'trust', 'verify')).stdout).not.toContain('carol');
  });

  test('says by which names people are known, and that an author does not count for a collection', async () => {
    const edit = async (...args: string[]) => {
      const run = await world.as('alice', 'trust', ...args);
      expect(run).toMatchObject({ exit: 0, stderr: '' });
      return run.stdout;
    };
    const carol = await edit('add', 'carol', '--account', 'application:carol', '--account', 'database:c.n');
    expect(carol).toMatch(/carol is the application user “carol”\n {2}carol is the database user “c\.n”/);
    await edit('add', 'alice', '--account', 'application:alice', '--account', 'application:alice');
    const people = ['--threshold', '2', '--role', 'operator'];
    expect(await edit('rule', '--collection', 'wallet_routes', ...people, '--not-author')).toContain(
      'needs 2 of operator for the collections wallet_routes, not counting whoever made the change',
    );
    await edit('rule', 'file', '--collection', 'hot', ...people);
    // A rule for a kind that is said anew goes on to count for its collections.
    expect(await edit('rule', 'file', ...people)).toMatch(/needs 2 of operator for the collections hot\n/);
    expect(await edit('rule', '--collection', 'hot', '--drop')).not.toContain('hot');
    const refused = await world.as('alice', 'trust', 'remove', 'carol', '--account', 'application:bob');
    expect(refused.stderr).toMatch(/^error CLI_USAGE: no such account of carol/);
    await edit('remove', 'alice', '--account', 'application:alice');
    expect(await edit('remove', 'carol', '--account', 'application:carol')).not.toContain('“carol”');
    expect((await world.as('alice', 'trust', 'sign', '--withdraw')).exit).toBe(0);
    await edit('add', 'carol', '--key', world.publicKey('carol'), '--role', 'operator');
    expect(await files()).toEqual(['pending', rootFile(1)]);
  });

  test('what cannot be is refused and changes nothing', async () => {
    const before = await draft();
    const refused = async (code: string, ...args: string[]) => {
      const run = await world.as('alice', 'trust', ...args);
      expect(run.stderr).toMatch(new RegExp(`error ${code}: `));
      expect(run.exit).not.toBe(0);
    };
    await refused('CLI_USAGE', 'add', 'dora');
    await refused('CLI_USAGE', 'add', 'Dora Novak', '--key', world.publicKey('dora'), '--role', 'operator');
    await refused('CLI_USAGE', 'add', 'dora', '--key', world.publicKey('dora'), '--role', 'Boss');
    await refused('CLI_USAGE', 'remove', 'nobody');
    await refused('CLI_USAGE', 'remove', 'alice', '--key', world.publicKey('alice'));
    await refused('CLI_USAGE', 'remove', 'alice', '--role', 'owner');
    await refused('CLI_USAGE', 'rule', 'terminals', '--threshold', '1', '--role', 'operator');
    await refused('CLI_USAGE', 'rule', 'admin', '--threshold', '1');
    await refused('CLI_USAGE', 'rule', '--threshold', '1', '--role', 'operator');
    await refused('CLI_USAGE', 'add', 'alice', '--account', 'alice');
    await refused('CLI_USAGE', 'add', 'alice', '--account', 'ldap:alice');
    await refused('CLI_USAGE', 'rule', 'admin', '--threshold', '0', '--role', 'operator');
    await refused('BASELINE_TRUST_UNREACHABLE', 'rule', 'admin', '--threshold', '9', '--role', 'operator');
    await refused('BASELINE_TRUST_UNREACHABLE', 'rule', 'admin', '--threshold', '1', '--role', 'boss');
    await refused('BASELINE_TRUST_KEY_SHARED', 'add', 'eve', '--key', world.publicKey('bob'), '--role', 'x');
    await refused('BASELINE_FORMAT', 'add', 'alice', '--role', 'recovery');
    await refused(
      'BASELINE_KEY_INVALID',
      'add',
      'alice',
      '--key',
      world.publicKey('dora'),
      '--verify-required',
    );
    await refused('CLI_NOT_INTERACTIVE', 'sign');
    await refused('CLI_DRAFT_CHANGED', 'sign', '--accept', '0123456789ab');
    // Of a beginning another draft could be made.
    await refused('CLI_DRAFT_CHANGED', 'sign', '--accept', before.slice(0, 20));
    expect(await draft()).toBe(before);
    const stranger = await sign('mallory');
    expect(stranger.exit).toBe(12);
    expect(stranger.stderr).toMatch(/error CLI_NO_KEY: /);
    expect(await files()).toEqual(['pending', rootFile(1)]);
  });

  test('one keystroke signs it on a terminal; a draft that somebody signed is not edited', async () => {
    const run = await world.typing('alice', ['y'], 'trust', 'sign');
    expect(run.exit).toBe(0);
    expect(run.stdout).toContain('Trust root 2 is signed by alice and waits.');
    expect(run.stdout).toMatch(
      /root 1 needs 1 more of bob, recovery-1: tillwarden trust sign\s+root 2 needs 1 more of bob, carol, recovery-1: /,
    );
    const edit = await world.as('bob', 'trust', 'remove', 'alice');
    expect(edit.stderr).toMatch(/^error CLI_DRAFT_SIGNED: /);
    const twice = await sign('alice');
    expect(twice.stdout).toContain('alice has signed it already.');
    expect(twice.stdout).toContain('and waits');
  });

  test('the second signature, by a key that only an agent holds, puts it into force and the daemon tells who came', async () => {
    const ssh = join(world.home('bob'), '.ssh');
    const agent = execFileSync('ssh-agent', ['-s'], { encoding: 'utf8' });
    const value = (name: string) => new RegExp(`${name}=([^;]+);`).exec(agent)?.[1] ?? '';
    world.env['SSH_AUTH_SOCK'] = value('SSH_AUTH_SOCK');
    try {
      execFileSync('ssh-add', ['-q', join(ssh, 'id_ed25519')], { env: { ...process.env, ...world.env } });
      await rename(ssh, `${ssh}-elsewhere`);
      const run = await sign('bob');
      expect(run).toMatchObject({ exit: 0 });
      expect(run.stdout).toContain('Installed: trust root 2, signed by alice, bob.');
    } finally {
      process.kill(Number(value('SSH_AGENT_PID')));
      delete world.env['SSH_AUTH_SOCK'];
      await rename(`${ssh}-elsewhere`, ssh);
    }
    expect(await files()).toEqual([rootFile(1), 'root.000002.alice.sig', 'root.000002.bob.sig', rootFile(2)]);
    const message = await watched.told('trust root 2 is in force');
    expect(message.text).toBe('HIGH all sites: trust root 2 is in force, signed by alice and bob');
    expect(slackText(message)).toContain('adds carol (operator)');
  });

  test('three rotations while the daemon is off are each told when it is back, and nothing is drift', async () => {
    await stopDaemon();
    // bob's key was stolen: dora comes, bob goes, and the root is renewed.
    await world.as('alice', 'trust', 'add', 'dora', '--key', world.publicKey('dora'), '--role', 'operator');
    await sign('alice');
    expect((await sign('carol')).stdout).toContain('Installed: trust root 3');
    await world.as('carol', 'trust', 'remove', 'bob');
    await sign('carol');
    expect((await sign('dora')).stdout).toContain('Installed: trust root 4, signed by carol, dora.');
    const renewal = await world.typing('alice', ['y'], 'trust', 'sign', '--renew', '--days', '400');
    expect(renewal.stdout).toContain('changes nothing but the dates');
    expect((await sign('dora')).stdout).toContain('Installed: trust root 5');

    await startDaemon();
    for (const version of [3, 4, 5]) await watched.told(`trust root ${version} is in force`);
    expect(slackText(await watched.told('trust root 4 is in force'))).toContain('removes bob (operator)');
    expect((await watched.told('trust root 5 is in force')).text).toMatch(/renewed without a change$/);
    expect((await world.as('alice', 'verify')).stdout).toMatch(/baseline 1\n/);
    expect((await world.as('alice', 'check')).exit).toBe(0);
    expect(watched.titles().filter((title) => /baseline .* cannot|refused|drift/.test(title))).toEqual([]);
  });

  test('the stolen key signs nothing any more: neither a baseline nor a root', async () => {
    const baseline = await world.as('bob', 'approve', '--renew', '--only', 'all');
    expect(baseline.stderr).toMatch(/^error CLI_NO_KEY: /);
    await world.as('alice', 'trust', 'remove', 'dora');
    expect((await sign('bob')).stderr).toMatch(/error CLI_NO_KEY: /);
    const withdrawn = await world.as('alice', 'trust', 'sign', '--withdraw');
    expect(withdrawn).toMatchObject({ exit: 0, stdout: 'The draft of the trust root is withdrawn.\n' });
    expect((await sign('alice')).stderr).toMatch(/^error CLI_NO_DRAFT: /);
  });

  test('a draft that is signed and then outgrown by a baseline is refused, one nobody signed is brought up to date', async () => {
    await world.as('alice', 'trust', 'remove', 'dora');
    await sign('alice');
    await world.as('alice', 'approve', '--renew', '--only', 'all');
    const installed = await world.as('dora', 'approve', '--only', 'all');
    expect(installed.stdout).toContain('Installed: baseline 2');
    expect((await sign('carol')).stderr).toMatch(/error CLI_DRAFT_OUTGROWN: /);
    expect(await files()).not.toContain(rootFile(6));
    await world.as('alice', 'trust', 'sign', '--withdraw');

    await world.as('alice', 'trust', 'remove', 'dora');
    await world.as('alice', 'approve', '--renew', '--only', 'all');
    await world.as('dora', 'approve', '--only', 'all');
    const updated = await world.typing('alice', ['n'], 'trust', 'sign');
    expect(updated.stdout).toContain('A baseline was installed since the draft was made; it is pinned now.');
    expect(updated.stdout).toContain('prague-1 begins with baseline 3');
    expect(updated.exit).toBe(12);
    await world.as('alice', 'trust', 'sign', '--withdraw');
  });

  test('break-glass: a recovery key stands in for a person, and that is told as critical', async () => {
    const lost = ['trust', 'remove', 'carol'];
    expect((await world.as('alice', ...lost)).stdout).toContain(
      'all of alice and dora must sign; when one of their keys is lost, nobody can',
    );
    await sign('alice');
    const run = await sign('safe', '--key', world.publicKey('safe').replace(/\.pub$/, ''));
    expect(run.stdout).toContain('Installed: trust root 6, signed by alice, recovery-1 (recovery key).');
    const message = await watched.told('trust root 6 is in force');
    expect(message.text).toBe('CRITICAL all sites: trust root 6 is in force, signed by alice and recovery-1');
    expect(slackText(message)).toContain('Signed with recovery-1: recovery keys are for the day when');
  });

  test('verify tells the whole story offline, and finds out a root that nobody signed', async () => {
    const run = await world.as('alice', 'trust', 'verify');
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout.match(/^trust root \d/gm)).toHaveLength(6);
    expect(run.stdout).toMatch(
      /trust root 6 .* signed by alice, recovery-1 \(recovery key\)\n {2}removes carol/,
    );

    await writeFile(join(trust, rootFile(7)), await readFile(join(trust, rootFile(6))));
    const forged = await world.as('alice', 'trust', 'verify');
    expect(forged.exit).toBe(12);
    expect(forged.stdout).toContain('REFUSED  BASELINE_UNSIGNED in root.000007.json');
    const edit = await world.as('alice', 'trust', 'remove', 'dora');
    expect(edit).toMatchObject({ exit: 12 });
    expect(edit.stderr).toMatch(/^error CLI_CHAIN_BROKEN: /);
    await rm(join(trust, rootFile(7)));
  });

  test('on a machine that has seen root 6, an older set of roots is not signed upon', async () => {
    expect((await world.as('alice', 'trust', 'show')).stdout).toMatch(/^trust root 6 /);
    await rm(join(trust, rootFile(6)));
    for (const args of [
      ['trust', 'show'],
      ['approve', '--renew', '--only', 'all'],
    ]) {
      const run = await world.as('alice', ...args);
      expect(run.exit).toBe(12);
      expect(run.stderr).toMatch(
        /^error CLI_ROLLED_BACK: you have seen version 6 of trust root here|BASELINE_TRUST_ROLLED_BACK: Trust root 6 was in force/,
      );
    }
  });
});
