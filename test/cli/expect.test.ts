import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DIVERTED, inOrder } from '../support/alert-words.js';
import type { TestDatabase } from '../support/postgres.js';
import type { CliRun, CliWorld } from './run-cli.js';
import { listedExcuses, openSignedSite, type SignedSite } from './signed-site.js';

let site: SignedSite;
let world: CliWorld;
let database: TestDatabase;

beforeAll(async () => {
  site = await openSignedSite();
  ({ world, database } = site);
});
afterAll(() => site.close());

async function file(name: string, text: string): Promise<string> {
  const path = join(world.directory, name);
  await writeFile(path, text);
  return path;
}

const expectFile = async (person: string, name: string, text: string, ...more: string[]): Promise<CliRun> =>
  world.as(person, 'expect', '--file', await file(name, text), '--reason', 'ticket 4711', '--yes', ...more);

const listed = (command: 'expect' | 'mute') => listedExcuses(world, command);

const ROUTE = '- collection: wallet_routes\n  changes: { id: 1, sell_wallet_address: bc1qnew }\n';

describe('docs/expected-changes.md', () => {
  test('shows files and commands that work as they stand', async () => {
    const text = await readFile(new URL('../../docs/expected-changes.md', import.meta.url), 'utf8');
    const files = [...text.matchAll(/`([a-z-]+\.(?:yaml|csv))`:\n\n```(?:yaml|csv)\n([\s\S]*?)```/g)];
    expect(files.map(([, name]) => name)).toEqual(['new-terminals.yaml', 'rollout.csv']);
    for (const [, name = '', content = ''] of files) await file(name, content);
    const commands = [...text.matchAll(/^```sh\n([\s\S]*?)```$/gm)].flatMap(([, block = '']) =>
      block.trim().split('\n'),
    );
    expect(commands.length).toBeGreaterThan(6);
    for (const command of commands) {
      const [, ...words] = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain ?? '',
      );
      const run = await world.typing('alice', ['y'], ...words);
      // No daemon runs here, so what is there now is unknown to status.
      const exit = words[0] === 'status' ? 11 : 0;
      expect({ command, exit: run.exit, printed: run.stdout }).toMatchObject({ exit });
      if (words.includes('--reason')) expect(run.stdout).toContain('In force: ');
    }
    expect((await listed('expect')).map(({ changes }) => changes?.length).sort()).toEqual([2, 3]);
    expect(await listed('mute')).toHaveLength(2);
    for (const { id } of await listed('expect')) await world.as('bob', 'expect', '--withdraw', id);
    for (const { id } of await listed('mute')) await world.as('bob', 'mute', '--withdraw', id);
    expect(await listed('expect')).toEqual([]);
  });
});

describe('an expectation that needs two people', () => {
  test('shows what it will excuse and asks; the second person sees the same and puts it into force', async () => {
    const path = await file('route.yaml', ROUTE);
    const first = await world.typing('alice', ['y'], 'expect', '--file', path, '--reason', 'ticket 4711');
    expect(first.stdout).toMatch(
      inOrder('expects exactly 1 change', /[\s\S]*/, `CRITICAL  ${DIVERTED}`, /[\s\S]*/, '+ “bc1qnew”'),
    );
    expect(first.stdout).toMatch(
      /alice signs it\? y · no n \? y[\s\S]*bob must run: tillwarden expect prague-1 --sign expectation\./,
    );
    expect(first.exit).toBe(0);
    expect(await listed('expect')).toMatchObject([{ state: 'pending', signers: ['alice'] }]);
    expect((await world.as('alice', 'status')).stdout).toMatch(
      /expected: 1 change of wallet_routes {2}WAITS for signatures/,
    );

    expect((await world.as('alice', 'expect')).stdout).toContain('alice has signed it already.');
    const second = await world.typing('bob', ['y'], 'expect');
    expect(second.stdout).toMatch(
      /\+ “bc1qnew”[\s\S]*In force: expectation\.[0-9a-f]{16}, signed by alice, bob\./,
    );
    expect(await listed('expect')).toMatchObject([{ state: 'in-force', signers: ['alice', 'bob'] }]);
    expect(await readdir(join(world.directory, 'site/baselines.d/prague-1/excuses/pending'))).toEqual([]);
  });

  test('leaves check at drifted when it happens, and verify and status name it', async () => {
    await database.query("update crypto_setting set sell_wallet_address = 'bc1qnew' where id = 1");
    expect((await world.as('alice', 'check')).exit).toBe(10);
    const verified = await world.as('alice', 'verify');
    expect(verified.exit).toBe(0);
    expect(verified.stdout).toMatch(
      /expectation\.\S+ {2}expected: 1 change of wallet_routes {2}to happen between .* UTC and .* UTC, in a baseline by .* UTC {2}by alice, bob {2}“ticket 4711”/,
    );
    expect((await world.as('alice', 'status')).stdout).toContain('by alice, bob');
  });

  test('is refused by verify when a byte of it was changed, and by name', async () => {
    const directory = join(world.directory, 'site/baselines.d/prague-1/excuses');
    const name = (await readdir(directory)).find((one) => one.endsWith('.json')) ?? '';
    const text = await readFile(join(directory, name), 'utf8');
    await writeFile(join(directory, name), text.replace('bc1qnew', 'bc1qbad'));
    const run = await world.as('alice', 'verify');
    await writeFile(join(directory, name), text);
    expect(run.exit).toBe(12);
    expect(run.stdout).toMatch(/REFUSED {2}BASELINE_EXCUSE_NAME in expectation\./);
  });

  test('is withdrawn by its id', async () => {
    const [one] = await listed('expect');
    const run = await world.as('alice', 'expect', '--withdraw', one?.id ?? '');
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toContain('never counts again');
    expect((await world.as('alice', 'expect', '--list')).stdout).toBe('Nothing is expected.\n');
    const again = await world.as('alice', 'expect', '--withdraw', one?.id ?? '');
    expect(again.exit).toBe(64);
    expect(again.stderr).toMatch(/^error CLI_UNKNOWN_EXCUSE: /);
  });
});

test('code is announced by its sort and schema, shown before it is signed, and marked when it is there', async () => {
  const announce = [
    'expect',
    '--object',
    'function',
    '--schema',
    'public',
    '--hours',
    '4',
    '--reason',
    '8.7',
  ];
  const first = await world.typing('alice', ['y'], ...announce);
  expect(first.stdout).toMatch(
    inOrder(
      'expects any change of objects by their sort',
      /[\s\S]*/,
      'any function of schema “public” in sensor_cas',
      /[\s\S]*/,
      'bob must run: tillwarden expect prague-1 --sign expectation.',
    ),
  );
  expect(first.stderr).toBe('');
  expect((await world.typing('bob', ['y'], 'expect')).stdout).toContain('signed by alice, bob.');
  expect((await world.as('alice', 'expect', '--list')).stdout).toMatch(
    /expected: any function of schema “public” in sensor_cas {2}to happen between /,
  );
  await database.query(`create function label_of() returns text language sql as 'select now()::text'`);
  await database.query(`create function pay_to() returns text language sql as 'select 1 -- wallet'`);
  const check = await world.as('alice', 'check');
  expect(check.exit).toBe(10);
  const [labelled = '', paying = ''] = ['public.label_of()', 'public.pay_to()'].map(
    (name) => check.stdout.split('\n\n').find((part) => part.includes(name)) ?? '',
  );
  expect(labelled).toMatch(/expected: by alice, bob \(expectation\./);
  expect(paying).toContain('-- wallet');
  expect(paying).not.toContain('expected: by');
  await database.query('drop function label_of(), pay_to()');
  const other = await world.typing('alice', ['n'], ...announce.with(4, 'reprots'));
  expect(other.stdout).toMatch(/baseline 1 has nothing of schema “reprots”; there is .*“public”/);
  for (const { id } of await listed('expect')) await world.as('bob', 'expect', '--withdraw', id);
});

test('a new user is announced with a password that nobody can know yet, and is covered when it is there', async () => {
  const text = `- collection: admin_users
  appears: { id: 99, login: new, password_hash: set, person_id: 1, group_id: 1, enabled: 't', two_factor: 't' }
`;
  const first = await expectFile('alice', 'user.yaml', text);
  expect(first.stdout).toContain('password_hash\n');
  expect(first.stdout).toContain('(secret; set, value unknown)');
  const id = /(expectation\.[0-9a-f]{16})/.exec(first.stdout)?.[1] ?? '';
  expect((await world.as('bob', 'expect', '--sign', id, '--yes')).stdout).toContain('In force');
  await database.query(`insert into cas_user (id, login, password_hash, person_id, group_id, enabled, two_factor)
    values (99, 'new', 'argon2-of-a-new-secret', 1, 1, true, true)`);
  const { sites } = JSON.parse((await world.as('alice', 'check', '--json')).stdout);
  const users = sites[0].collections.find((one: { collection: string }) => one.collection === 'admin_users');
  expect(users.changes).toMatchObject([{ type: 'added', suppressed: { what: 'expected', id } }]);
  await database.query(`update cas_user set enabled = false where id = 99`);
  const [other] = JSON.parse((await world.as('alice', 'check', '--json')).stdout).sites[0].collections.filter(
    (one: { collection: string }) => one.collection === 'admin_users',
  );
  expect(other.changes[0].suppressed).toBeUndefined();
  await database.query('delete from cas_user where id = 99');
  await world.as('alice', 'expect', '--withdraw', id);
});

describe('what cannot be expected exactly is refused, and nothing is written', () => {
  const entry = (collection: string, rest: string) => `- collection: ${collection}\n  ${rest}\n`;
  test.each([
    ['a secret', entry('wallet_routes', 'changes: { id: 1, api_key: abc }'), /api_key is secret/],
    [
      'a truth value',
      entry('terminals', 'changes: { id: 1, locked: true }'),
      /entry 1, locked: a truth value/,
    ],
    ['a new record in part', entry('terminals', 'appears: { serial_number: BT1 }'), /also needed: active/],
    [
      'a record that is there',
      entry(
        'terminals',
        "appears: { id: 1, serial_number: a, name: b, type: c, active: 't', locked: f, deleted: f, location_id: null, organisation_id: null }",
      ),
      /holds this record already/,
    ],
    [
      'a user without the password that every user has',
      entry(
        'admin_users',
        "appears: { id: 99, login: new, person_id: 1, group_id: 1, enabled: 't', two_factor: 't' }",
      ),
      /password_hash is secret and none, and every signed record has it; say "set"/,
    ],
    [
      'another value of a secret that is signed',
      entry('admin_users', 'changes: { id: 1, password_hash: set }'),
      /password_hash is secret: only its fingerprint is compared/,
    ],
    ['one that is not', entry('terminals', 'vanishes: { id: 999999 }'), /holds no record with this key/],
    ['no change', entry('terminals', 'changes: { id: 1 }'), /changes nothing/],
    [
      'an unknown column',
      entry('terminals', 'changes: { id: 1, lokced: t }'),
      /lokced is not among the columns/,
    ],
    [
      'an unknown collection',
      entry('terminalz', 'vanishes: { id: 1 }'),
      /no such collection; there is admin_users/,
    ],
    ['half a key', entry('permissions', 'vanishes: { user_id: 1 }'), /needed is user_id, permission/],
    [
      'a new object of a sort that the sensor has not',
      entry('sensor_cas', 'appears: { object: routine, identity: a.b, definition: null, owner: null }'),
      /nothing will ever be as it says: .*no such sort of object/,
    ],
    [
      'two verbs',
      '- collection: terminals\n  vanishes: { id: 1 }\n  changes: { id: 1, locked: t }\n',
      /and nothing else/,
    ],
    ['an alias', `- &a { collection: terminals, vanishes: { id: 1 } }\n- *a\n`, /an alias/],
    ['what is no list', 'collection: terminals\n', /a list of entries/],
    ['what is no YAML', '- {', /is not YAML or JSON/],
  ])('%s', async (_what, text, message) => {
    const run = await expectFile('alice', 'bad.yaml', text);
    expect(run.stderr).toMatch(/^error CLI_EXPECTATION: /);
    expect(run.stderr).toMatch(message);
    expect(run.exit).toBe(64);
    expect(await listed('expect')).toEqual([]);
  });

  test.each([
    [
      'a role',
      ['--object', 'role', '--schema', 'public'],
      /what says who may do what is never expected by its sort/,
    ],
    [
      'what is no sort',
      ['--object', 'column', '--schema', 'public'],
      /“column”: there is no such sort; there is constraint, /,
    ],
    ['a sort of no schema', ['--object', 'function'], /--object needs --schema/],
    ['a schema of no sort', ['--schema', 'public'], /--schema needs --object/],
    [
      'a sort for two days',
      ['--object', 'function', '--schema', 'public', '--hours', '48'],
      /with --object at most 24/,
    ],
    [
      'a sort and a file',
      ['--object', 'function', '--schema', 'public', '--file', 'x.yaml'],
      /give --file, or --object/,
    ],
  ])('by its sort: %s', async (_what, options, message) => {
    const run = await world.as('alice', 'expect', ...options, '--reason', 'x', '--yes');
    expect(run.stderr).toMatch(/^error CLI_USAGE: /);
    expect(run.stderr).toMatch(message);
    expect(run.exit).toBe(64);
  });

  test('by its sort where nothing says what hangs on nothing watched', async () => {
    const run = await world.as(
      ...(['alice', 'expect', '--object', 'function', '--schema', 'public', '--reason', 'x'] as const),
      ...(['--collection', 'terminals', '--yes'] as const),
    );
    expect(run.stderr).toMatch(/^error CLI_EXPECTATION: terminals: found no sensor that says/);
  });

  test('one record said twice', async () => {
    const run = await expectFile(
      'alice',
      'twice.yaml',
      `${entry('terminals', 'vanishes: { id: 1 }')}${entry('terminals', "changes: { id: 1, locked: 't' }")}`,
    );
    expect(run.stderr).toMatch(/^error BASELINE_FORMAT: /);
    expect(run.exit).toBe(12);
  });

  test('by somebody whose key counts for nothing, by nobody, or without a reason', async () => {
    expect((await expectFile('eve', 'route.yaml', ROUTE)).stderr).toMatch(/^error CLI_NO_KEY: /);
    const path = await file('route.yaml', ROUTE);
    const unasked = await world.as('alice', 'expect', '--file', path, '--reason', 'x');
    expect(unasked.stderr).toMatch(/^error CLI_NOT_INTERACTIVE: /);
    expect((await world.as('alice', 'expect', '--file', path)).stderr).toMatch(
      /^error CLI_USAGE: .*--reason/,
    );
    expect((await world.typing('alice', ['n'], 'expect', '--file', path, '--reason', 'x')).stdout).toContain(
      'Not signed.',
    );
    expect(await listed('expect')).toEqual([]);
  });
});
