import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  NAMESPACES,
  parsePublicKeyFile,
  ROOT_FORMAT,
  sha256Hex,
  signWithKey,
  type TrustRoot,
  trustRootBytes,
} from '../../baselines/index.js';
import { loadApproverConfig } from '../../daemon/config/approver.js';
import type { WireApprovals } from '../../daemon/http/approvals-wire.js';
import { DIVERTED, inOrder } from '../support/alert-words.js';
import { selfSignedCertificate } from '../support/certificate.js';
import { type LyingServer, startLyingServer } from '../support/lying-server.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';
import { type CliRun, type CliWorld, createCliWorld, MAIN, writeSecret } from './run-cli.js';

const PEOPLE = ['alice', 'bob', 'reader'];
let world: CliWorld;
/** Not the shared one: its sensor would tell of the roles that other test files make. */
let postgres: OwnPostgres;
let database: TestDatabase;
let watched: WatchedSite;
let daemon: ChildProcess;
let liar: LyingServer;
let agent: { readonly socket: string; readonly pid: number };
let root: TrustRoot;
const certificate = selfSignedCertificate();
const logged: string[] = [];

/** Each person has a machine of their own: a home with a key, an approver.yaml, and nothing of the daemon's. */
beforeAll(async () => {
  const socketOf = (person: string) => (person === 'bob' ? { SSH_AUTH_SOCK: agent?.socket } : {});
  [world, postgres] = await Promise.all([
    createCliWorld(PEOPLE, (person) => ({ TILLWARDEN_CONFIG: undefined, ...socketOf(person) })),
    startOwnPostgres(),
  ]);
  database = await postgres.createDatabase();
  watched = await prepareWatchedSite(database, { timing: '  filesIntervalMs: 500' });
  await useOwnTrustRoot();
  await moveKeyIntoAgent('bob');
  const url = await startDaemonWithApi();
  liar = await startLyingServer(url, certificate.cert);
});

afterAll(async () => {
  daemon?.kill('SIGKILL');
  if (agent) process.kill(agent.pid);
  await liar?.close();
  await watched?.close();
  await world?.close();
  await database?.drop();
  await postgres?.close();
});

afterEach(() => {
  liar.lie = null;
});

/** Everything needs both, a terminal only one. */
async function useOwnTrustRoot(): Promise<void> {
  const people = await Promise.all(
    ['alice', 'bob'].map(async (name) => ({
      name,
      roles: ['owner'],
      keys: [parsePublicKeyFile(await readFile(world.publicKey(name), 'utf8')).line],
    })),
  );
  root = {
    format: ROOT_FORMAT,
    version: 1,
    parent: null,
    created: new Date().toISOString(),
    expires: new Date(Date.now() + 86_400_000).toISOString(),
    people,
    rules: [
      {
        kinds: ['root', 'admin', 'permission', 'contact', 'wallet-route', 'sensor'],
        threshold: 2,
        roles: ['owner'],
      },
      { kinds: ['terminal'], threshold: 1, roles: ['owner'] },
    ],
    heads: [],
  };
  await writeFile(join(watched.directory, 'trust', 'root.000001.json'), trustRootBytes(root));
}

const pin = () => `sha256:${sha256Hex(trustRootBytes(root))}`;

/** Only the agent has the private key then. */
async function moveKeyIntoAgent(person: string): Promise<void> {
  const socket = join(world.directory, 'agent');
  const { stdout } = await promisify(execFile)('ssh-agent', ['-a', socket, '-s']);
  agent = { socket, pid: Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)?.[1]) };
  const key = world.publicKey(person).slice(0, -'.pub'.length);
  await promisify(execFile)('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  await rm(key);
}

/** Gives everybody a token and a file with what their machine must know, and starts the real program. Resolves with the API's URL. */
async function startDaemonWithApi(): Promise<string> {
  const people: string[] = [];
  const tokens = new Map<string, string>();
  for (const person of PEOPLE) {
    const made = await world.as(person, 'token', person);
    tokens.set(person, made.stdout.trim());
    const scopes = person === 'reader' ? '[read]' : '[read, acknowledge, submit]';
    people.push(
      made.stderr.slice(made.stderr.indexOf('    - name')).replace('[read, acknowledge, submit]', scopes),
    );
  }
  const { configFile } = watched.site;
  const config = await readFile(configFile, 'utf8');
  await writeFile(join(watched.directory, 'api.pem'), certificate.cert);
  await writeSecret(join(watched.directory, 'api.key'), certificate.key.trim());
  await writeFile(
    configFile,
    `${config.replace(/root: "sha256:[0-9a-f]+"/, `root: "${pin()}"`)}
api:
  port: 0
  tls: { certificateFile: ./api.pem, key_file: ./api.key }
  people:
${people.join('')}`,
  );
  daemon = spawn(process.execPath, [MAIN, 'run', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  daemon.stdout?.setEncoding('utf8').on('data', (lines: string) => logged.push(lines));
  const url = await waitFor(() => /"api":"(https:[^"]+)"/.exec(logged.join(''))?.[1], {
    what: 'the API to be served',
  });
  for (const person of PEOPLE) {
    await writeApprover(person, url.replace('127.0.0.1', 'localhost'), tokens.get(person) ?? '');
  }
  return url.replace('127.0.0.1', 'localhost');
}

async function writeApprover(person: string, server: string, token: string): Promise<void> {
  const folder = join(world.home(person), '.config', 'tillwarden');
  await mkdir(folder, { recursive: true });
  await writeSecret(join(folder, 'token'), token);
  await writeFile(join(folder, 'ca.pem'), certificate.cert);
  await writeFile(
    join(folder, 'approver.yaml'),
    `server: ${server}\ntoken_file: ./token\ncaFile: ./ca.pem\ntrustRoot: "${pin()}"\n`,
  );
}

const site = () => join(watched.directory, 'baselines.d', 'prague-1');
const installed = async () => (await readdir(site())).filter((file) => /^\d{6}\.json$/.test(file)).length;
const files = async () => (await readdir(site(), { recursive: true })).sort();

/** Until the daemon has read what the test wrote. */
async function drifted(records: number): Promise<void> {
  await waitFor(
    async () => {
      const run = await world.as('reader', 'approve', '--only', '', '--key', world.publicKey('alice'));
      return run.stdout.includes(`prague-1: ${records} difference`);
    },
    { what: `${records} differences at the daemon` },
  );
}

describe('two approvers on two machines, without a database or a file of the daemon', () => {
  test('the first signs the first baseline, the second co-signs it with a key in an agent, and all are told', async () => {
    await waitFor(
      async () =>
        (
          await world.as('reader', 'approve', '--only', 'x', '--key', world.publicKey('alice'))
        ).stdout.includes('250 records'),
      {
        what: 'the daemon to have read everything',
      },
    );
    const first = await world.typing('alice', ['y'], 'approve');
    expect(first).toMatchObject({ exit: 0 });
    expect(first.stdout).toContain('First baseline of prague-1');
    expect(first.stdout).toContain('bob must run: tillwarden approve prague-1');
    const status = await world.as('operator', 'status', '--config', watched.site.configFile);
    expect(status.stdout).toContain('WAITS  baseline 1 for signatures, signed by alice');
    expect(status.stdout).toContain('bob must run: tillwarden approve prague-1');
    await watched.told('baseline 1 is proposed, signed by alice, and waits for others');

    const second = await world.typing('bob', ['y'], 'approve', 'prague-1');
    expect(second.stdout).toContain('Pending: baseline 1 of prague-1');
    expect(second.stdout).toContain('Installed: baseline 1 of prague-1, signed by alice, bob.');
    await watched.told('baseline 1 is in force, signed by alice and bob');
    expect(await files()).not.toContain('pending');
  });

  test('nothing is to be approved then', async () => {
    const run = await world.as('alice', 'approve', '--only', 'all');
    expect(run).toMatchObject({ exit: 0, stdout: 'Nothing to approve: prague-1 is as baseline 1 says.\n' });
  });

  test('one change takes two keystrokes', async () => {
    await database.query(
      `insert into terminal (serial_number, name, type) values ('BT1', 'new', 'BATMThree')`,
    );
    await drifted(1);
    const run = await world.typing('alice', ['a', 'y'], 'approve');
    expect(run.stdout).toContain('Installed: baseline 2 of prague-1, signed by alice.');
    expect(run.exit).toBe(0);
  });

  test('a feed of one’s own machine labels what is shown there, and one that cannot be read stops', async () => {
    const folder = join(world.home('alice'), '.config', 'tillwarden');
    const file = join(folder, 'approver.yaml');
    const before = await readFile(file, 'utf8');
    await writeFile(file, `${before}indicators:\n  feeds: [{ name: neighbours, file: ./feed.yaml }]\n`);
    await writeFile(
      join(folder, 'feed.yaml'),
      'format: tillwarden indicators 1\nincidents:\n  - { name: next-door, indicators: [{ kind: serial, value: FEED1 }] }\n',
    );
    await database.query(
      `insert into terminal (serial_number, name, type) values ('FEED1', 'new', 'BATMThree')`,
    );
    await drifted(1);
    const shown = await world.typing('alice', ['q'], 'approve');
    expect(shown.stdout).toMatch(/[Kk]nown from next-door/);
    expect((await world.typing('reader', ['q'], 'approve')).stdout).not.toContain('next-door');
    await rm(join(folder, 'feed.yaml'));
    expect((await world.as('alice', 'approve', '--only', 'all')).stderr).toContain('CONFIG_FEED');
    await writeFile(file, before);
    await database.query(`delete from terminal where serial_number = 'FEED1'`);
  });

  test('what is right is signed, what is not is marked as hostile in the incident and told', async () => {
    await database.query(
      `update crypto_setting set sell_wallet_address = E'bc1q\\u202ethief' where crypto_currency = 'BTC'`,
    );
    await database.query(
      `insert into terminal (serial_number, name, type) values ('BT2', 'new', 'BATMThree')`,
    );
    await drifted(2);
    const run = await world.typing('alice', ['r', 'a', 'y'], 'approve');
    expect(run.stdout).toMatch(inOrder('1/2', /[\s\S]*/, `CRITICAL  ${DIVERTED}`));
    expect(run.stdout).toContain('“bc1q\\u{202E}thief”');
    expect(run.stdout).not.toContain('\u202e');
    expect(run.stdout).toContain('Installed: baseline 3 of prague-1, signed by alice.');
    const incident = /1 change rejected, marked as hostile in incident ([0-9a-f]+)/.exec(run.stdout)?.[1];

    const told = await watched.told('alice calls 1 change of incident');
    expect(told.text).toContain(`of incident ${incident} hostile`);
    const shown = await world.as('operator', 'show', incident ?? '', '--config', watched.site.configFile);
    expect(shown.stdout).toMatch(inOrder(DIVERTED, /[\s\S]*/, 'called hostile by alice'));
  });

  test('a record that later baselines left alone is still in force, by its history', async () => {
    const { configFile } = watched.site;
    const run = await world.as(
      'operator',
      'history',
      'prague-1/terminals',
      '--key',
      '1',
      '--config',
      configFile,
    );
    expect(run.stdout).toMatch(/signed: 1 version\n\n {2}baseline 1 {2}from .* UTC\) {2}still in force/);
  });

  test('a command that needs the configuration says where it is to be run', async () => {
    const run = await world.as('alice', 'evidence', '7f3a');
    expect(run.exit).toBe(78);
    expect(run.stderr).toMatch(/^error CLI_ELSEWHERE: there is no .*: run this on the machine of the daemon/);
    const nobody = await world.as('operator', 'approve', '--server', liar.url);
    expect(nobody.exit).toBe(78);
    expect(nobody.stderr).toMatch(/^error CLI_NOT_SET_UP: there is no .*approver\.yaml/);
  });

  test('what one called hostile is shown so to the next, whom neither "A" nor "all" lets pass it', async () => {
    const before = await files();
    const run = await world.typing('bob', ['A'], 'approve');
    expect(run.stdout).toMatch(inOrder(DIVERTED, /[\s\S]*/, 'called hostile by alice 20'));
    expect(run.stdout).toContain('what somebody called hostile needs its own a');
    expect(run).toMatchObject({ exit: 10 });
    const all = await world.as('bob', 'approve', '--only', 'all');
    expect(all.stdout).toMatch(
      /left {6}[0-9a-f]+ {2}wallet_routes: record modified, called hostile by alice/,
    );
    expect(all).toMatchObject({ exit: 10 });
    expect(await files()).toEqual(before);
  });

  test('one who rejects everything signs nothing', async () => {
    const before = await files();
    const run = await world.typing('bob', ['r'], 'approve');
    expect(run.exit).toBe(10);
    expect(run.stdout).toContain('Nothing was signed.');
    expect(run.stdout).toMatch(/1 change rejected, marked as hostile in incident/);
    expect(await files()).toEqual(before);
  });
});

describe('a proposal that waits', () => {
  test('is shown as the difference from what this machine verified, and can be withdrawn by either', async () => {
    const [id] = await changeIds();
    const proposed = await world.as('alice', 'approve', '--only', id ?? '', '--reason', 'ticket 7');
    expect(proposed.stdout).toContain('Baseline 4 of prague-1 is signed by alice and waits.');
    const again = await world.as('alice', 'approve', '--only', 'all');
    expect(again.stdout).toContain('alice has signed it already');
    const looked = await world.typing('bob', ['n'], 'approve');
    expect(looked.stdout).toContain('reason “ticket 7”');
    expect(looked.stdout).toContain('Not signed; the proposal still waits');
    const withdrawn = await world.as('bob', 'approve', '--withdraw');
    expect(withdrawn).toMatchObject({ exit: 0, stdout: 'The pending proposal of prague-1 is withdrawn.\n' });
    await watched.told('the proposal of baseline 4 was withdrawn by bob');
    expect(await files()).not.toContain('pending');
  });

  test('is cleared away and told when it is put back after another baseline has overtaken it', async () => {
    const [id] = await changeIds();
    await world.as('alice', 'approve', '--only', id ?? '', '--reason', 'too late');
    const pending = join(site(), 'pending');
    const aside = join(world.directory, 'aside');
    await rename(pending, aside);
    await world.as('alice', 'approve', '--renew', '--only', '', '--reason', 'overtakes');
    await world.as('bob', 'approve', '--only', 'all');
    expect(await installed()).toBe(4);
    // At once: of a copy that goes on while it is cleared away some is left.
    await rename(aside, pending);
    // Whether it was missed meanwhile hangs on when the daemon looked at its files.
    await Promise.any(
      [
        'was cleared away: another baseline is in force than the one it starts from',
        'was put back although it was withdrawn, and is cleared away',
      ].map((how) => watched.told(`the proposal of baseline 4 ${how}`)),
    );
    expect(await files()).not.toContain('pending');
  });
});

/** Ids of the changes that can be signed now. */
async function changeIds(): Promise<string[]> {
  const run = await world.as('alice', 'approve', '--only', '');
  return [...run.stdout.matchAll(/left {6}([0-9a-f]{32})/g)].map((match) => match[1] ?? '');
}

describe('a server that lies', () => {
  const ask = (person: string, ...args: string[]): Promise<CliRun> =>
    world.as(person, 'approve', 'prague-1', '--server', liar.url, ...args);
  const approvals =
    (change: (approvals: WireApprovals) => void) =>
    (path: string, answer: Buffer): Buffer => {
      if (!path.endsWith('/approvals')) return answer;
      const value = JSON.parse(answer.toString('utf8')) as WireApprovals;
      change(value);
      return Buffer.from(JSON.stringify(value));
    };
  const refusedWith = async (code: string, ...args: string[]) => {
    const before = await files();
    const run = await ask('alice', ...(args.length > 0 ? args : ['--only', 'all']));
    expect(run.exit).toBe(12);
    expect(run.stderr).toMatch(new RegExp(`^error ${code}: `, 'm'));
    expect(await files()).toEqual(before);
    return run;
  };

  test('is passed through unharmed while it tells the truth', async () => {
    const run = await ask('alice', '--only', '');
    expect(run.stdout).toContain('prague-1: 1 difference from baseline 4');
  });

  test('gives an older head: a rollback', async () => {
    liar.lie = approvals(({ chain }) => chain.pop());
    const run = await refusedWith('CLI_ROLLED_BACK');
    expect(run.stderr).toContain('you have seen version 4 of prague-1 here, and the newest is 3');
  });

  test('forges a parent', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    liar.lie = approvals(({ chain }) => chain.push(forged(chain.at(-1), 5, privateKey)));
    expect((await refusedWith('CLI_CHAIN_BROKEN')).stderr).toContain('BASELINE_UNSIGNED in 000005.json');
  });

  test('changes a signed statement by one letter', async () => {
    liar.lie = approvals(({ chain }) => {
      const [first] = chain;
      if (first) first.base64 = Buffer.from(textOf(first).replace('first', 'First')).toString('base64');
    });
    expect((await refusedWith('CLI_CHAIN_BROKEN')).stderr).toContain('BASELINE_UNSIGNED in 000001.json');
  });

  test('brings a trust root of its own', async () => {
    liar.lie = approvals((value) => {
      const own = trustRootBytes({ ...root, rules: [{ kinds: ['root'], threshold: 1, roles: ['owner'] }] });
      value.roots = [
        { file: 'root.000001.json', base64: Buffer.from(own).toString('base64'), signatures: [] },
      ];
    });
    await refusedWith('BASELINE_TRUST_PIN');
  });

  test('swaps the signed records', async () => {
    liar.lie = (path, answer) =>
      path.includes('/records/') ? Buffer.from(answer.toString('utf8').replace('BT1', 'BT9')) : answer;
    await refusedWith('CLI_SERVER_UNTRUE');
  });

  test('keeps the signed records back', async () => {
    liar.lie = approvals((value) => {
      value.records = [];
    });
    expect((await refusedWith('CLI_CHAIN_BROKEN')).stderr).toContain('BASELINE_RECORDS_MISSING');
  });

  test.each([
    ['in another spelling', '{"key":["1"],"fields":{}}\n'],
    ['that hold what is no value', '{"fields":{"name":7},"key":["1"]}\n'],
  ])('shows observed records %s', async (_, line) => {
    let real = '';
    liar.lie = (path, answer) => {
      if (path.endsWith('/observed')) {
        const value = JSON.parse(answer.toString('utf8'));
        const routes = value.collections.find((one: { definition: { name: string } }) => {
          return one.definition.name === 'wallet_routes';
        });
        real = routes.reading.recordsDigest;
        return Buffer.from(JSON.stringify(value).replace(real, sha256Hex(line)));
      }
      return answer;
    };
    liar.rename = (path) => path.replace(sha256Hex(line), real);
    const lie = liar.lie;
    liar.lie = (path, answer) => (path.includes(sha256Hex(line)) ? Buffer.from(line) : lie(path, answer));
    expect((await refusedWith('CLI_SERVER_UNTRUE')).stderr).toContain('not in canonical form');
  });

  test('answers with something else altogether, hostile text included', async () => {
    liar.lie = () => Buffer.from('{"sites":["\u001b[31m"]}');
    await refusedWith('CLI_SERVER_UNTRUE');
  });
});

describe('docs/approving.md', () => {
  const page = readFileSync(new URL('../../docs/approving.md', import.meta.url), 'utf8');
  const blocks = (language: string) =>
    [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
      ([, text = '']) => text,
    );

  test('has an approver.yaml that is one', async () => {
    const [text = ''] = blocks('yaml');
    const folder = join(world.directory, 'of the page');
    await mkdir(folder);
    await writeSecret(join(folder, 'token'), 'till_0123456789abcdef');
    await writeFile(join(folder, 'ca.pem'), certificate.cert);
    await writeFile(join(folder, 'approver.yaml'), text);
    const { server, token } = loadApproverConfig(join(folder, 'approver.yaml'));
    expect(server).toBe('https://tillwarden.example.net:9772');
    expect(token).toBe('till_0123456789abcdef');
  });

  test('has commands that do what it says', async () => {
    const [id = ''] = await changeIds();
    // Answering for an incident has a transcript of its own: test/cli/ack.test.ts.
    const commands = blocks('sh')
      .flatMap((block) => block.trim().split('\n'))
      .filter((command) => !command.startsWith('tillwarden ack '));
    expect(commands).toHaveLength(5);
    const outputs: string[] = [];
    for (const command of commands) {
      // Words in quotes are one argument.
      const args = [...command.replace('3f9a12c0', id).matchAll(/"([^"]*)"|(\S+)/g)]
        .map(([, quoted, plain]) => quoted ?? plain ?? '')
        .slice(1);
      const asks = args[0] === 'approve' && args.length === 2;
      const run = asks ? await world.typing('alice', ['q'], ...args) : await world.as('alice', ...args);
      expect([command, run.stderr, run.exit]).toEqual([command, expect.any(String), asks ? 10 : 0]);
      outputs.push(run.stdout);
      // By its id: alice called this one hostile before, so that "all" leaves it.
      const only = args[args.indexOf('--only') + 1] ?? '';
      if (args.includes('--only')) await world.as('bob', 'approve', '--only', only);
    }
    expect(outputs[1]).toBe('No proposal was pending.\n');
    expect(outputs[2]).toContain('bob must run: tillwarden approve prague-1');
    expect(outputs[3]).toContain('is signed by alice and waits');
  });
});

describe('who is refused', () => {
  test('a token that nobody has', async () => {
    const file = join(world.home('reader'), 'other.yaml');
    await writeSecret(join(world.home('reader'), 'other'), 'till_nobody_has_this_token');
    const own = join(world.home('reader'), '.config/tillwarden');
    const text = await readFile(join(own, 'approver.yaml'), 'utf8');
    await writeFile(file, text.replace('./token', './other').replace('./ca.pem', join(own, 'ca.pem')));
    const run = await world.as('reader', 'approve', '--only', 'all', '--config', file);
    expect(run.exit).toBe(12);
    expect(run.stderr).toMatch(/^error CLI_SERVER_REFUSED: the server refuses \(API_TOKEN_REFUSED\)/);
  });

  test('a reader who submits', async () => {
    const before = await files();
    const key = join(world.home('alice'), '.ssh/id_ed25519');
    const run = await world.as('reader', 'approve', '--renew', '--only', '', '--key', key);
    expect(run.exit).toBe(12);
    expect(run.stderr).toContain('(API_SCOPE_MISSING): the token of reader does not allow submit');
    expect(await files()).toEqual(before);
  });

  test('a server whose certificate is by somebody else', async () => {
    const own = join(world.home('reader'), '.config/tillwarden');
    await writeFile(join(own, 'ca.pem'), selfSignedCertificate().cert);
    const run = await world.as('reader', 'approve', '--only', 'all');
    expect(run.exit).toBe(78);
    expect(run.stderr).toMatch(
      /^error CLI_SERVER_UNREACHABLE: https:\/\/localhost:\d+ does not answer \([A-Z_]+\)/,
    );
  });
});

test('no token was printed after it was made, or logged', async () => {
  const token = (await readFile(join(world.home('alice'), '.config/tillwarden/token'), 'utf8')).trim();
  expect(world.printed().split(token)).toHaveLength(2);
  expect(logged.join('')).not.toContain(token);
});

test('the daemon ends by itself when it is told to', async () => {
  const exited = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

type WireDocument = WireApprovals['chain'][number];

const textOf = ({ base64 }: WireDocument): string => Buffer.from(base64, 'base64').toString('utf8');

/** A well-formed next step, signed by somebody whose key nobody trusts. */
function forged(parent: WireDocument | undefined, version: number, privateKey: KeyObject): WireDocument {
  if (parent === undefined) throw new Error('there is a parent');
  const file = `${String(version).padStart(6, '0')}.json`;
  const bytes = Buffer.from(
    textOf(parent)
      .replace(/"parent":"[0-9a-f]+"/, `"parent":"${sha256Hex(Buffer.from(parent.base64, 'base64'))}"`)
      .replace(/"version":\d+/, `"version":${version}`),
  );
  const text = signWithKey({ privateKey, namespace: NAMESPACES.baseline, message: bytes });
  return {
    file,
    base64: bytes.toString('base64'),
    signatures: [{ file: file.replace('.json', '.mallory.sig'), text }],
  };
}
