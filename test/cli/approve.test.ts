import { execFile } from 'node:child_process';
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DIVERTED, inOrder } from '../support/alert-words.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { type CliWorld, createCliWorld, writeSecret } from './run-cli.js';

let world: CliWorld;
/** Not the shared one: its sensor would tell of the roles that other test files make. */
let postgres: OwnPostgres;
let database: TestDatabase;
let role: string;

beforeAll(async () => {
  [world, postgres] = await Promise.all([createCliWorld(['alice', 'bob', 'eve']), startOwnPostgres()]);
  database = await postgres.createDatabase();
  role = await database.createRole('tillwarden');
});

afterAll(async () => {
  await world.close();
  await database.drop();
  await postgres.close();
});

/** Ids of the changes that `check` prints. */
async function changes(): Promise<{ id: string; collection: string }[]> {
  const { stdout } = await world.as('alice', 'check', '--json');
  const { sites } = JSON.parse(stdout) as {
    sites: { collections: { collection: string; changes?: { fingerprint: string }[] }[] }[];
  };
  return (sites[0]?.collections ?? []).flatMap(({ collection, changes = [] }) =>
    changes.map(({ fingerprint }) => ({ id: fingerprint, collection })),
  );
}

describe('from an empty folder to a signed change, in this order', () => {
  test('init writes a folder that only lacks the database URL, and says what to do next', async () => {
    const run = await world.as(
      'alice',
      'init',
      ...['--key', world.publicKey('alice'), '--name', 'alice', '--key', world.publicKey('bob')],
      ...['--name', 'bob', '--directory', join(world.directory, 'site'), '--site', 'prague-1'],
    );
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toContain('tillwarden sql');
    expect((await stat(join(world.directory, 'site/secrets/fingerprint_key'))).mode & 0o777).toBe(0o600);
  });

  test('what init says to run next can be pasted, whatever the folder is called', async () => {
    const folder = join(world.directory, "it's $(touch x)");
    const run = await world.as(
      'alice',
      ...['init', '--key', world.publicKey('alice'), '--name', 'alice', '--directory', folder],
    );
    const [, word] = /tillwarden doctor --config (.+)/.exec(run.stdout) ?? [];
    const { stdout } = await promisify(execFile)('sh', ['-c', `printf %s ${word}`]);
    expect(stdout).toMatch(/it's \$\(touch x\)\/tillwarden\.yaml$/);
  });

  test('init never overwrites', async () => {
    const before = await readFile(join(world.directory, 'site/tillwarden.yaml'), 'utf8');
    const run = await world.as(
      'alice',
      'init',
      ...['--key', world.publicKey('eve'), '--name', 'eve', '--directory', join(world.directory, 'site')],
    );
    expect(run.exit).toBe(64);
    expect(run.stderr).toMatch(/^error CLI_FILE_EXISTS: /);
    expect(await readFile(join(world.directory, 'site/tillwarden.yaml'), 'utf8')).toBe(before);
  });

  test('where nothing can be read, nothing can be approved, not even an empty baseline', async () => {
    await writeSecret(join(world.directory, 'site/secrets/cas_url'), 'postgres://nobody:x@127.0.0.1:1/cas');
    expect((await world.as('alice', 'check')).exit).toBe(11);
    const run = await world.as('alice', 'approve', '--only', 'all');
    expect(run.exit).toBe(11);
    expect(run.stdout).toBe('Nothing could be read, so nothing can be approved.\n');
  });

  test('what sql prints lets the database be read', async () => {
    const printed = await world.as('alice', 'sql', '--role', role);
    expect(printed).toMatchObject({ exit: 0, stderr: '' });
    await database.query(printed.stdout);
    await writeSecret(join(world.directory, 'site/secrets/cas_url'), database.urlAs(role));

    const run = await world.as('alice', 'snapshot');
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toMatch(
      /^ {2}terminals +terminal +250 records {2}sha256:[0-9a-f]{16}… {2}public\.terminal$/m,
    );
    expect(run.stdout).toMatch(/^ {2}sensor_cas +sensor +[0-9,]+ records/m);
  });

  test('before anybody has signed, everything is unknown', async () => {
    const run = await world.as('alice', 'check');
    expect(run.exit).toBe(11);
    expect(run.stdout).toContain('no baseline yet');
    expect(run.stdout).toMatch(/UNKNOWN {2}admin_users {2}nobody has signed it yet/);
  });

  test('the first of two signatures leaves a pending proposal, the second installs it', async () => {
    const first = await world.typing('alice', ['y'], 'approve');
    expect(first.exit).toBe(0);
    expect(first.stdout).toContain('First baseline of');
    expect(first.stdout).toMatch(/Looked at .*\d+ administrators/);
    expect(first.stdout).toMatch(
      / {2}wallet routes whose address stands in another route too \(looked at \d+\)/,
    );
    expect(first.stdout).toMatch(/wallet_routes .*\s+source cas; key id; columns .*; secret /);
    expect(first.stdout).toContain('signed by alice and waits');
    expect((await world.as('alice', 'check')).exit).toBe(11);

    const again = await world.as('alice', 'approve', '--only', 'all');
    expect(again.stdout).toContain('alice has signed it already');

    const second = await world.as('bob', 'approve', '--only', 'all');
    expect(second.stdout).toContain('Installed: baseline 1 of prague-1, signed by alice, bob.');
    expect((await world.as('bob', 'check')).exit).toBe(0);
  });

  test('nothing is to be approved then, but it can be renewed, and a proposal can be withdrawn', async () => {
    const nothing = await world.as('alice', 'approve', '--only', 'all');
    expect(nothing).toMatchObject({
      exit: 0,
      stdout: 'Nothing to approve: prague-1 is as baseline 1 says.\n',
    });
    const renewed = await world.as('alice', 'approve', '--renew', '--days', '30', '--only', 'all');
    expect(renewed.stdout).toContain('Baseline 2 of prague-1 is signed by alice and waits.');
    const withdrawn = await world.as('bob', 'approve', '--withdraw');
    expect(withdrawn).toMatchObject({ exit: 0, stdout: 'The pending proposal of prague-1 is withdrawn.\n' });
    expect((await world.as('alice', 'verify')).stdout).toContain('baseline 1');
  });

  test('what could not be read is never said to be as signed', async () => {
    const config = join(world.directory, 'site/tillwarden.yaml');
    const url = join(world.directory, 'site/secrets/cas_url');
    const before = await readFile(config, 'utf8');
    await writeSecret(url, 'postgres://nobody:x@127.0.0.1:1/cas');
    const all = await world.as('alice', 'approve', '--only', 'all');
    await writeSecret(url, database.urlAs(role));
    expect(all).toMatchObject({ exit: 11, stdout: 'Nothing could be read, so nothing can be approved.\n' });

    await writeFile(config, before.replace(/^( *)hints: notify.*$/m, '$&\n$1maxRecords: 100'));
    const some = await world.as('alice', 'approve', '--only', 'all');
    await writeFile(config, before);
    expect(some).toMatchObject({
      exit: 11,
      stdout:
        'Nothing to approve: what could be read of prague-1 is as baseline 1 says; the rest is unknown.\n',
    });
  });

  test('what changed since is drift, told with both values, and sets the exit code', async () => {
    await database.query(
      `update crypto_setting set sell_wallet_address = 'bc1qthief' where crypto_currency = 'BTC'`,
    );
    await database.query(
      `insert into terminal (serial_number, name, type) values ('BT4711', E'Tab\u0007 \u202eeman', 'BATMThree')`,
    );
    const run = await world.as('alice', 'check');
    expect(run.exit).toBe(10);
    expect(run.stdout).toMatch(/DRIFTED {2}wallet_routes {2}1 record not as signed/);
    expect(run.stdout).toContain(`CRITICAL  ${DIVERTED}`);
    expect(run.stdout).toMatch(/\+ “bc1qthief”/);
    expect(run.stdout).toContain('“Tab\\u{7} \\u{202E}eman”');
    expect(run.stdout).not.toMatch(/[\u0007\u001b\u202e]/);
  });

  test('one change is approved with two keystrokes, alone, by one person where one is enough', async () => {
    const run = await world.typing('alice', ['s', 'a', 'y'], 'approve', 'prague-1');
    expect(run.stdout).toMatch(inOrder('1/2', /[\s\S]*/, DIVERTED, /[\s\S]*/, '2/2', /[\s\S]*new terminal/));
    expect(run.stdout).toContain('Installed');
    expect(run.exit).toBe(0);
    const left = await changes();
    expect(left.map(({ collection }) => collection)).toEqual(['wallet_routes']);
  });

  test('a critical change needs the second person, who sees it, and sees where the database moved on', async () => {
    const [change] = await changes();
    const short = change?.id.slice(0, 8) ?? '';
    const unasked = await world.as('bob', 'approve', '--only', short);
    expect(unasked.stderr).toMatch(/^error CLI_NOT_INTERACTIVE: .*give them whole/m);
    const asked = await world.typing('bob', ['n'], 'approve', '--only', short);
    expect(asked.stdout).toMatch(inOrder(/\+ .*bc1qthief/, /[\s\S]*/, 'Nothing was signed.'));
    const first = await world.as('bob', 'approve', '--only', change?.id ?? '', '--reason', 'ticket 12');
    expect(first.stdout).toContain('alice must run: tillwarden approve prague-1');
    await database.query(
      `update crypto_setting set sell_wallet_address = 'bc1qagain' where crypto_currency = 'BTC'`,
    );

    const second = await world.typing('alice', ['y'], 'approve');
    expect(second.stdout).toMatch(/reason .*“ticket 12”/);
    expect(second.stdout).toMatch(/“bc1qthief”/);
    expect(second.stdout).toMatch(
      /holds something else by now.*: 1 difference from this proposal, 1 of them/,
    );
    expect(second.stdout).toContain('baseline 3 of prague-1, signed by alice, bob');
    expect((await world.as('alice', 'check')).exit).toBe(10);
  });

  test('verify needs neither a database nor a secret: it prints the chain and who signed what', async () => {
    const secrets = join(world.directory, 'site/secrets');
    await rename(secrets, `${secrets} away`);
    const run = await world.as('alice', 'verify');
    await rename(`${secrets} away`, secrets);
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toMatch(/ 1 {2}sha256:[0-9a-f]{16}… {2}signed by alice, bob$/m);
    expect(run.stdout).toMatch(/ 2 {2}sha256:[0-9a-f]{16}… {2}signed by alice$/m);
    expect(run.stdout).toMatch(/ 3 {2}sha256:[0-9a-f]{16}… {2}signed by alice, bob$/m);
  });
});

describe('what approve refuses', () => {
  test('somebody whose key is not in the trust root', async () => {
    const run = await world.as('eve', 'approve', '--only', 'all');
    expect(run.exit).toBe(12);
    expect(run.stderr).toMatch(/^error CLI_NO_KEY: .*alice or bob/);
  });

  test('to decide for nobody: without a terminal it must be told what to sign', async () => {
    const run = await world.as('alice', 'approve');
    expect(run.exit).toBe(64);
    expect(run.stderr).toMatch(/^error CLI_NOT_INTERACTIVE: /);
  });

  test('an id that is no change', async () => {
    const run = await world.as('alice', 'approve', '--only', 'ffffffffffff');
    expect(run.exit).toBe(64);
    expect(run.stderr).toMatch(/^error CLI_UNKNOWN_CHANGE: entry 1/);
  });

  test('to sign on top of an older state than this person has seen', async () => {
    const site = join(world.directory, 'site/baselines.d/prague-1');
    const hidden = join(world.directory, 'hidden');
    await mkdir(hidden);
    const newest = (await readdir(site)).filter((file) => file.startsWith('000003.'));
    for (const file of newest) await rename(join(site, file), join(hidden, file));
    const run = await world.as('alice', 'approve', '--only', 'all');
    for (const file of newest) await rename(join(hidden, file), join(site, file));
    expect(run.exit).toBe(12);
    expect(run.stderr).toMatch(
      /^error CLI_ROLLED_BACK: you have seen version 3 of prague-1 here, and the newest is 2/,
    );
  });

  test('to sign beside a file that does not count, which verify names', async () => {
    const file = join(world.directory, 'site/baselines.d/prague-1/000004.json');
    await copyFile(join(world.directory, 'site/baselines.d/prague-1/000003.json'), file);
    const verified = await world.as('alice', 'verify', '--json');
    const run = await world.as('alice', 'approve', '--only', 'all');
    await rm(file);
    expect(verified.exit).toBe(12);
    expect(verified.stdout).toContain('"code": "BASELINE_UNSIGNED"');
    expect(run.exit).toBe(12);
    expect(run.stderr).toMatch(/^error CLI_CHAIN_BROKEN: [\s\S]*BASELINE_UNSIGNED in 000004\.json/);
  });

  test.each([
    [
      'trust',
      'verify',
      /^error BASELINE_FILE_UNREADABLE: .*\/trust: The directory cannot be read \(ENOTDIR\)/,
    ],
    ['baselines.d/prague-1', 'check', /BASELINE_FILE_UNREADABLE: The directory cannot be read \(ENOTDIR\)/],
  ])('to take %s, which cannot be read, for one where nothing lies', async (folder, command, said) => {
    const directory = join(world.directory, 'site', folder);
    await rename(directory, `${directory}.away`);
    await writeFile(directory, '');
    const run = await world.as('alice', command);
    await rm(directory);
    await rename(`${directory}.away`, directory);
    expect(run.stderr).toMatch(said);
    expect(`${run.stdout}${run.stderr}`).not.toMatch(/there is none|no baseline yet/);
  });

  test.each<[string, (file: string) => unknown, string]>([
    ['a symbolic link', (file) => symlink(`${file}.away`, file), 'BASELINE_FILE_SYMLINK'],
    ['a FIFO', (file) => promisify(execFile)('mkfifo', [file]), 'BASELINE_FILE_NOT_REGULAR'],
    ['100 MB', (file) => writeFile(file, '').then(() => truncate(file, 1e8)), 'BASELINE_TOO_LARGE'],
  ])('a pinned trust root that is %s, and says so', async (_what, make, code) => {
    const file = join(world.directory, 'site/trust/root.000001.json');
    await rename(file, `${file}.away`);
    await make(file);
    const runs = [];
    for (const args of [['verify'], ['trust', 'show'], ['approve', '--only', 'all'], ['mute']]) {
      runs.push(await world.as('alice', ...args));
    }
    await rm(file);
    await rename(`${file}.away`, file);
    for (const run of runs) {
      expect(run.exit).toBe(12);
      expect(run.stderr).toMatch(new RegExp(`^error ${code}: .*root\\.000001\\.json: It `));
      expect(run.stderr).not.toContain('there is none');
    }
  });

  test('two records with one key, whoever asks', async () => {
    await database.querySuperuser('alter table terminal drop constraint terminal_pkey cascade');
    await database.query(
      `insert into terminal (id, serial_number, name, type) values (1, 'BT-LOOKALIKE', 'x', 'y')`,
    );
    const lookalike = (await changes()).find(({ collection }) => collection === 'terminals');
    const run = await world.as('alice', 'approve', '--only', lookalike?.id ?? '');
    await database.query(`delete from terminal where serial_number = 'BT-LOOKALIKE'`);
    expect(run.exit).toBe(12);
    expect(run.stderr).toMatch(/^error CLI_NOT_ACCEPTABLE: /);
  });
});

describe('a definition that changed', () => {
  const config = () => join(world.directory, 'site/tillwarden.yaml');

  test('is never covered by all, hides no changed record, and is signed by its own id', async () => {
    const text = await readFile(config(), 'utf8');
    await writeFile(
      config(),
      text.replace('[first_name, last_name, email, phone]', '[first_name, last_name, email]'),
    );
    await database.query(`update person set email = 'thief@example.org' where id = 2`);
    expect((await world.as('alice', 'check')).stdout).toMatch(/UNKNOWN {2}persons .*not the signed one/);

    const all = await world.as('alice', 'approve', '--only', 'all');
    const id = /left +([0-9a-f]{32}) {2}definition of persons/.exec(all.stdout)?.[1];
    await world.as('alice', 'approve', '--withdraw');
    const run = await world.typing('alice', ['e', 'q'], 'approve');
    expect(run.exit).toBe(10);
    expect(run.stdout).toContain(
      'persons is read in another way (columns); 1 record changed in what both read',
    );
    expect(run.stdout).toContain('“thief@example.org”');

    const signed = await world.as('alice', 'approve', '--only', id ?? '');
    expect(signed.stdout).toContain('bob must run: tillwarden approve');
    const other = await world.as('bob', 'approve', '--only', id ?? '');
    expect(other.stdout).toContain('Installed');
    expect((await world.as('alice', 'check')).stdout).toMatch(/same +persons/);
  });
});

describe('a rule by which whoever made a change does not count for it', () => {
  const both = async (...args: string[]) => {
    const first = await world.as('alice', ...args);
    const second = await world.as('bob', ...args);
    expect([first.exit, second.exit]).toEqual([0, 0]);
    return second.stdout;
  };

  test('is written by commands and signed by both', async () => {
    await world.as('alice', 'trust', 'add', 'alice', '--account', 'application:alice-at-work');
    const people = ['--threshold', '1', '--role', 'operator'];
    const run = await world.as(
      'alice',
      'trust',
      'rule',
      '--collection',
      'terminals',
      ...people,
      '--not-author',
    );
    const draft = /^draft.* sha256:([0-9a-f]{64})$/m.exec(run.stdout)?.[1] ?? '';
    expect(await both('trust', 'sign', '--accept', draft)).toContain('Installed: trust root 2');
  });

  test('makes the author ask another, who is enough', async () => {
    const config = join(world.directory, 'site/tillwarden.yaml');
    const text = await readFile(config, 'utf8');
    // Any column can say who it was; the reference tables have none of their own.
    await writeFile(
      config,
      text.replace(/(columns: \[serial_number, .*\])/, '$1\n            author: [name]'),
    );
    const { stdout } = await world.as('alice', 'approve', '--only', '');
    const id = /left +([0-9a-f]{32}) {2}definition of terminals/.exec(stdout)?.[1] ?? '';
    await both('approve', '--only', id);

    await database.query(`update terminal set name = 'alice-at-work' where id = 1`);
    const change = (await changes()).find(({ collection }) => collection === 'terminals')?.id ?? '';
    const own = await world.as('alice', 'approve', '--only', change);
    expect(own.stdout).toContain(
      'by the records, alice changed terminals and does not count for it\n  then bob must sign: terminals',
    );
    expect(own.stdout).toContain('is signed by alice and waits');
    const other = await world.as('bob', 'approve', '--only', change);
    expect(other.stdout).toContain('signed by alice, bob.');

    await database.query(`update terminal set name = 'bob' where id = 1`);
    const by = (await changes()).find(({ collection }) => collection === 'terminals')?.id ?? '';
    const alone = await world.as('alice', 'approve', '--only', by);
    expect(alone.stdout).toMatch(/Installed: baseline \d+ of prague-1, signed by alice\./);
  });
});

test('no run printed the password of the database', async () => {
  const password = new URL(database.urlAs(role)).password;
  expect(world.printed().length).toBeGreaterThan(10_000);
  expect(world.printed()).not.toContain(password);
});
