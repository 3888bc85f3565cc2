import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { parseLinePattern } from '../../../../daemon/logs/pattern.js';
import { LineScanner } from '../../../../daemon/logs/scanner.js';
import { Follower } from '../../../../daemon/sources/log/follow/follower.js';
import { localLogs } from '../../../../daemon/sources/log/follow/local-logs.js';
import type { LogPlace } from '../../../../daemon/sources/log/follow/log-place.js';
import { ReachFailure } from '../../../../daemon/sources/machine/failure.js';

const LOCAL_LOGS = localLogs();

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-decoys-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

test('packed files that begin as the log did cost one look its time, and then the log begins anew', async () => {
  let opened = 0;
  let nowMs = 0;
  const place: LogPlace = {
    ...LOCAL_LOGS,
    open: async (path) => {
      if (path.endsWith('.gz')) {
        opened++;
        nowMs += 20_000;
      }
      return LOCAL_LOGS.open(path);
    },
  };
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const log = join(folder, 'admin.log');
  const scanner = new LineScanner([]);
  writeFileSync(log, 'x\n'.repeat(2_000));
  const follower = new Follower(place, log, null);
  const said: string[] = [];
  const reader = { line: () => undefined, said: (event: string) => void said.push(event) };
  await follower.look(scanner, reader);
  const position = follower.position();
  follower.close();

  rmSync(log);
  for (let n = 1; n <= 20; n++)
    writeFileSync(join(folder, `admin.log.${n}.gz`), gzipSync('x\n'.repeat(1_000) + 'y\n'.repeat(1_000)));
  writeFileSync(log, 'new\n');
  const after = new Follower(place, log, position);
  await after.look(scanner, reader);
  expect(said).toEqual(['log-lost']);
  expect(opened).toBeLessThan(6);
  await after.look(scanner, reader);
  expect(after.position()?.offset).toBe(4);
  expect(opened).toBeLessThan(6);
  after.close();
});

test('a look that is broken off loses no line that it read, and reads none of them twice', async () => {
  let refuses = false;
  const place: LogPlace = {
    ...LOCAL_LOGS,
    open: async (path) => {
      const file = await LOCAL_LOGS.open(path);
      if (file === null || !path.endsWith('admin.log')) return file;
      const stat = file.stat.bind(file);
      // What is left of the former file was read by then.
      file.stat = async () => {
        if (refuses && heard.length > 0) throw new ReachFailure('unreachable', 'the connection broke');
        return stat();
      };
      return file;
    },
  };
  const log = join(folder, 'admin.log');
  const heard: string[] = [];
  const pattern = parseLinePattern('event {user}.');
  if (typeof pattern === 'string') throw new Error(pattern);
  const scanner = new LineScanner([pattern]);
  const reader = { line: ({ line }: { line: string }) => void heard.push(line), said: () => undefined };
  writeFileSync(log, 'event before.\n');
  const follower = new Follower(place, log, null);
  await follower.look(scanner, reader);
  appendFileSync(log, 'event one.\n');
  refuses = true;
  await expect(follower.look(scanner, reader)).rejects.toThrow(ReachFailure);
  refuses = false;
  appendFileSync(log, 'event two.\n');
  await follower.look(scanner, reader);
  expect(heard).toEqual(['event one.', 'event two.']);
  follower.close();
});
