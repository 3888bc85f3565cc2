import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CliWorld, createCliWorld, writeSecret } from './run-cli.js';

/** What brings up a code of docs/errors.md that no other transcript does, as a person would. */
let world: CliWorld;
/** Somebody else's: nobody may listen where it does. */
let other: Server;
let port: number;

beforeAll(async () => {
  world = await createCliWorld(['alice']);
  other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  ({ port } = other.address() as AddressInfo);
  const site = join(world.directory, 'site');
  const made = await world.as(
    'alice',
    ...['init', '--key', world.publicKey('alice'), '--name', 'alice', '--directory', site],
  );
  expect(made.stderr).toBe('');
  await writeSecret(join(site, 'secrets/url'), 'mysql://tillwarden:x@127.0.0.1:1/cas');
  await writeSecret(join(site, 'secrets/token'), 'xoxb-0000-0000');
  const [root] = /sha256:[0-9a-f]{64}/.exec(await readFile(join(site, 'tillwarden.yaml'), 'utf8')) ?? [];
  await writeFile(
    join(site, 'tillwarden.yaml'),
    `sites:
  - name: prague-1
    sources:
      - kind: mysql
        name: cas
        url_file: secrets/url
        collections:
          - { name: terminals, kind: terminal, table: cas.terminal, key: [id], columns: [name] }
stateDirectory: state
http: { port: ${port} }
baselines: { directory: baselines.d }
trust: { directory: trust, root: ${root} }
notifiers:
  - { kind: slack, name: ops, token_file: secrets/token, channel: C0123ABCD }
`,
    { mode: 0o600 },
  );
  await mkdir(join(world.directory, 'demo'));
  await writeFile(join(world.directory, 'demo/tillwarden.yaml'), '');
});
afterAll(async () => {
  other.close();
  await world.close();
});

test.each<[code: string, way: RegExp, exit: number, args: () => readonly string[]]>([
  ['CONFIG_HTTP', /set http\.port|another|free/, 78, () => ['run']],
  [
    'CLI_PORT_TAKEN',
    /end it, or what else has this port/,
    78,
    () => ['console', '--beside-daemon', '--port', `${port}`],
  ],
  ['CLI_UNKNOWN_SOURCE', /name one of cas with --source/, 64, () => ['sql', '--source', 'nothing']],
  ['CLI_NO_CHANGE_LOG', /leave --change-log out/, 64, () => ['sql', '--change-log']],
  ['DEMO_DIRECTORY_USED', /remove it, or name another folder/, 64, () => ['demo', '--directory', 'demo']],
  [
    'DEMO_SCENARIO',
    /give --database postgres, or leave it out/,
    78,
    () => ['demo', '--scenario', 'lamassu', '--database', 'mysql'],
  ],
  ['DEMO_NOT_RUNNING', /start it in another terminal/, 78, () => ['demo', 'ack']],
])('%s is told with the way on', async (code, way, exit, args) => {
  const run = await world.as('alice', ...args());
  expect(run.stderr).toMatch(new RegExp(`^error ${code}: `, 'm'));
  expect(run.stderr).toMatch(way);
  expect(run.exit).toBe(exit);
});
