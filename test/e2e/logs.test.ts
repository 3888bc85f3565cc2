import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { sourceKinds } from '../../daemon/sources/index.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import type { StoreReader } from '../../daemon/store/store.js';
import { MAIN } from '../cli/run-cli.js';
import { FakeSystem } from '../support/fake-source.js';
import { waitFor } from '../support/wait.js';
import { prepareSiteAround, type WatchedSite } from '../support/watched-site.js';

const PATTERNS = `
        patterns:
          - { event: login, text: "User {user} logged in from {address}" }
          - { event: login-failed, text: "Login of {user} from {address} failed", alert: medium }`;

describe('logs in a daemon', () => {
  const system = new FakeSystem();
  let watched: WatchedSite;
  let daemon: Daemon;
  let folder: string;
  let log: string;
  const write = (line: string) => appendFileSync(log, `${line}\n`);

  beforeAll(async () => {
    system.tables.set('book.route', [{ id: '1', address: 'ours' }]);
    const kinds = new Map([...system.kinds, ...sourceKinds]);
    folder = mkdtempSync(join(tmpdir(), 'tillwarden-logs-'));
    log = join(folder, 'admin.log');
    writeFileSync(log, 'Login of old from 192.0.2.1 failed\n');
    watched = await prepareSiteAround('ledger://reader:s3cr3t@books/1', {
      sourceKinds: kinds,
      sources: `
      - kind: ledger
        name: cas
        url_file: ./secrets/cas_url
        hints: notify
        collections:
          - { name: wallet_routes, kind: wallet-route, table: book.route, key: [id], columns: [address] }
      - kind: log
        name: admin-log
        pollIntervalMs: 50
        logs: [{ path: ${log} }]${PATTERNS}`,
      readIntervalMs: 500,
    });
    await approveSite(watched.site, watched.site.approvers, 'first');
    daemon = await watched.start();
    await watched.told('baseline 1 is in force');
  });
  afterAll(async () => {
    await daemon.stop();
    await watched.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('tell of a line that is to be told, with the line, and of none that stood there before', async () => {
    write('03:11:58 WARN Login of gb2 from 203.0.113.9 failed');
    const message = slackText(await watched.told('1 × login-failed in admin.log'));
    expect(message).toContain('MEDIUM');
    expect(message).toContain('Login of gb2 from 203.0.113.9 failed');
    expect(watched.count('Login of old')).toBe(0);
  });

  test('fill in who changed what a database does not say, inferred, and stand beside the incident', async () => {
    write('03:12:09 INFO User mallory logged in from 203.0.113.9');
    system.tables.set('book.route', [{ id: '1', address: 'theirs' }]);
    system.hint({ type: 'changed', collections: ['wallet_routes'] });
    const message = slackText(await watched.told('1 wallet route now pays elsewhere'));
    expect(message).toMatch(/probably “mallory” from “203\.0\.113\.9” \(inferred: active .* by admin-log\)/);
    expect(message).toContain('User mallory logged in from 203.0.113.9');
  });

  test('label a line that is known from a robbery elsewhere', async () => {
    write('03:13:00 INFO Server activated.');
    const message = slackText(await watched.told('1 × line in admin.log, known from general-bytes-2022-08'));
    expect(message).toContain('Server activated.');
    expect(message).toContain('May be harmless');
    // Nobody asked for it: the indicators that come with tillwarden did.
    expect(message).toContain('with something in it that is known from an attack');
    expect(message).not.toContain('you asked to be told of');
  });

  test('tell of a log that somebody shortens', async () => {
    truncateSync(log);
    await watched.told('admin.log was shortened');
  });

  test('tell after a restart of what was written meanwhile, put aside by another name too, and of nothing twice', async () => {
    write('Login of before from 192.0.2.1 failed');
    await watched.told('Login of before');
    await daemon.stop();
    write('Login of meanwhile from 192.0.2.1 failed');
    renameSync(log, `${log}.1`);
    writeFileSync(log, 'Login of afterwards from 192.0.2.1 failed\n');
    daemon = await watched.start();
    await watched.told('Login of meanwhile');
    await watched.told('Login of afterwards');
    const about = watched.slack.messages.filter((one) => slackText(one).includes('Login of before'));
    expect(about.filter(({ text }) => text.includes('resolved')).length).toBeLessThanOrEqual(1);
  });
});

describe('logs of a daemon that is killed', () => {
  let watched: WatchedSite;
  let folder: string;
  let child: ChildProcess | null = null;
  afterEach(async () => {
    child?.kill('SIGKILL');
    await watched.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What is written down, as another process sees it. */
  const asWritten = <T>(ask: (store: StoreReader) => T): T | null => {
    const store = openStoreReadOnly(join(watched.directory, 'state'));
    if (store === null) return null;
    try {
      return ask(store);
    } finally {
      store.close();
    }
  };
  const start = async () => {
    const started = spawn(process.execPath, [MAIN, 'run', '--config', watched.site.configFile], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child = started;
    await new Promise<void>((resolve) => {
      started.stdout.on('data', (text) => String(text).includes('"watching"') && resolve());
    });
    return started;
  };
  const kill = async (started: ChildProcess) => {
    const gone = new Promise((resolve) => started.once('exit', resolve));
    started.kill('SIGKILL');
    await gone;
  };

  test('have every event written down once, whatever is put aside meanwhile', async () => {
    folder = mkdtempSync(join(tmpdir(), 'tillwarden-logs-'));
    const log = join(folder, 'admin.log');
    writeFileSync(log, '');
    watched = await prepareSiteAround('postgres://nobody@127.0.0.1:1/none', {
      sources: `
      - kind: log
        name: admin-log
        pollIntervalMs: 50
        logs: [{ path: ${log} }]${PATTERNS}`,
    });
    // Twenty lines in all: so many of one event a look keeps, should none of the daemons come to look before it is killed.
    let written = 0;
    const write = (count: number) => {
      for (let n = 0; n < count; n++) {
        appendFileSync(log, `User u${written++} logged in from 192.0.2.1\n`);
      }
    };
    const lines = () =>
      (asWritten(({ journal }) => journal.entries(0, 100_000, { type: 'log-events' })) ?? []).flatMap(
        ({ body }) => (JSON.parse(body).events as { line: string }[]).map(({ line }) => line),
      );
    for (let round = 0; round < 4; round++) {
      const daemon = await start();
      // What is there when it is seen first is not followed.
      if (round === 0) {
        await waitFor(() => asWritten(({ meta }) => meta.get('log:prague-1/admin-log')) !== null, {
          what: 'the first look',
        });
      }
      write(3);
      // Somewhere in the look that follows.
      await new Promise((resolve) => setTimeout(resolve, 60 * round));
      renameSync(log, `${log}.${round}`);
      writeFileSync(log, '');
      write(2);
      await kill(daemon);
    }
    const last = await start();
    await waitFor(() => lines().length >= written, { what: 'every line' });
    await kill(last);
    expect(lines()).toHaveLength(written);
    expect(new Set(lines()).size).toBe(written);
  });
});
