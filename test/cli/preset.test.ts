import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../daemon/config/load.js';
import { PRESETS } from '../../daemon/presets/index.js';
import { type CliWorld, createCliWorld } from './run-cli.js';

let world: CliWorld;
beforeAll(async () => {
  world = await createCliWorld(['alice']);
});
afterAll(() => world.close());

test('the list names every preset with its version', async () => {
  const run = await world.as('alice', 'preset', 'list');
  expect(run).toMatchObject({ exit: 0, stderr: '' });
  for (const { name, version } of PRESETS.values()) expect(run.stdout).toContain(`${name}@${version}  `);
});

test.each([...PRESETS.keys()])(
  'what init writes for %s is a configuration, and what show prints is in it',
  async (name) => {
    const folder = join(world.directory, `of-${name}`);
    const key = world.publicKey('alice');
    const init = await world.as(
      'alice',
      'init',
      '--key',
      key,
      '--name',
      'alice',
      '--preset',
      name,
      '--directory',
      folder,
    );
    expect(init).toMatchObject({ exit: 0, stderr: '' });
    const file = join(folder, 'tillwarden.yaml');
    const collections = loadConfig(file, 'none').sites[0]?.sources[0]?.collections ?? [];
    expect(collections.length).toBeGreaterThan(4);
    for (const { preset } of collections) expect(preset).toMatch(new RegExp(`^${name}@[0-9]+$`));
    const shown = await world.as('alice', 'preset', 'show', name);
    expect(shown).toMatchObject({ exit: 0, stderr: '' });
    const written = readFileSync(file, 'utf8').replace(/^ +/gm, '');
    for (const line of shown.stdout.split('\n').filter((one) => !one.startsWith('#'))) {
      expect(written).toContain(line.trim());
    }
  },
);

test('a preset that is not there is refused, and nothing is written', async () => {
  const run = await world.as(
    'alice',
    'init',
    '--key',
    world.publicKey('alice'),
    '--name',
    'alice',
    '--preset',
    'nothing',
    '--directory',
    join(world.directory, 'x'),
  );
  expect(run).toMatchObject({ exit: 64 });
  expect(run.stderr).toContain(
    'there is no preset of that name; needed is one of lamassu, lamassu-host, cas-reference',
  );
});

test('what init says next after a preset of files is about files', async () => {
  const folder = join(world.directory, 'host-only');
  const key = world.publicKey('alice');
  const init = await world.as(
    'alice',
    'init',
    '--key',
    key,
    '--name',
    'alice',
    '--preset',
    'cas-host',
    '--directory',
    folder,
  );
  expect(init.stdout).toContain('tillwarden files-setup');
  expect(init.stdout).not.toContain('psql');
  const setup = await world.as('alice', 'files-setup', '--config', join(folder, 'tillwarden.yaml'));
  expect(setup).toMatchObject({ exit: 0, stderr: '' });
  expect(setup.stdout).toContain("'/batm/app/admin/standalone/deployments'");
  const same = await world.as(
    'alice',
    'preset',
    'diff',
    'cas-host',
    '--config',
    join(folder, 'tillwarden.yaml'),
  );
  expect(same).toMatchObject({ exit: 0, stdout: expect.stringContaining('watches the same') });
});

test('diff says what a version watches more and less than another, and than a configuration', async () => {
  const between = await world.as('alice', 'preset', 'diff', 'lamassu', '--from', 'lamassu@2');
  expect(between).toMatchObject({ exit: 10, stderr: '' });
  expect(between.stdout.trim().split('\n')).toEqual([
    '~ hardware_credentials: columns +data',
    '~ hardware_credentials: derive +drop data counter',
    '~ terminals: columns +number_of_cassettes +number_of_recyclers',
  ]);
  const file = join(world.directory, 'of-lamassu', 'tillwarden.yaml');
  const same = await world.as('alice', 'preset', 'diff', 'lamassu', '--config', file);
  expect(same).toMatchObject({ exit: 0, stdout: expect.stringContaining('watches the same') });
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('columns: [name, paired, display,', 'columns: [name, model, display,'));
  const other = await world.as('alice', 'preset', 'diff', 'lamassu', '--config', file);
  expect(other.stdout.trim()).toBe('~ terminals: columns +paired -model');
  writeFileSync(
    file,
    text.replaceAll('_zeroConfLimit", field: zero_conf_limit', '_zcl", field: zero_conf_limit'),
  );
  const rules = await world.as('alice', 'preset', 'diff', 'lamassu', '--config', file);
  const [own, theirs] = ['zeroConfLimit', 'zcl'].map((name) => `config/wallets_{coin:A-Z0-9_}_${name}`);
  expect(rules.stdout.trim().split('\n')).toEqual([
    `~ wallet_routes: derive +${own} to zero_conf_limit -${theirs} to zero_conf_limit`,
    `~ settings: derive +except ${own} -except ${theirs}`,
  ]);
  writeFileSync(file, text.replaceAll('preset: lamassu@', 'preset: lamassu@9'));
  const ahead = await world.as('alice', 'preset', 'diff', 'lamassu', '--config', file);
  expect(ahead).toMatchObject({
    exit: 64,
    stdout: '',
    stderr: expect.stringContaining(
      'was taken from lamassu@93, and the newest that this tillwarden knows is lamassu@3',
    ),
  });
  writeFileSync(file, text);
  const newer = await world.as('alice', 'preset', 'diff', 'lamassu@99', '--config', file);
  expect(newer).toMatchObject({
    exit: 64,
    stderr: expect.stringContaining('a newer one needs a newer tillwarden'),
  });
});
