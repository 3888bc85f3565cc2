import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { sha256Hex } from '../../baselines/index.js';
import { loadConfig } from '../../daemon/config/load.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { breakBetween } from '../../daemon/store/journal/chain.js';
import type { JournalEntry, OutboxStatus } from '../../daemon/store/store.js';
import type { Alert } from '../../notifiers/index.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';
import { type CliRun, type CliWorld, createCliWorld, MAIN } from './run-cli.js';

let world: CliWorld;
/** Not the shared one: its sensor would tell of the roles that other test files make. */
let postgres: OwnPostgres;
let database: TestDatabase;
let watched: WatchedSite;
let daemon: ChildProcess | null = null;
let incident: string;
let beforeTheft: string;

const HOSTILE = "E'\\u001b[31m<b>red\\u202e'";
const at = (...names: string[]) => join(watched.directory, ...names);

beforeAll(async () => {
  [world, postgres] = await Promise.all([createCliWorld([]), startOwnPostgres()]);
  database = await postgres.createDatabase();
  watched = await prepareWatchedSite(database);
  await approveSite(watched.site, watched.site.approvers, 'first "review"\u202e');
  await startDaemon();
  beforeTheft = new Date().toISOString();
  await database.query(`update terminal set name = ${HOSTILE} where id = 7`);
  await database.query(
    `update crypto_setting set sell_wallet_address = 'bc1qthief' where crypto_currency = 'BTC'`,
  );
  const message = await watched.told('bc1qthief');
  incident = /\(incident ([0-9a-f]+)\)/.exec(message.text)?.[1] ?? '';
});

afterAll(async () => {
  await stopDaemon();
  await watched.close();
  await world.close();
  await database.drop();
  await postgres.close();
});

async function starts(): Promise<number> {
  return (await tillwarden('journal', 'show')).stdout.match(/ daemon-started /g)?.length ?? 0;
}

/** Starts a daemon and waits until it has said so in its journal and the state holds what it read. */
async function startDaemon(): Promise<void> {
  const before = await starts();
  daemon = spawn(process.execPath, [MAIN, 'run', '--config', watched.site.configFile], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  await waitFor(async () => (await starts()) > before, { what: 'the daemon to start' });
  await waitFor(
    async () => {
      const { sites } = JSON.parse((await tillwarden('status', '--json')).stdout) as {
        sites: { collections: { count: number | null }[] }[];
      };
      const counts = (sites[0]?.collections ?? []).map(({ count }) => count);
      return counts.length > 0 && !counts.includes(null);
    },
    { what: 'the daemon to have read everything' },
  );
}

async function stopDaemon(): Promise<void> {
  if (daemon === null || daemon.exitCode !== null) return;
  const exited = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await exited;
  daemon = null;
}

function tillwarden(...args: readonly string[]): Promise<CliRun> {
  return world.as('operator', ...args, '--config', watched.site.configFile);
}

/** The head as the last line of a message tells it. */
async function notifiedHead(text: string): Promise<string> {
  const { blocks } = await watched.told(text);
  return /journal ([0-9a-f]{20}) · alert/.exec(JSON.stringify(blocks))?.[1] ?? '';
}

describe('the journal, beside a running daemon', () => {
  test('is shown in lines, oldest first, without a byte of the watched system', async () => {
    const run = await waitFor(
      async () => {
        const one = await tillwarden('journal', 'show');
        return /alert-delivered .*oncall details/.test(one.stdout) && one;
      },
      { what: 'the details to be delivered' },
    );
    expect(run.exit).toBe(0);
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^ {5}1 {2}\d{4}-\d\d-\d\d [\d:.]{12} UTC {2}daemon-started {5}version 0\.1\.0, configuration sha256:[0-9a-f]{16}…$/,
    );
    expect(run.stdout).toMatch(/baseline-in-force {2}prague-1, baseline 1 sha256:.*, signed by alice, bob$/m);
    expect(run.stdout).toMatch(/observed {11}prague-1, terminals has 250 records sha256:/);
    expect(run.stdout).toMatch(
      new RegExp(
        `verdict {12}prague-1, incident ${incident}, [12] appeared.*critical wallet_routes modified(, .*)?$`,
        'm',
      ),
    );
    expect(run.stdout).toMatch(/alert-owed .*critical page [0-9a-f]{16}, to ops, oncall$/m);
    expect(run.stdout).toMatch(/alert-delivered .*alert [0-9a-f]{16} on ops message at attempt 1$/m);
    expect(run.stdout).not.toContain('thief');
    expect(run.stdout).not.toMatch(/[^ -~\n…]/);
  });

  test('is shown for one incident, from a time on, and as JSON', async () => {
    const own = JSON.parse(
      (await tillwarden('journal', 'show', '--incident', incident, '--json')).stdout,
    ) as { entries: { type: string; body: { incident: string } }[] };
    expect(own.entries.length).toBeGreaterThan(2);
    expect(new Set(own.entries.map(({ body }) => body.incident))).toEqual(new Set([incident]));
    expect((await tillwarden('journal', 'show', '--since', '2099-01-01')).stdout).toBe('');
    expect((await tillwarden('journal', 'show', '--since', '1h')).stdout).toContain('daemon-started');
    const unknown = await tillwarden('journal', 'show', '--incident', 'ffffffffff');
    expect(unknown).toMatchObject({ exit: 64, stderr: expect.stringMatching(/^error CLI_UNKNOWN_INCIDENT/) });
    expect((await tillwarden('journal', 'show', '--since', 'monday')).exit).toBe(64);
  });

  test('is proven to hold the head that an alert told', async () => {
    const head = await notifiedHead('bc1qthief');
    expect(head).toMatch(/^[0-9a-f]{20}$/);
    const run = await tillwarden('journal', 'verify', '--head', head);
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toMatch(
      new RegExp(
        `^The journal is whole: \\d+ entries follow one another\\.\nhead sha256:[0-9a-f]{64}\n${head} is the head of entry \\d+, .* UTC: still here\\.\n$`,
      ),
    );
    const other = await tillwarden('journal', 'verify', '--head', 'f'.repeat(20));
    expect(other.exit).toBe(12);
    expect(other.stdout).toContain(`MISSING: no entry has the head ${'f'.repeat(20)}`);
    expect((await tillwarden('journal', 'verify', '--head', 'abc')).exit).toBe(64);
  });
});

describe('history', () => {
  test('tells who signed a collection and when, and when it was not as signed, quoted', async () => {
    const run = await tillwarden('history', 'prague-1/wallet_routes');
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toMatch(/^ {2}baseline 1 {2}from .* UTC\)? {2}still in force$/m);
    expect(run.stdout).toMatch(/^ {4}signed by alice, bob; made .*, reason “first "review"\\u\{202E\}”/m);
    expect(run.stdout).toContain('not as signed: 1 finding');
    expect(run.stdout).toMatch(new RegExp(`from .* UTC\\)? \\(still so\\) {2}incident ${incident}`));
    expect(run.stdout).toMatch(/\+ “bc1qthief”/);
    expect(run.stdout).not.toMatch(/[\u0007\u001b\u202e]/);
  });

  test('of one record says what it was in each version', async () => {
    const run = await tillwarden('history', 'prague-1/terminals', '--key', '7');
    expect(run.stdout).toMatch(/^prague-1\/terminals, id “7”$/m);
    expect(run.stdout).toMatch(/signed: 1 version\n\n {2}baseline 1 [\s\S]*new terminal[\s\S]*serial_number/);
    expect(run.stdout).toContain('“\\u{1B}[31m<b>red\\u{202E}”');
    const json = JSON.parse(
      (await tillwarden('history', 'prague-1/permissions', '--key', '["1","nothing"]', '--json')).stdout,
    ) as { key: string[]; versions: { records: unknown[] }[] };
    expect(json).toMatchObject({ key: ['1', 'nothing'], findings: [] });
    expect(json.versions[0]?.records).toEqual([]);
  });

  test('at a time prints what was in force then, and what was known not to be so', async () => {
    const then = await tillwarden('history', 'prague-1/wallet_routes', '--at', beforeTheft);
    expect(then.stdout).toContain('not as signed at that time: 0 findings');
    expect(then.stdout).toMatch(/signed: \d+ records/);
    expect(then.stdout).not.toContain('bc1qthief');
    const now = await tillwarden('history', 'prague-1/wallet_routes', '--at', '0s', '--json');
    expect(JSON.parse(now.stdout)).toMatchObject({
      baseline: { version: 1, signers: ['alice', 'bob'], proof: 'signatures' },
      findings: [{ incident }],
    });
    const early = await tillwarden('history', 'prague-1/wallet_routes', '--at', '2020-01-01');
    expect(early.stdout).toContain('Nothing was signed yet.');
  });

  test('refuses what it does not know', async () => {
    for (const [place, code] of [
      ['prague-1', 'CLI_USAGE'],
      ['prague-1/../etc', 'CLI_USAGE'],
      ['brno-1/terminals', 'CLI_UNKNOWN_SITE'],
      ['prague-1/nothing', 'CLI_UNKNOWN_COLLECTION'],
    ] as const) {
      const run = await tillwarden('history', place);
      expect(run).toMatchObject({ exit: 64, stderr: expect.stringContaining(`error ${code}: `) });
    }
    for (const key of ['["7","x"]', '[7]', '["7"', '["\\ud800"]']) {
      const run = await tillwarden('history', 'prague-1/terminals', '--key', key);
      expect(run).toMatchObject({ exit: 64, stderr: expect.stringContaining('error CLI_USAGE: --key ') });
    }
  });
});

describe('evidence', () => {
  let folder: string;

  test('is one archive whose checksums and signatures hold, written beside the running daemon', async () => {
    const run = await tillwarden('evidence', incident, '--out', at('evidence.tar.gz'));
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    execFileSync('tar', ['xzf', at('evidence.tar.gz'), '-C', watched.directory]);
    folder = at(`evidence-${incident}`);
    const checks = await readFile(join(folder, 'README.txt'), 'utf8');
    const commands = checks.split('\n').filter((line) => /^(sha256sum|ssh-keygen) /.test(line));
    expect(commands).toHaveLength(4);
    const checked = commands.map((command) =>
      execFileSync('sh', ['-ec', command], { cwd: folder, encoding: 'utf8' }),
    );
    expect(checked[0]).toMatch(/^report\.html: OK$/m);
    expect(checked[1]?.slice(0, 64)).toBe(/must be ([0-9a-f]{64})/.exec(checks)?.[1]);
    expect(checked[2]).toMatch(/^Good "baseline@tillwarden" signature for alice /);
    expect(checked[3]).toMatch(/^Good "baseline@tillwarden" signature for bob /);
  });

  test('holds the signed and the seen records whole, with the digests that were signed and journalled', async () => {
    const index = JSON.parse(await readFile(join(folder, 'snapshots/index.json'), 'utf8')) as {
      collection: string;
      file: string | null;
      records: string;
    }[];
    const files = index.map(({ file }) => file);
    expect(files.filter((file) => file?.startsWith('snapshots/wallet_routes'))).toEqual([
      'snapshots/wallet_routes.before.jsonl',
      'snapshots/wallet_routes.after-1.jsonl',
    ]);
    for (const { file, records } of index) {
      const content = await readFile(join(folder, file ?? ''));
      expect(sha256Hex(content)).toBe(records);
    }
    expect(await readFile(join(folder, 'snapshots/wallet_routes.before.jsonl'), 'utf8')).not.toContain(
      'bc1qthief',
    );
    expect(await readFile(join(folder, 'snapshots/wallet_routes.after-1.jsonl'), 'utf8')).toContain(
      'bc1qthief',
    );
  });

  test('holds what was decided without a gap, up to the head that the alert told, and who was told', async () => {
    const lines = async (name: string) =>
      (await readFile(join(folder, name), 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as JournalEntry & OutboxStatus & { alert: Alert });
    const entries = await lines('journal.jsonl');
    for (const [index, entry] of entries.entries()) {
      if (index > 0) expect(breakBetween(entries[index - 1] ?? null, entry)).toBeNull();
    }
    const head = await notifiedHead('bc1qthief');
    expect(entries.some(({ hash }) => hash.startsWith(head))).toBe(true);
    const alerts = await lines('alerts.jsonl');
    expect(alerts.some(({ alert }) => alert.head.journal.startsWith(head))).toBe(true);
    const deliveries = await lines('deliveries.jsonl');
    expect(new Set(deliveries.map(({ channel }) => channel))).toEqual(new Set(['ops', 'oncall']));
  });

  test('has a report that stands by itself: nothing remote, no script, every value quoted', async () => {
    const page = await readFile(join(folder, 'report.html'), 'utf8');
    expect(page).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/,
    );
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(`style-src &#39;sha256-${digest}&#39;`);
    expect(page).not.toMatch(
      /<(script|img|a|link|iframe|form|object)\b|\b(src|href|on[a-z]+)=|url\(|@import/i,
    );
    expect(page).toContain(`<h1>Incident ${incident} at prague-1</h1>`);
    expect(page).toContain('<span class="now">      + “bc1qthief”');
    expect(page).toContain('“\\u{1B}[31m&#60;b&#62;red\\u{202E}”');
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u202e]/);
    expect(page).toMatch(/<td>CRITICAL prague-1: .*\(incident [0-9a-f]+\)<\/td>/);
  });

  test('holds no secret', async () => {
    const tar = gunzipSync(readFileSync(at('evidence.tar.gz')));
    for (const secret of loadConfig(watched.site.configFile).secrets)
      expect(tar.includes(secret)).toBe(false);
  });

  test('is the same bytes for the same state, is never overwritten, and refuses an unknown incident', async () => {
    const taken = await tillwarden('evidence', incident, '--out', at('evidence.tar.gz'));
    expect(taken).toMatchObject({ exit: 64, stderr: expect.stringContaining('error CLI_FILE_EXISTS: ') });
    // The daemon goes on: a mail that was slow, or the digest of the day, makes another state.
    const state = async () => (await tillwarden('journal', 'verify')).stdout;
    let round = 0;
    await waitFor(
      async () => {
        round += 1;
        const [one, other] = [at(`one-${round}.tar.gz`), at(`other-${round}.tar.gz`)];
        const before = await state();
        await tillwarden('evidence', incident, '--out', one);
        await tillwarden('evidence', incident, '--out', other);
        const isSame = readFileSync(one).equals(readFileSync(other));
        return (await state()) === before && { isSame };
      },
      { what: 'a state that stays while two archives are written' },
    ).then(({ isSame }) => expect(isSame).toBe(true));
    const unknown = await tillwarden('evidence', 'ffffffffff');
    expect(unknown).toMatchObject({ exit: 64, stderr: expect.stringContaining('CLI_UNKNOWN_INCIDENT') });
  });
});

describe('docs/journal.md', () => {
  const docs = readFileSync(new URL('../../docs/journal.md', import.meta.url), 'utf8');
  const blocks = (kind: string) =>
    [...docs.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)]
      .filter(([, name]) => name === kind)
      .map(([, , text]) => text ?? '');

  test('shows commands that work', async () => {
    const head = await notifiedHead('bc1qthief');
    const commands = blocks('sh').flatMap((text) => text.trimEnd().split('\n'));
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const words = command
        .replaceAll('7f3a', incident)
        .replace('9f86d081884c7d659a2f', head)
        .match(/'[^']*'|\S+/g)
        ?.map((word) => word.replace(/^'(.*)'$/, '$1'));
      const run = await tillwarden(...(words?.slice(1) ?? []));
      expect({ command, exit: run.exit, stderr: run.stderr }).toMatchObject({ command, exit: 0 });
    }
  });

  test('shows how to prove the journal of an evidence archive without tillwarden', async () => {
    const [script = ''] = blocks('sh evidence');
    const cwd = at(`evidence-${incident}`);
    const journal = await readFile(join(cwd, 'journal.jsonl'), 'utf8');
    const last = JSON.parse(journal.trimEnd().split('\n').at(-1) ?? '') as JournalEntry;
    const options = { cwd, encoding: 'utf8', stdio: 'pipe' } as const;
    expect(execFileSync('sh', ['-ec', script], options)).toBe(`${last.hash}\n`);
    writeFileSync(join(cwd, 'journal.jsonl'), journal.replace('critical', 'harmless'));
    expect(() => execFileSync('sh', ['-ec', script], options)).toThrow(/was changed/);
  });
});

describe('a backup of the state', () => {
  test('is written beside the running daemon, holds no secret, and is never overwritten', async () => {
    const run = await tillwarden('state', 'backup', at('backup.tar.gz'));
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    expect(run.stdout).toMatch(/^Written: .*backup\.tar\.gz, \d+ journal entries, \d+ signed files\.$/m);
    const tar = gunzipSync(readFileSync(at('backup.tar.gz')));
    const { secrets } = loadConfig(watched.site.configFile);
    expect(secrets.length).toBeGreaterThan(2);
    for (const secret of secrets) expect(tar.includes(secret)).toBe(false);
    mkdirSync(at('unpacked'));
    execFileSync('tar', ['xzf', at('backup.tar.gz'), '-C', at('unpacked')]);
    const checked = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], {
      cwd: at('unpacked'),
      encoding: 'utf8',
    });
    expect(checked).toContain('approved/baselines/prague-1/000001.json: OK');
    const again = await tillwarden('state', 'backup', at('backup.tar.gz'));
    expect(again).toMatchObject({ exit: 64, stderr: expect.stringContaining('error CLI_FILE_EXISTS: ') });
    expect(readdirSync(watched.directory).filter((name) => name.includes('.backup'))).toEqual([]);
  });

  test('is not restored under a running daemon', async () => {
    const run = await tillwarden('state', 'restore', at('backup.tar.gz'), '--force');
    expect(run).toMatchObject({ exit: 70, stderr: expect.stringContaining('error STORE_IN_USE: ') });
  });

  test('is not restored over a state without --force, nor when it was changed or cut; nothing changes then', async () => {
    await stopDaemon();
    const before = await readFile(at('state/state.sqlite'));
    const packed = readFileSync(at('backup.tar.gz'));
    const tar = gunzipSync(packed);
    const place = tar.indexOf('baseline-in-force');
    tar.write('baseline-in-farce', place);
    writeFileSync(at('changed.tar.gz'), gzipSync(tar));
    writeFileSync(at('cut.tar.gz'), packed.subarray(0, packed.length / 2));
    const forged = forgedBackup(packed);
    for (const [file, force, exit, code] of [
      ['backup.tar.gz', false, 64, 'CLI_STATE_EXISTS'],
      ['changed.tar.gz', true, 12, 'CLI_ARCHIVE_REFUSED'],
      ['cut.tar.gz', true, 12, 'CLI_ARCHIVE_REFUSED'],
      // To forge its journal one must take away the trigger that guards it, and that shows first.
      [forged, true, 70, 'STORE_SCHEMA'],
      ['nowhere.tar.gz', true, 12, 'CLI_ARCHIVE_REFUSED'],
    ] as const) {
      const run = await tillwarden('state', 'restore', at(file), ...(force ? ['--force'] : []));
      expect(run.stderr).toContain(`error ${code}: `);
      expect(run.exit).toBe(exit);
    }
    expect((await readFile(at('state/state.sqlite'))).equals(before)).toBe(true);
    expect(readdirSync(watched.directory).filter((name) => name.includes('restore'))).toEqual([]);
  });

  /** A backup whose journal somebody changed, with checksums that fit again. */
  function forgedBackup(packed: Buffer): string {
    const folder = at('forged');
    mkdirSync(folder);
    writeFileSync(at('packed.tar.gz'), packed);
    execFileSync('tar', ['xzf', at('packed.tar.gz'), '-C', folder]);
    const state = new DatabaseSync(join(folder, 'state.sqlite'));
    state.exec(`drop trigger journal_no_update; update journal set body = '{}' where seq = 3`);
    state.close();
    const shell = `find * -type f ! -name SHA256SUMS | LC_ALL=C sort > ../list
      xargs -d '\\n' sha256sum < ../list > SHA256SUMS
      tar czf ../forged.tar.gz --format=ustar -T ../list SHA256SUMS`;
    execFileSync('sh', ['-ec', shell], { cwd: folder });
    return 'forged.tar.gz';
  }

  test('is restored with --force; what was there is kept, and the next start tells both heads everywhere', async () => {
    const heads = async () =>
      (JSON.parse((await tillwarden('journal', 'verify', '--json')).stdout) as { head: string }).head;
    const replaced = await heads();
    const run = await tillwarden('state', 'restore', at('backup.tar.gz'), '--force');
    expect(run).toMatchObject({ exit: 0, stderr: '' });
    const [aside] = readdirSync(at('state')).filter((name) => name.startsWith('replaced-'));
    expect(readdirSync(at('state', aside ?? ''))).toEqual(
      expect.arrayContaining(['approved', 'state.sqlite']),
    );
    expect((await tillwarden('journal', 'verify')).exit).toBe(0);

    await startDaemon();
    const message = await watched.told('was restored from a backup');
    expect(message.text).toMatch(/^HIGH all sites: the state of tillwarden was restored/);
    expect(slackText(message)).toContain(replaced);
    const told = await tillwarden('journal', 'show');
    expect(told.stdout).toMatch(
      new RegExp(
        `state-restored +from a backup of 20\\S+Z with the head sha256:[0-9a-f]{16}…, in place of sha256:${replaced.slice(0, 16)}…`,
      ),
    );
    await waitFor(() => watched.smtp.messages.length > 0, { what: 'mail' });

    await stopDaemon();
    await startDaemon();
    await stopDaemon();
    expect(watched.count('was restored from a backup')).toBe(1);
  });
});

describe('a state store that is empty', () => {
  test('was told at the very first start as what it probably is', async () => {
    const message = await watched.told('first start with an empty state store');
    expect(message.text).toMatch(/^INFO all sites: /);
    expect(slackText(message)).toContain('baseline 1 of prague-1');
    expect(watched.count('first start with an empty state store')).toBe(1);
  });

  test('is told as a lost memory when copies of what was signed lie beside it', async () => {
    await stopDaemon();
    rmSync(at('state/state.sqlite'));
    await startDaemon();
    const message = await watched.told('the memory of the highest baseline version is lost');
    expect(message.text).toMatch(/^HIGH all sites: the state store is empty/);
  });

  test('is told as a lost memory when a baseline above version 1 is in force', async () => {
    await stopDaemon();
    const lost = watched.count('the memory of the highest baseline version is lost');
    await approveSite(watched.site, watched.site.approvers, 'second');
    await rename(at('state'), at('state away'));
    await startDaemon();
    await waitFor(() => watched.count('the memory of the highest baseline version is lost') > lost, {
      what: 'the empty store to be told',
    });
    expect(watched.titles().at(-1) ?? '').not.toContain('first start');
  });
});
