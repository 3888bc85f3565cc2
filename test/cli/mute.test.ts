import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CliWorld } from './run-cli.js';
import { listedExcuses, openSignedSite, type SignedSite } from './signed-site.js';

let site: SignedSite;
let world: CliWorld;

beforeAll(async () => {
  site = await openSignedSite();
  ({ world } = site);
});
afterAll(() => site.close());

const listed = () => listedExcuses(world, 'mute');

describe('a mute', () => {
  test('of what one person may approve takes effect with one signature; of the sensor it needs both', async () => {
    const one = await world.as(
      'alice',
      'mute',
      '--collection',
      'terminals',
      '--for',
      '4h',
      '--reason',
      'depot',
      '--yes',
    );
    expect(one.stdout).toMatch(/wakes nobody: all changes of terminals[\s\S]*In force: mute\./);
    const two = await world.as(
      'bob',
      'mute',
      '--kind',
      'sensor',
      '--for',
      '30m',
      '--reason',
      'upgrade',
      '--yes',
    );
    expect(two.stdout).toMatch(
      /is signed by bob and waits\.\n {2}alice must run: tillwarden mute prague-1 --sign mute\./,
    );
    const id = /--sign (mute\.[0-9a-f]{16})/.exec(two.stdout)?.[1] ?? '';
    expect((await world.as('alice', 'mute', '--yes')).stderr).toMatch(/^error CLI_USAGE: --yes needs --sign/);
    const signed = await world.as('alice', 'mute', '--sign', id, '--yes');
    expect(signed.stdout).toContain(`In force: ${id}, signed by alice, bob.`);
    expect((await world.as('alice', 'mute', '--list')).stdout).toMatch(
      /muted: all changes of database objects/,
    );
  });

  test.each([
    [['--collection', 'terminals', '--reason', 'x'], /CLI_USAGE: a mute needs its end/],
    [['--collection', 'terminals', '--for', '1h'], /CLI_USAGE: a mute needs .*--reason/],
    [
      ['--kind', 'terminal', '--collection', 'terminals', '--for', '1h', '--reason', 'x'],
      /CLI_USAGE: give --kind, or/,
    ],
    [['--kind', 'terminals', '--for', '1h', '--reason', 'x', '--yes'], /CLI_USAGE: there is no such kind/],
    [
      ['--collection', 'terminals', '--record', 'name=x', '--for', '1h', '--reason', 'x', '--yes'],
      /--record id=…/,
    ],
    [
      [
        ...['--collection', 'sensor_cas', '--record', 'object=routine', '--record', 'identity=a.b'],
        ...['--for', '1h', '--reason', 'x', '--yes'],
      ],
      /CLI_USAGE: this would cover nothing, ever: .*no such sort of object/,
    ],
    [['--collection', 'nothing', '--for', '1h', '--reason', 'x', '--yes'], /BASELINE_EXCUSE_SCOPE/],
  ])('without what it needs is refused: %j', async (args, message) => {
    const before = await listed();
    const run = await world.as('alice', 'mute', ...args);
    expect(run.exit).not.toBe(0);
    expect(run.stderr).toMatch(message);
    expect(await listed()).toEqual(before);
  });

  test('of a record that is not signed says so', async () => {
    const run = await world.as(
      'alice',
      ...[
        'mute',
        '--collection',
        'terminals',
        '--record',
        'id=99999',
        '--for',
        '1h',
        '--reason',
        'x',
        '--yes',
      ],
    );
    expect(run.stderr).toContain('notice: no signed record has this key');
    const id = /mute\.[0-9a-f]{16}/.exec(run.stdout)?.[0] ?? '';
    await world.as('alice', 'mute', '--withdraw', id);
  });

  test('that somebody put there by hand without the signatures is refused', async () => {
    const suppressions = join(world.directory, 'site/baselines.d/prague-1/excuses');
    const pending = await world.as(
      'alice',
      'mute',
      '--kind',
      'admin',
      '--for',
      '1h',
      '--reason',
      'x',
      '--yes',
    );
    const id = /(mute\.[0-9a-f]{16}) is signed by alice and waits/.exec(pending.stdout)?.[1] ?? '';
    await mkdir(suppressions, { recursive: true });
    for (const name of await readdir(join(suppressions, 'pending'))) {
      await writeFile(join(suppressions, name), await readFile(join(suppressions, 'pending', name)));
    }
    const run = await world.as('alice', 'verify');
    expect(run.exit).toBe(12);
    expect(run.stdout).toMatch(new RegExp(`REFUSED {2}BASELINE_TOO_FEW_SIGNERS in ${id}\\.json`));
  });
});

describe('an excuse that waits', () => {
  const pending = () => join(world.directory, 'site/baselines.d/prague-1/excuses/pending');
  const names = async () => (await readdir(pending())).sort();
  const waits = async (reason: string) => {
    const run = await world.as(
      ...(['alice', 'mute', '--kind', 'admin', '--for', '1h', '--reason', reason, '--yes'] as const),
    );
    return /(mute\.[0-9a-f]{16}) is signed by alice and waits/.exec(run.stdout)?.[1] ?? 'none';
  };

  test('and whose two signatures were made on two machines is in force as soon as the command runs where they meet', async () => {
    for (const person of ['alice', 'bob']) {
      const id = await waits(`two machines, then ${person}`);
      const [ofAlice, elsewhere] = [join(pending(), `${id}.alice.sig`), join(world.directory, 'alice.sig')];
      await rename(ofAlice, elsewhere);
      const bob = await world.as('bob', 'mute', '--sign', id, '--yes');
      expect(bob.stdout).toContain(`${id} is signed by bob and waits.`);
      await rename(elsewhere, ofAlice);

      // Nobody is asked: nothing is left to sign.
      const again = await world.as(person, 'mute', '--sign', id);
      expect(again).toMatchObject({ exit: 0 });
      expect(again.stdout).toContain(`In force: ${id}, signed by alice, bob.`);
      expect((await names()).filter((file) => file.startsWith(id))).toEqual([]);
      expect(await listed()).toContainEqual(
        expect.objectContaining({ id, state: 'in-force', signers: ['alice', 'bob'] }),
      );
      await world.as('alice', 'mute', '--withdraw', id);
    }
  });

  test.each<[string, (file: string) => unknown, string]>([
    ['a symbolic link', (file) => symlink(join(world.directory, 'precious'), file), 'BASELINE_FILE_SYMLINK'],
    ['a FIFO', (file) => execFileSync('mkfifo', [file]), 'BASELINE_FILE_NOT_REGULAR'],
    ['an empty directory', (file) => mkdir(file), 'BASELINE_FILE_NOT_REGULAR'],
    ['100 MB', (file) => writeFile(file, '').then(() => truncate(file, 1e8)), 'BASELINE_TOO_LARGE'],
    ['deeply nested JSON', (file) => writeFile(file, '['.repeat(100_000)), 'BASELINE_EXCUSE_NAME'],
    ['what was cut off', (file) => writeFile(file, '{"format":'), 'BASELINE_EXCUSE_NAME'],
  ])(
    'and is %s is refused with its name and the command that removes it, which reads nothing',
    async (_what, make, code) => {
      const id = 'mute.0123456789abcdef';
      await writeFile(join(world.directory, 'precious'), 'precious');
      await mkdir(pending(), { recursive: true });
      await make(join(pending(), `${id}.json`));
      const before = await names();
      const rid = `tillwarden mute prague-1 --withdraw ${id}`;

      const signing = await world.as('alice', 'mute', '--sign', id, '--yes');
      expect(signing.exit).toBe(12);
      expect(signing.stderr).toMatch(
        new RegExp(`error ${code}: pending/${id}\\.json: .* To be rid of it: ${rid}\n`),
      );
      const verified = await world.as('alice', 'verify');
      expect(verified.stdout).toMatch(
        new RegExp(`REFUSED {2}${code} in ${id}\\.json: .* To be rid of it: ${rid}\n`),
      );
      expect(await names()).toEqual(before);

      const [, ...words] = rid.split(' ');
      const run = await world.as('alice', ...words);
      expect(run).toMatchObject({ exit: 0, stderr: '' });
      expect(run.stdout).toBe(`${id} waits for signatures no more.\n`);
      expect(await names()).toEqual(before.filter((one) => !one.startsWith(id)));
      expect(await readFile(join(world.directory, 'precious'), 'utf8')).toBe('precious');
    },
  );

  test('takes no signature where something else lies in its place, and nothing changes', async () => {
    const id = await waits('in the way');
    for (const folder of [pending(), join(pending(), '..')]) {
      const inTheWay = join(folder, `${id}.bob.sig`);
      await mkdir(inTheWay);
      const before = await names();
      const run = await world.as('bob', 'mute', '--sign', id, '--yes');
      expect(run.exit).toBe(12);
      expect(run.stderr).toMatch(
        /error BASELINE_FILE_NOT_REGULAR: .*mute\.[0-9a-f]{16}\.bob\.sig: It is a directory/,
      );
      expect(await names()).toEqual(before);
      expect((await lstat(inTheWay)).isDirectory()).toBe(true);
      await rm(inTheWay, { recursive: true });
    }
    expect((await world.as('bob', 'mute', '--sign', id, '--yes')).stdout).toContain(`In force: ${id}`);
  });
});
