import { expect, test } from '@jest/globals';
import { LineScanner } from '../../../../daemon/logs/scanner.js';
import { Follower } from '../../../../daemon/sources/log/follow/follower.js';
import type { LogPlace, OpenLog } from '../../../../daemon/sources/log/follow/log-place.js';
import type { FileStat } from '../../../../daemon/sources/machine/stat.js';

const STAT: FileStat = {
  ...{ type: 'file', size: 0, mode: 0o640, uid: 0, gid: 0, links: null, modifiedMs: 0, changedMs: null },
  ...{ device: null, inode: null, deviceNumber: null },
};
const endless: OpenLog = {
  ...{ path: '/admin.log', isGone: false, isBroken: false, stat: async () => STAT, close: () => undefined },
  read: async (buffer, offset) => {
    buffer.fill('x');
    return offset === 0 && buffer.length === 0 ? 0 : buffer.length;
  },
};
const place: LogPlace = {
  ...{ isReached: true, reach: async () => undefined, open: async () => endless, beside: async () => [] },
  ...{ seenAt: async () => '', isSame: async () => true, close: () => undefined },
};

test('a log that never ends costs a look 256 MiB and no more, and the next one goes on', async () => {
  const follower = new Follower(place, '/admin.log', null);
  const scanner = new LineScanner([]);
  await follower.look(scanner, { line: () => undefined, said: () => undefined });
  const before = process.memoryUsage().arrayBuffers;
  await follower.look(scanner, { line: () => undefined, said: () => undefined });
  expect(follower.position()?.offset).toBe(256 * 1024 * 1024);
  await follower.look(scanner, { line: () => undefined, said: () => undefined });
  expect(follower.position()?.offset).toBe(512 * 1024 * 1024);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
});
