import { mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Daemon, DaemonOptions } from '../../daemon/app.js';
import { type DaemonProcess, startDaemonProcess } from '../../daemon/demo/daemon-process.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { type HttpStandIn, startHttpStandIn } from '../support/http-stand-in.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'daemon', 'main.js');
const INTERVAL_MS = 500;

let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
/** Speaks the pinging protocol of healthchecks.io. */
let dms: HttpStandIn;
let daemon: Daemon | null = null;
let spawned: DaemonProcess | null = null;
/** The daemon that runs within a mount namespace of its own: killing what started it would not end it. */
let inner: number | null = null;

beforeEach(async () => {
  own = await startOwnPostgres();
  db = await own.createDatabase();
  dms = await startHttpStandIn(() => ({ status: 200, body: 'OK' }));
  watched = await prepareWatchedSite(db, {
    readIntervalMs: 500,
    timing: '  unknownGraceMs: 300\n  flapWindowMs: 8000\n  filesIntervalMs: 500',
    source: '        connectTimeoutMs: 1000',
    heartbeat: { url: `${dms.url}/uuid-s3cr3t`, intervalMs: INTERVAL_MS },
  });
  await approveSite(watched.site, watched.site.approvers, 'first');
});

afterEach(async () => {
  await daemon?.stop().catch(() => undefined);
  daemon = null;
  if (inner !== null) process.kill(inner, 'SIGKILL');
  inner = null;
  spawned?.kill();
  await spawned?.exited;
  spawned = null;
  await dms.close();
  await own.close();
  await watched.close();
});

async function start(options?: Pick<DaemonOptions, 'clock'>): Promise<Daemon> {
  daemon = await watched.start(options);
  return daemon;
}

const paths = () => dms.requests.map(({ path }) => path);
/** The first ping of its kind that says so: on a busy machine others come before it. */
const pinged = (signal: string, { from = 0, saying = /^/ } = {}) =>
  waitFor(
    () =>
      dms.requests
        .slice(from)
        .find(({ path, body }) => path === `/uuid-s3cr3t${signal}` && saying.test(body)),
    { what: `a ping ${signal === '' ? 'of success' : signal}` },
  );

test('the switch hears of the start, then of success with the heads, and nothing any more once the daemon is killed', async () => {
  spawned = await startDaemonProcess(watched.site.configFile, join(watched.directory, 'daemon.log'), PROGRAM);
  await pinged('/start');
  expect(paths()[0]).toBe('/uuid-s3cr3t/start');
  expect(dms.requests[0]?.body).toContain('\nprague-1: baseline 1 sha256:');
  const saying =
    /^tillwarden \S+: success\njournal head: [0-9a-f]{64}\nprague-1: baseline 1 sha256:[0-9a-f]{64}\nopen incidents: none\n/;
  await pinged('', { saying });
  const status = (await (await fetch(`${spawned.url}/status`)).json()) as Record<string, unknown>;
  expect(status['heartbeat']).toMatchObject({ lastSignal: 'success', failure: null, overdue: false });
  expect(JSON.stringify(status)).not.toContain('s3cr3t');
  spawned.kill();
  await spawned.exited;
  // What it sent before may still be on its way.
  await delay(INTERVAL_MS);
  const before = dms.requests.length;
  await delay(3 * INTERVAL_MS);
  expect(dms.requests).toHaveLength(before);
});

test('it hears "fail" while the database is down, and success when it is read again', async () => {
  await start();
  await pinged('');
  await own.server.stop();
  await pinged('/fail', { saying: /reason: prague-1: source cas cannot be reached/ });
  await own.server.restart();
  await pinged('', { from: dms.requests.length });
});

test('it hears "fail" when neither Slack nor the mail server takes an alert for two minutes', async () => {
  let offsetMs = 0;
  const running = await start({ clock: () => Date.now() + offsetMs });
  await watched.told('baseline 1 is in force');
  await waitFor(() => running.status().undelivered === 0, { what: 'an empty outbox' });
  watched.slack.always({ type: 'http', status: 503 });
  await watched.smtp.close();
  await db.query("update crypto_setting set sell_wallet_address = 'bc1qunheard' where id = 1");
  await waitFor(() => running.status().undelivered > 0, { what: 'an alert to wait' });
  offsetMs = 121_000;
  await pinged('/fail', { saying: /reason: no channel has taken an alert that has waited for 2 min/ });
  watched.slack.always(null);
  // Past the wait between two attempts, and short of the ten minutes after which nobody having answered fails too.
  offsetMs += 300_000;
  await watched.told('bc1qunheard');
  await pinged('', { from: dms.requests.length });
});

test('a switch that never answers delays nothing, and shows', async () => {
  dms.always({ type: 'silence' });
  const running = await start();
  await db.query("update crypto_setting set sell_wallet_address = 'bc1qmeanwhile' where id = 1");
  await watched.told('bc1qmeanwhile');
  await waitFor(
    () => running.status().degraded.some((one) => one.includes('the heartbeat does not arrive')),
    {
      what: 'the silence to show',
    },
  );
});

test('a source that flaps is one incident: told once, and its end once, with how often and how long', async () => {
  await start();
  await watched.told('baseline 1 is in force');
  for (let round = 0; round < 2; round += 1) {
    await own.server.stop();
    await waitFor(() => daemon?.status().sites[0]?.sources[0]?.unreachable, {
      what: 'the source to be out of reach',
    });
    if (round === 0) await watched.told('source cas cannot be read');
    await own.server.restart();
    await waitFor(() => daemon?.status().sites[0]?.sources[0]?.unreachable === false, {
      what: 'the source to be back',
    });
  }
  // Hearing and reading may come back in one message or in two.
  const over = await watched.slack.waitForMessage(
    (message) =>
      /can be read(?: and heard)? again, after/.test(message.text) &&
      slackText(message).includes('Not read:'),
    60_000,
  );
  expect(slackText(over)).toMatch(/Not read: \d+ (?:s|ms)[^,]* in all, 2 times/);
  expect(slackText(over)).toMatch(/nothing of cas \(.*wallet_routes.*\) was read for/);
  const told = new Set(watched.slack.messages.filter(({ update }) => !update).map(({ text }) => text));
  expect([...told].filter((text) => text.includes('cannot be read'))).toHaveLength(1);
});

test('a clock that is set back is told, and makes nothing fresh or late', async () => {
  let offsetMs = 0;
  const running = await start({ clock: () => Date.now() + offsetMs });
  await watched.told('baseline 1 is in force');
  offsetMs = -3_600_000;
  await watched.told('the clock of this machine was set back by');
  expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  // The same while nothing runs: the store remembers when it was last written, and people's signatures have a time.
  await running.stop();
  offsetMs = -2 * 365 * 86_400_000;
  const again = await start({ clock: () => Date.now() + offsetMs });
  await watched.told('behind the time at which tillwarden last ran here');
  expect(again.status().degraded.join()).toMatch(
    /the clock of this machine is [^,]* behind the last thing that people signed/,
  );
});

test('a full disk is told around the queue with what differs, fails the heartbeat, and what could not be recorded is told afterwards', async () => {
  const { running, state } = await startOnSmallDisk();
  await watched.told('baseline 1 is in force');
  await waitFor(async () => (await statusOf(running))['undelivered'] === 0, { what: 'an empty outbox' });
  const { bavail, bsize } = statfsSync(state);
  const ballast = join(state, 'ballast');
  try {
    writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  } catch {
    // As full as it gets.
  }
  // More than fits into what the log of the database has been given already.
  await db.query(
    `with more as (insert into terminal (serial_number, name, type, location_id)
       select 'FULL' || n, 'T', 'BATMFour', 1 from generate_series(1, 12000) n)
     update crypto_setting set sell_wallet_address = 'bc1qwhilefull' where id = 1`,
  );
  const told = await watched.told(
    'the disk of the state store is full: nothing can be recorded, and 2 collections differ',
  );
  expect(told.text).toMatch(/^CRITICAL all sites: /);
  await pinged('/fail', { saying: /reason: the disk of the state store is full/ });
  expect((await fetch(`${running.url}/healthz`)).status).toBe(503);
  expect((await fetch(`${running.url}/readyz`)).status).toBe(503);
  expect(watched.count('bc1qwhilefull')).toBe(0);
  rmSync(ballast);
  await watched.told('bc1qwhilefull');
  await watched.told('the state store can be written again');
  await waitFor(async () => (await fetch(`${running.url}/readyz`)).status === 200, { what: 'readiness' });
  await pinged('', { from: dms.requests.length });
});

/**
 * The real daemon with its state on a disk of 64 MB of its own, mounted where only the daemon sees it: in a user and mount namespace, so
 * that this needs no root. `state` is that disk as seen from outside.
 */
async function startOnSmallDisk(): Promise<{ running: DaemonProcess; state: string }> {
  const state = join(watched.directory, 'state');
  mkdirSync(state, { mode: 0o700 });
  const pidFile = join(watched.directory, 'inner.pid');
  const wrapper = join(watched.directory, 'on-small-disk.mjs');
  writeFileSync(
    wrapper,
    `import { spawn } from 'node:child_process';
     const inside = \`mount -t tmpfs -o size=64m,mode=0700 tillwarden-test "$0" && echo $$ > "$1" && shift && exec "$@"\`;
     const asUser = process.getuid() === 0 ? [] : ['--user', '--map-root-user'];
     const child = spawn(
       'unshare',
       [...asUser, '--mount', '/bin/sh', '-c', inside, ${JSON.stringify(state)}, ${JSON.stringify(pidFile)},
        process.execPath, ${JSON.stringify(PROGRAM)}, ...process.argv.slice(2)],
       { stdio: 'inherit' },
     );
     child.on('exit', (code) => process.exit(code ?? 1));`,
  );
  spawned = await startDaemonProcess(watched.site.configFile, join(watched.directory, 'daemon.log'), wrapper);
  inner = Number(readFileSync(pidFile, 'utf8'));
  return { running: spawned, state: `/proc/${inner}/root${state}` };
}

async function statusOf({ url }: DaemonProcess): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}/status`)).json()) as Record<string, unknown>;
}
