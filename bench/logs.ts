import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type LinePattern, parseLinePattern } from '../daemon/logs/pattern.js';
import { LineScanner } from '../daemon/logs/scanner.js';
import { Follower, type LogReader } from '../daemon/sources/log/follow/follower.js';
import { localLogs } from '../daemon/sources/log/follow/local-logs.js';
import type { Benchmark } from './benchmark.js';

const MEGABYTES = 240;
const MATCHING = 400;
const PATTERNS = [
  ...['User {user} logged in from {address}', 'Login of {user} from {address} failed', 'Server activated.'],
  ...['configuration of {*} changed by {user}', 'Permission denied for {user}', 'user {user} was created'],
  ...['user {*} was deleted by {user}', 'password of {user} was reset', 'crypto setting {*} saved by {user}'],
  ...['terminal {*} was added by {user}', 'terminal {*} was removed', 'two-factor of {user} switched off'],
  ...[
    'session of {user} expired',
    'certificate of {*} changed',
    'deployment of {*} started',
    'undeployed {*} by',
  ],
  ...[
    'wallet address of {*} set to',
    'export of {*} by {user}',
    'backup made by {user}',
    'shutdown by {user} from',
  ],
];
const WORDS = [
  'INFO',
  'terminal BT',
  'heartbeat',
  'rates',
  'queue',
  'pool-3-thread',
  'updated',
  'BTC',
  'cash',
  'ok',
];

/** How fast a log is followed, and what memory that takes. */
export const logs: Benchmark = {
  name: 'logs',
  title: `a log of ${MEGABYTES} MB through ${PATTERNS.length} patterns`,
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillwarden-bench-logs-'));
    try {
      return await measured(join(folder, 'admin.log'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measured(log: string): ReturnType<Benchmark['run']> {
  const scanner = new LineScanner(PATTERNS.map(patternOf));
  writeFileSync(log, 'begins\n');
  const follower = new Follower(localLogs(), log, null);
  let found = 0;
  const reader: LogReader = { line: () => found++, said: () => undefined };
  await follower.look(scanner, reader);
  const lines = fill(log);
  const before = process.memoryUsage().rss;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = process.cpuUsage();
  await follower.look(scanner, reader);
  const { user, system } = process.cpuUsage(begun);
  delay.disable();
  const after = process.memoryUsage().rss;
  if (found !== lines) throw new Error(`${found} of ${lines} lines were found`);
  appendFileSync(log, 'User late logged in from 192.0.2.1\n');
  const again = process.cpuUsage();
  await follower.look(scanner, reader);
  const oneUs = process.cpuUsage(again);
  if (found !== lines + 1) throw new Error('what was appended was not found');
  follower.close();
  return [
    {
      what: 'megabytes read, searched and matched in a second of one core',
      unit: '/s',
      measured: MEGABYTES / ((user + system) / 1e6),
      target: { atLeast: 100 },
      detail: `${PATTERNS.length} patterns, one line of ${MATCHING} matches (${lines.toLocaleString('en')} did); by the time of the processor that it took`,
    },
    {
      what: 'memory more afterwards',
      unit: 'MB',
      measured: Math.max(0, after - before) / 1e6,
      target: { atMost: 64 },
      detail: 'resident, of which the lines that were found are a part; one piece of 256 KiB is held',
    },
    {
      what: 'the longest that the event loop waits meanwhile',
      unit: 'ms',
      measured: delay.max / 1e6,
      target: { atMost: 50 },
      detail: 'pieces of 256 KiB, slices of 10 ms',
    },
    {
      what: 'one line more, found',
      unit: 'ms',
      measured: (oneUs.user + oneUs.system) / 1e3,
      target: null,
      detail: 'once somebody looked; time of the processor',
    },
  ];
}

/** Writes the log; returns how many of its lines match. */
function fill(log: string): number {
  const piece: string[] = [];
  let matching = 0;
  for (let n = 0; piece.length < 40_000; n++) {
    let line = `2026-11-30 09:00:${n % 60},123 `;
    while (line.length < 140) line += `${WORDS[(n * 7 + line.length) % WORDS.length] ?? ''}${n} `;
    if (n % MATCHING === 0) {
      line += `User u${n} logged in from 192.0.2.1`;
      matching += 1;
    }
    piece.push(line);
  }
  const bytes = Buffer.from(`${piece.join('\n')}\n`);
  const handle = openSync(log, 'a');
  const times = Math.ceil((MEGABYTES * 1e6) / bytes.length);
  for (let n = 0; n < times; n++) writeSync(handle, bytes);
  closeSync(handle);
  return matching * times;
}

function patternOf(text: string): LinePattern {
  const pattern = parseLinePattern(text);
  if (typeof pattern === 'string') throw new Error(`${text}: ${pattern}`);
  return pattern;
}
