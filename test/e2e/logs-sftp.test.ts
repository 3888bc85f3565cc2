import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LogMemory } from '../../daemon/logs/event.js';
import { logKind } from '../../daemon/sources/log/kind.js';
import type { Hint, Source, SourceReading } from '../../daemon/sources/source.js';
import { startSshd, type TestSshd } from '../support/sshd.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait.js';

let folder: string;
let source: Source;
let kept: LogMemory | null;

function open(log: string, sftp: object, more: object = {}): void {
  const settings = logKind.configSchema.parse({
    ...{ kind: 'log', name: 'cas-log', sftp, logs: [{ path: log }], pollIntervalMs: 50 },
    patterns: [{ event: 'login', text: 'User {user} logged in from {address}' }],
    ...more,
  });
  const context = {
    ...{ site: 'prague-1', name: 'cas-log', collections: [], fingerprintKey: null, log: () => undefined },
    logMemory: () => kept,
  };
  source = logKind.create(context, settings);
}

/** Reads, and writes down what is to be, as the recorder does. */
async function read(): Promise<SourceReading> {
  const reading = await source.read();
  if (reading.followed?.isNew === true) {
    kept = reading.followed.memory;
    reading.followed.recorded();
  }
  return reading;
}
const heard = (hints: readonly Hint[], wanted: Hint['type']) =>
  waitFor(() => hints.some(({ type }) => type === wanted), { what: wanted });
/** The file of known hosts that the `ssh` was given which is connected to a port. */
function pinnedHostsFile(port: number): string {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let words: string[];
    try {
      words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
      continue;
    }
    const option = words.find((word) => word.startsWith('UserKnownHostsFile='));
    if (words[words.indexOf('-p') + 1] === String(port) && option !== undefined)
      return option.slice(option.indexOf('=') + 1);
  }
  throw new Error('no ssh is connected');
}
const collectionOf = (reading: SourceReading) => reading.collections.get('logs_cas_log');
const usersOf = (reading: SourceReading) => reading.followed?.found.map(({ user }) => user);

beforeEach(() => {
  kept = null;
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-log-'));
});
afterEach(async () => {
  await source.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('logs of another machine', () => {
  let sshd: TestSshd;
  let proxy: TcpProxy;
  let log: string;
  const write = (...users: readonly string[]) =>
    appendFileSync(log, users.map((user) => `User ${user} logged in from 192.0.2.7\n`).join(''));
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.close());
  beforeEach(async () => {
    proxy = await startTcpProxy('127.0.0.1', Number(sshd.sftp['port']));
    log = join(folder, 'admin.log');
    writeFileSync(log, 'User old logged in from 192.0.2.1\n');
  });
  afterEach(() => proxy.close());
  const through = () => ({ ...sshd.sftp, port: proxy.port });

  test('wake when they grow, and are read on behind what was read', async () => {
    open(log, through());
    await read();
    const hints: Hint[] = [];
    source.watch((hint) => hints.push(hint));
    await heard(hints, 'listening');
    write('mallory');
    await heard(hints, 'changed');
    const reading = await read();
    expect(usersOf(reading)).toEqual(['mallory']);
    expect(await source.activity?.()).toMatchObject({ users: [{ user: 'mallory', address: '192.0.2.7' }] });
    expect(usersOf(await read())).toEqual([]);
  });

  test('belong to a definition that names the machine and its key, and say whose they are', async () => {
    open(log, through());
    const collection = collectionOf(await read());
    if (collection?.readable !== true) throw new Error('not read');
    expect(collection.snapshot.definition.files).toEqual({
      paths: [log],
      server: { address: `127.0.0.1:${proxy.port}`, hostKey: expect.stringMatching(/^SHA256:/) },
    });
    expect(collection.snapshot.records).toHaveLength(1);
  });

  test('say that nobody hears them when the connection ends, and lose nothing to it, rotation included', async () => {
    open(log, through());
    await read();
    const hints: Hint[] = [];
    source.watch((hint) => hints.push(hint));
    await heard(hints, 'listening');
    write('a');
    proxy.failOver(1);
    await heard(hints, 'disconnected');
    expect(collectionOf(await read())).toMatchObject({ readable: false, cause: 'unreachable' });
    write('b');
    renameSync(log, `${log}.1`);
    writeFileSync(log, '');
    write('c');
    proxy.failOver(Number(sshd.sftp['port']));
    const reading = await read();
    expect(usersOf(reading)).toEqual(['a', 'b', 'c']);
    expect(reading.followed?.found.map(({ event }) => event)).toEqual(['login', 'login', 'login']);
    const listening = () => hints.filter(({ type }) => type === 'listening').length;
    await waitFor(() => listening() === 2, { what: 'to be heard again' });
  });

  test('are reached again after their machine tidied its folder of temporary files', async () => {
    open(log, through());
    await read();
    const pinned = pinnedHostsFile(proxy.port);
    expect(pinned).toContain('tillwarden-sftp-');
    rmSync(dirname(pinned), { recursive: true, force: true });
    const hints: Hint[] = [];
    source.watch((hint) => hints.push(hint));
    await heard(hints, 'listening');
    proxy.failOver(Number(sshd.sftp['port']));
    await heard(hints, 'disconnected');
    expect(collectionOf(await read())).toMatchObject({ readable: true });
  });

  test('are not read, and that is told at once, when the server shows another key', async () => {
    open(log, { ...through(), hostKey: sshd.otherHostKey });
    expect(collectionOf(await read())).toEqual({
      ...{ readable: false, cause: 'denied' },
      detail: 'the server shows another host key than the configured one; nothing was read',
    });
    write('a');
    expect(usersOf(await read())).toEqual([]);
  });

  test('that are no files, or not there, hide no other', async () => {
    open(folder, through(), { logs: [{ path: folder }, { path: join(folder, 'none') }, { path: log }] });
    await read();
    write('a');
    const reading = await read();
    expect(usersOf(reading)).toEqual(['a']);
    expect(collectionOf(reading)).toMatchObject({
      unread: { count: 1, detail: '1 log could not be read (EINVAL)' },
    });
  });
});

describe('logs of a server that lies', () => {
  const PROGRAM = fileURLToPath(new URL('../support/lying-sftp.mjs', import.meta.url));
  let sshd: TestSshd;
  let lies: string;
  beforeAll(async () => {
    lies = mkdtempSync(join(tmpdir(), 'tillwarden-lies-'));
    writeFileSync(join(lies, 'lie'), '');
    const words = [process.execPath, PROGRAM, join(lies, 'lie')];
    sshd = await startSshd(words.map((word) => `'${word}'`).join(' '));
  });
  afterAll(async () => {
    await sshd.close();
    rmSync(lies, { recursive: true, force: true });
  });
  /** Two looks: at a log that is new, and at one that is followed. */
  async function readFrom(lie: string, requestTimeoutMs = 60_000): Promise<SourceReading> {
    writeFileSync(join(lies, 'lie'), lie);
    open('/tree/a', { ...sshd.sftp, requestTimeoutMs });
    await read();
    return read();
  }

  test.each([['length'], ['foreign'], ['counts'], ['traversal']])(
    'about %s are believed in nothing',
    async (lie) => {
      // Counts and names are met when the folder is listed, once what was followed is gone.
      kept = { positions: { '/tree/a': GONE }, events: [] };
      expect(collectionOf(await readFrom(lie))).toEqual({
        ...{ readable: false, cause: 'failed', detail: 'the server does not say what SFTP is' },
      });
    },
  );

  test('and falls silent are unreachable', async () => {
    expect(collectionOf(await readFrom('silent', 1_000))).toMatchObject({
      readable: false,
      cause: 'timeout',
    });
  });

  test('and lists names for ever are read without them', async () => {
    kept = { positions: { '/tree/a': GONE }, events: [] };
    expect(collectionOf(await readFrom('endless'))).toMatchObject({ readable: true });
  });

  test('and send a log byte by byte send one at a look', async () => {
    const reading = await readFrom('drip');
    expect(reading.followed?.found).toEqual([]);
    expect(collectionOf(reading)).toMatchObject({ readable: true });
  });
});

const NOTHING = { length: 3, sha256: 'f'.repeat(64) };
const GONE = {
  ...{ device: null, inode: null, offset: 3, generation: 1, inLine: false },
  ...{ head: NOTHING, tail: NOTHING },
};
