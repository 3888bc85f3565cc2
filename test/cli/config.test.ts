import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CliWorld, createCliWorld } from './run-cli.js';

let world: CliWorld;
let file: string;
beforeAll(async () => {
  world = await createCliWorld(['alice']);
  const directory = join(world.directory, 'site');
  const run = await world.as(
    'alice',
    ...['init', '--key', world.publicKey('alice'), '--name', 'alice', '--directory', directory],
  );
  expect(run.exit).toBe(0);
  file = join(directory, 'tillwarden.yaml');
});
afterAll(() => world.close());

describe('init', () => {
  const begin = (directory: string) =>
    world.as('alice', 'init', '--key', world.publicKey('alice'), '--name', 'alice', '--directory', directory);

  test('keeps git from changing line ends of what people sign', async () => {
    expect(await readFile(join(world.directory, 'site', '.gitattributes'), 'utf8')).toContain('\n* -text\n');
  });

  test('that was interrupted can be run again, and one that ended cannot', async () => {
    const directory = join(world.directory, 'interrupted');
    expect((await begin(directory)).exit).toBe(0);
    expect((await begin(directory)).stderr).toMatch(/^error CLI_FILE_EXISTS: /);
    // As a power failure leaves it: the configuration comes last.
    await rm(join(directory, 'tillwarden.yaml'));
    expect((await begin(directory)).stderr).toMatch(/^error CLI_FILE_EXISTS: /);
    await writeFile(join(directory, '.tillwarden-init-begun'), '');
    expect((await begin(directory)).exit).toBe(0);
    expect((await readdir(directory)).sort()).toEqual([
      '.gitattributes',
      'baselines.d',
      'secrets',
      'tillwarden.yaml',
      'trust',
    ]);
  });
});

describe('on a machine without any secret', () => {
  beforeAll(() => rm(join(world.directory, 'site/secrets'), { recursive: true }));

  test.each([
    [['sql'], 0],
    [['verify'], 0],
    [['status'], 11],
    [['show', '7f3a'], 78],
  ])('%j works, since it reads none', async (args, exit) => {
    const run = await world.as('alice', ...args);
    expect(run.stderr).not.toContain('CONFIG_');
    expect(run.exit).toBe(exit);
  });

  test.each([[['snapshot']], [['check']], [['approve']], [['run']], [['notify', 'test']]])(
    '%j says which are missing',
    async (args) => {
      const run = await world.as('alice', ...args);
      expect(run).toMatchObject({ exit: 78, stdout: '' });
      expect(run.stderr).toMatch(
        /^error CONFIG_INVALID: \S.*tillwarden\.yaml:\d+:\d+: sites\[0\]\.sources\[0\]\.url_file: found “\.\/secrets\/cas_url”, which cannot be opened \(ENOENT\); needed a file/,
      );
      expect(run.stderr).toContain('fingerprintKey_file: found');
      expect(run.stderr).not.toMatch(/^\s+at /m);
    },
  );
});

test('a configuration with several mistakes is refused with all of them, one on each line', async () => {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('timeZone: UTC', 'timezone: UTC'));
  await appendFile(file, 'colour: blue\n');
  const run = await world.as('alice', 'verify');
  expect(run).toMatchObject({ exit: 78, stdout: '' });
  const lines = run.stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /timezone: found a name that means nothing here; needed timeZone, if that was meant$/,
  );
  expect(lines[1]).toMatch(/^ {2}\S.*tillwarden\.yaml:\d+:1: colour: found a name that means nothing here/);
});

test('no configuration at all says how to get one', async () => {
  const run = await world.as('alice', 'check', '--config', join(world.directory, 'nowhere.yaml'));
  expect(run).toMatchObject({ exit: 78, stdout: '' });
  expect(run.stderr).toMatch(
    /^error CONFIG_UNREADABLE: .*nowhere\.yaml: found no such file; needed .*tillwarden init/,
  );
});
