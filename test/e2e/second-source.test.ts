import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { firstBaselineLines } from '../../daemon/cli/approve/first-review-text.js';
import { runSql, type SqlOptions } from '../../daemon/cli/setup/sql.js';
import { loadConfig } from '../../daemon/config/load.js';
import { approveSite, readSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { FakeSystem } from '../support/fake-source.js';
import { prepareSiteAround, type WatchedSite, type WatchedSiteOptions } from '../support/watched-site.js';
import { fakeTerminal } from '../unit/cli/fake-terminal.js';

const COLLECTIONS = `
          - { name: wallet_routes, kind: wallet-route, table: book.route, key: [id], columns: [address] }`;
const URL = 'ledger://reader:s3cr3t@books/1';

let system: FakeSystem;
let watched: WatchedSite;
let daemon: Daemon | null;

beforeEach(() => {
  daemon = null;
  system = new FakeSystem();
  system.tables.set('book.route', [{ id: '1', address: 'bc1qours' }]);
});

afterEach(async () => {
  await daemon?.stop();
  await watched.close();
});

async function prepare(options: WatchedSiteOptions = {}): Promise<void> {
  watched = await prepareSiteAround(URL, {
    kind: 'ledger',
    sourceKinds: system.kinds,
    collections: COLLECTIONS,
    ...options,
  });
}

/** A site with a signed baseline and a running daemon. */
async function begin(options: WatchedSiteOptions = {}): Promise<Daemon> {
  await prepare(options);
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
  return daemon;
}

const divert = () => system.tables.set('book.route', [{ id: '1', address: 'bc1qattacker' }]);
const hearing = (running: Daemon) => running.status().sites[0]?.sources[0]?.hearing;

describe('a source of a kind that the program does not ship, written against the port alone', () => {
  test('has its change told on a hint', async () => {
    await begin();
    divert();
    system.hint({ type: 'changed', collections: ['wallet_routes'] });
    expect((await watched.told('bc1qattacker')).text).toMatch(/^CRITICAL prague-1: 1 wallet route/);
  });

  test('has its change told without one, and is never asked to watch, when it has no hints', async () => {
    const running = await begin({ hints: 'none', readIntervalMs: 500 });
    divert();
    await watched.told('bc1qattacker');
    expect(hearing(running)).toBe('polling');
    expect(system.watchers).toBe(0);
  });

  test('may let us in later than files are looked at, which is no defect', async () => {
    await prepare({ timing: '  filesIntervalMs: 500' });
    await approveSite(watched.site, watched.site.approvers, 'first');
    system.opensAfterMs = 1_500;
    daemon = await watched.start();
    expect(daemon.status().degraded.join()).not.toContain('DAEMON_DEFECT');
  });

  test('is read whole when its hints end, is shown as not heard, and as heard again', async () => {
    const running = await begin();
    divert();
    system.hint({ type: 'disconnected', reason: 'the tap is dry' });
    await watched.told('bc1qattacker');
    expect(hearing(running)).toBe('deaf');
    expect(running.status().degraded).toContain('prague-1: source cas cannot be heard');
    system.hint({ type: 'listening' });
    expect(hearing(running)).toBe('listening');
    expect(running.status().degraded).not.toContain('prague-1: source cas cannot be heard');
  });

  test('keeps the written word of a hint that ended, in the status and in the metrics', async () => {
    const running = await begin();
    system.hint({ type: 'disconnected', reason: 'the tap is dry' });
    const read = async (path: string) => (await fetch(`${running.url}${path}`)).text();
    expect(JSON.parse(await read('/status'))).toMatchObject({ sites: [{ sources: [{ hearing: 'deaf' }] }] });
    const metrics = await read('/metrics');
    expect(metrics).toContain('tillwarden_hints_total{site="prague-1",source="cas",type="deaf"} 1');
    expect(metrics).not.toContain('disconnected');
  });

  test('has its sensor watched like any collection', async () => {
    await begin();
    system.parts.set('ledger-tap', 'off');
    system.hint({ type: 'changed', collections: ['sensor_cas'] });
    expect(slackText(await watched.told('ledger-tap'))).toContain('“off”');
  });

  test('that cannot be read is told as unknown, never as empty', async () => {
    const running = await begin({ readIntervalMs: 500, timing: '  unknownGraceMs: 1000' });
    system.trouble = 'unreachable';
    system.hint({ type: 'changed', collections: ['wallet_routes', 'sensor_cas'] });
    await watched.told('source cas cannot be read');
    expect(running.status().sites[0]).toMatchObject({ collections: { same: 0, drifted: 0, unknown: 2 } });
  });

  test('is degraded as long as it says so', async () => {
    const running = await begin();
    const shown = () =>
      running.status().degraded.filter((problem) => problem.includes('SOURCE_HINTS_SILENT'));
    expect(shown()).toEqual([]);
    system.degradations = [{ code: 'SOURCE_HINTS_SILENT', message: 'the tap drips' }];
    expect(shown()).toEqual(['prague-1: cas: SOURCE_HINTS_SILENT: the tap drips']);
    system.degradations = [];
    expect(shown()).toEqual([]);
  });

  test('stops the start when it refuses', async () => {
    await prepare();
    system.isDangerous = true;
    await expect(watched.start()).rejects.toMatchObject({ code: 'SOURCE_ROLE_DANGEROUS' });
  });

  test('is unknown to a program without it', async () => {
    await prepare();
    expect(() => loadConfig(watched.site.configFile)).toThrow(/kind: found “ledger”/);
  });

  test('is followed when the configuration changes while the daemon runs', async () => {
    const running = await begin();
    const before = system.urls.length;
    const { configFile } = watched.site;
    await writeFile(configFile, (await readFile(configFile, 'utf8')).replace('name: oncall', 'name: nights'));
    await running.reload();
    await watched.told('nights');
    expect(system.urls.length).toBeGreaterThan(before);
    divert();
    system.hint({ type: 'changed', collections: ['wallet_routes'] });
    await watched.told('bc1qattacker');
  });

  test('is given its secret from the file, which no log holds', async () => {
    await begin({ logLevel: 'debug' });
    expect(new Set(system.urls)).toEqual(new Set([URL]));
    expect(watched.logged.join('')).not.toContain('s3cr3t');
  });

  test('says with "tillwarden sql" what its owner runs', async () => {
    await prepare();
    expect(await printed({ role: 'reader' })).toBe('LET reader READ book.route, notify;');
    expect(await printed({ role: 'reader', uninstall: true })).toBe('FORGET reader;');
  });

  test('has its sensor asked before a first baseline is signed', async () => {
    await prepare();
    system.parts.set('ledger-tap', 'off');
    const { collections } = await readSite(watched.site);
    const snapshots = [...collections].flatMap(([name, reading]) =>
      reading.readable ? [[name, reading.snapshot] as const] : [],
    );
    const lines = firstBaselineLines(
      { terminal: fakeTerminal(), sourceKinds: system.kinds },
      new Map(snapshots),
    );
    expect(lines).toContain('LOOK  our taps off: 1');
    expect(lines).toContain('      Turn the tap.');
    expect(lines).toContain('      sensor_cas, part “ledger-tap”, state “off”');
  });
});

/** Everything that "tillwarden sql" prints. */
async function printed(options: SqlOptions): Promise<string> {
  const terminal = fakeTerminal();
  const { configFile } = watched.site;
  await runSql({ terminal, env: {}, configFile, clock: Date.now, sourceKinds: system.kinds }, options);
  return terminal.lines.join('\n');
}
