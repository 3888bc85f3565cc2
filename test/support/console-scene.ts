import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  parsePublicKeyFile,
  publicKeyOf,
  ROOT_FORMAT,
  sha256Hex,
  trustRootBytes,
} from '../../baselines/index.js';
import type { Daemon } from '../../daemon/app.js';
import type { CommandContext } from '../../daemon/cli/command.js';
import { type RunningConsole, startConsole } from '../../daemon/cli/console/console.js';
import { newToken, tokenDigest } from '../../daemon/config/api-token.js';
import { freePort } from '../../daemon/demo/server/free-port.js';
import { approveSite } from '../../daemon/demo/site.js';
import { fakeTerminal } from '../unit/cli/fake-terminal.js';
import { FakeSystem } from './fake-source.js';
import { type LyingServer, startLyingServer } from './lying-server.js';
import { prepareSiteAround, type WatchedSite } from './watched-site.js';

/** YAML of the two collections that pages are shown with. */
export const BOOK_COLLECTIONS = `
          - { name: wallet_routes, kind: wallet-route, table: book.route, key: [id], columns: [name, address] }
          - { name: terminals, kind: terminal, table: book.terminal, key: [id], columns: [serial] }`;

/** A site with a signed baseline, an approver with an SSH key in a home of her own, and the console on her desk. */
export interface ConsoleScene {
  readonly system: FakeSystem;
  readonly watched: WatchedSite;
  readonly home: string;
  /** What the console said on its terminal. */
  readonly lines: string[];
  readonly port: number;
  readonly origin: string;
  readonly context: CommandContext;
  /** That of the launch that runs. */
  console(): RunningConsole;
  /** Ends the console and starts it again. */
  restart(options?: { readonly enroll?: string }): Promise<void>;
  /** Whose keys the trust root has. */
  readonly people: Readonly<Record<string, readonly string[]>>;
  /** Sets what the routes are now. */
  routes(address: string, more?: readonly Readonly<Record<string, string>>[]): void;
  /** The daemon behind the console. Throws where none was asked for. */
  behind(): DaemonBehind;
  close(): Promise<void>;
}

/** A daemon that the console asks, and what stands between them. */
export interface DaemonBehind {
  daemon: Daemon;
  readonly liar: LyingServer;
  /** `http://127.0.0.1:…` of its API. */
  readonly api: string;
  /** Of alice. */
  readonly token: string;
}

export interface ConsoleSceneOptions {
  /** Key lines of people beside alice, by name, and how many must sign; 1 when absent. */
  readonly others?: (port: number) => Readonly<Record<string, readonly string[]>>;
  readonly threshold?: number;
  /** A daemon runs, and the console asks it through a server that can lie. */
  readonly behind?: true;
  /** YAML of the collections; two small ones when absent. */
  readonly collections?: string;
  /** Of the console's machine. */
  readonly clock?: () => number;
}

export async function prepareConsole(options: ConsoleSceneOptions = {}): Promise<ConsoleScene> {
  const system = new FakeSystem();
  const routes: ConsoleScene['routes'] = (address, more = []) => {
    system.tables.set('book.route', [{ id: '1', name: 'BTC', address }, ...more]);
    system.hint({ type: 'changed', collections: ['wallet_routes'] });
  };
  routes('bc1qours');
  system.tables.set('book.terminal', [{ id: '7', serial: 'BT-07' }]);
  const token = newToken();
  const apiPort = await freePort('127.0.0.1');
  const watched = await prepareSiteAround('ledger://books', {
    kind: 'ledger',
    sourceKinds: system.kinds,
    collections: options.collections ?? BOOK_COLLECTIONS,
    ...(options.behind === undefined ? {} : { timing: apiOf(apiPort, 'alice', token) }),
  });
  const { directory, site } = watched;
  const port = await freePort('127.0.0.1');
  const home = join(directory, 'home');
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  const keyFile = join(home, '.ssh', 'id_ed25519');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', keyFile]);
  const ssh = parsePublicKeyFile(readFileSync(`${keyFile}.pub`, 'utf8')).line;
  const first = generateKeyPairSync('ed25519').privateKey;
  const people = { alice: [ssh, keyLine(first)], ...options.others?.(port) };
  replaceRoot(watched, people, options.threshold ?? 1);
  // One of two cannot sign the first baseline alone: then there is none yet.
  const owner = { name: 'alice', privateKey: first, token: '' };
  if ((options.threshold ?? 1) === 1)
    await approveSite({ ...site, approvers: [owner, owner] }, [owner], 'first');
  const api = `http://127.0.0.1:${apiPort}`;
  const behind: DaemonBehind | null =
    options.behind === undefined
      ? null
      : { daemon: await watched.start(), liar: await startLyingServer(api, null), api, token };
  const configFile = behind === null ? site.configFile : approverFileOf(watched, home, behind);
  const terminal = fakeTerminal();
  const context: CommandContext = {
    terminal,
    env: { HOME: home, PWD: home },
    configFile,
    clock: options.clock ?? Date.now,
    sourceKinds: system.kinds,
  };
  const start = (more: { readonly enroll?: string } = {}) =>
    startConsole(context, { port, config: configFile, ...more });
  let running = await start();
  return {
    ...{ system, watched, home, lines: terminal.lines, port, context, routes },
    origin: `http://localhost:${port}`,
    people,
    console: () => running,
    restart: async (more) => {
      await running.close();
      running = await start(more);
    },
    behind: () => {
      if (behind === null) throw new Error('no daemon was asked for');
      return behind;
    },
    close: async () => {
      await running.close();
      await behind?.liar.close();
      await behind?.daemon.stop();
      await watched.close();
    },
  };
}

/** Lines of the configuration by which the API is served to one person with every scope. */
export function apiOf(port: number, name: string, token: string): string {
  return `  filesIntervalMs: 60000
api:
  port: ${port}
  people:
    - { name: ${name}, tokenDigest: "sha256:${tokenDigest(token)}", scopes: [read, acknowledge, submit] }`;
}

/** Names the server that can lie, and the pin of the trust root that is there now. */
function approverFileOf({ site }: WatchedSite, home: string, { liar, token }: DaemonBehind): string {
  const [, pin = ''] = /root: "(sha256:[0-9a-f]{64})"/.exec(readFileSync(site.configFile, 'utf8')) ?? [];
  const file = join(home, 'approver.yaml');
  writeFileSync(file, `server: ${liar.url}\ntoken: ${token}\ntrustRoot: ${pin}\n`, { mode: 0o600 });
  return file;
}

function keyLine(privateKey: KeyObject): string {
  return publicKeyOf(privateKey).line;
}

/** Another trust root in the place of the prepared one, and its pin in the configuration. */
export function replaceRoot(
  { directory, site }: WatchedSite,
  people: Readonly<Record<string, readonly string[]>>,
  threshold: number,
): void {
  const root = trustRootBytes({
    format: ROOT_FORMAT,
    version: 1,
    parent: null,
    created: new Date().toISOString(),
    expires: new Date(Date.now() + 365 * 86_400_000).toISOString(),
    people: Object.entries(people).map(([name, keys]) => ({ name, roles: ['owner'], keys: [...keys] })),
    rules: [
      {
        kinds: [
          'admin',
          'permission',
          'contact',
          'wallet-route',
          'sensor',
          'terminal',
          'config',
          'file',
          'root',
        ],
        threshold,
        roles: ['owner'],
      },
    ],
    heads: [],
  });
  writeFileSync(join(directory, 'trust', 'root.000001.json'), root);
  const config = readFileSync(site.configFile, 'utf8');
  writeFileSync(
    site.configFile,
    config.replace(/root: "sha256:[0-9a-f]{64}"/, `root: "sha256:${sha256Hex(root)}"`),
  );
}
