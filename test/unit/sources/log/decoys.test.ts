import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { LineScanner } from '../../../../daemon/logs/scanner.js';
import { Follower } from '../../../../daemon/sources/log/follow/follower.js';
import { LOCAL_LOGS } from '../../../../daemon/sources/log/follow/local-logs.js';
import type { LogPlace } from '../../../../daemon/sources/log/follow/log-place.js';

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
  await follower.look(scanner);
  const position = follower.position();
  follower.close();

  rmSync(log);
  for (let n = 1; n <= 20; n++)
    writeFileSync(join(folder, `admin.log.${n}.gz`), gzipSync('x\n'.repeat(1_000) + 'y\n'.repeat(1_000)));
  writeFileSync(log, 'new\n');
  const after = new Follower(place, log, position);
  const { said } = await after.look(scanner);
  expect(said.map(({ event }) => event)).toEqual(['log-lost']);
  expect(opened).toBeLessThan(6);
  await after.look(scanner);
  expect(after.position()?.offset).toBe(4);
  expect(opened).toBeLessThan(6);
  after.close();
});
