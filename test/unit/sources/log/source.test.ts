import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { shippedIndicators } from '../../../../daemon/indicators/shipped.js';
import type { LogMemory } from '../../../../daemon/logs/event.js';
import { logConfig } from '../../../../daemon/sources/log/config.js';
import { followedLogsDefinition } from '../../../../daemon/sources/log/kind.js';
import { createLogSource } from '../../../../daemon/sources/log/log.js';
import type { Source } from '../../../../daemon/sources/source.js';

let folder: string;
let log: string;
let source: Source;
let kept: LogMemory | null;

const settings = (more: object = {}) =>
  logConfig.parse({
    ...{ kind: 'log', name: 'logs', logs: [{ path: log, ...more }] },
    patterns: [
      { event: 'login', text: 'User {user} logged in from {address}' },
      { event: 'failed', text: 'Login of {user} failed', alert: 'medium' },
    ],
  });
const open = (more: object = {}) =>
  createLogSource(
    { name: 'logs', logMemory: () => kept },
    settings(more),
    followedLogsDefinition('logs', settings(more)),
  );
/** Reads, and writes down what is to be, as the recorder does. */
const read = async () => {
  const reading = await source.read();
  if (reading.followed?.isNew === true) {
    kept = reading.followed.memory;
    reading.followed.recorded();
  }
  return reading;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-log-'));
  log = join(folder, 'admin.log');
  writeFileSync(log, 'User old logged in from 192.0.2.1\n');
  kept = null;
  source = open();
  await read();
});
afterEach(async () => {
  await source.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a source of logs', () => {
  test('has the same found again until it is written down, and nothing of it afterwards', async () => {
    appendFileSync(log, 'Login of eve failed\n');
    const first = await source.read();
    appendFileSync(log, 'Login of mallory failed\n');
    const second = await source.read();
    expect(first.followed?.found.map(({ user }) => user)).toEqual(['eve']);
    expect(second.followed?.found.map(({ user }) => user)).toEqual(['eve', 'mallory']);
    second.followed?.recorded();
    const third = await source.read();
    expect(third.followed).toMatchObject({ found: [], isNew: false });
    expect(third.followed?.memory.events).toHaveLength(2);
  });

  test('keeps twenty lines of one event, and counts a million of them', async () => {
    appendFileSync(log, 'Login of eve failed\n'.repeat(5_000));
    const { followed: reading } = await read();
    expect(reading?.found).toHaveLength(21);
    expect(reading?.found.reduce((sum, { count }) => sum + count, 0)).toBe(5_000);
  });

  describe('of which an indicator knows something', () => {
    /** Opens it again with the shipped indicators, and reads what is appended. */
    const readOf = async (text: string) => {
      await source.close();
      source = createLogSource(
        { name: 'logs', logMemory: () => kept, logIndicators: () => shippedIndicators },
        settings(),
        followedLogsDefinition('logs', settings()),
      );
      await read();
      appendFileSync(log, text);
      return (await read()).followed;
    };

    test('keeps the line behind five thousand decoys, and counts those', async () => {
      const decoys = 'User eve logged in from 192.0.2.1\n'.repeat(5_000);
      const followed = await readOf(`${decoys}User eve logged in from 172.104.237.25\n`);
      expect(followed?.found.map(({ address, count }) => [address, count]).slice(-2)).toEqual([
        ['172.104.237.25', 1],
        [null, 4_980],
      ]);
    });

    test('keeps the line whole where what is known stands behind a thousand characters', async () => {
      const line = `User eve logged in from 192.0.2.1 by ${'a'.repeat(1_500)} 172.104.237.25`;
      const followed = await readOf(`${line}\nUser eve logged in from ${'b'.repeat(1_500)}\n`);
      expect(followed?.found.map((one) => one.line.length)).toEqual([line.length, 1_000]);
    });

    test('forgets two hundred decoys before it, and the oldest of those first', async () => {
      await readOf('User eve logged in from 172.104.237.25\n');
      for (let n = 0; n < 12; n++) {
        appendFileSync(log, `User decoy${n} logged in from 192.0.2.1\n`.repeat(20));
        await read();
      }
      expect(kept?.events).toHaveLength(200);
      expect(kept?.events.map(({ user }) => user)).toEqual(
        expect.arrayContaining(['eve', 'decoy3', 'decoy11']),
      );
      expect(kept?.events.map(({ user }) => user)).not.toContain('decoy1');
    });
  });

  test('names whoever it read of last, also what was written just now', async () => {
    appendFileSync(log, 'User anna logged in from 192.0.2.1\nUser ben logged in from 192.0.2.2\n');
    const activity = await source.activity?.();
    expect(activity?.users.map(({ user, address }) => [user, address])).toEqual([
      ['ben', '192.0.2.2'],
      ['anna', '192.0.2.1'],
    ]);
    expect((await read()).followed?.found).toHaveLength(2);
  });

  test('says that a log stands still once it did so for too long, and not before', async () => {
    await source.close();
    source = open({ maxStillMs: 60_000 });
    const now = performance.now.bind(performance);
    let laterMs = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + laterMs);
    try {
      expect((await read()).stillness).toBeNull();
      laterMs = 60_001;
      expect((await read()).stillness).toMatchObject({ table: log, maxStillMs: 60_000 });
      appendFileSync(log, 'anything\n');
      expect((await read()).stillness).toBeNull();
    } finally {
      clock.mockRestore();
    }
  });

  test('has a record for each log, which is another once somebody else may write it', async () => {
    const before = await read();
    const again = await read();
    const snapshotOf = ({ collections }: typeof before) => {
      const reading = collections.get('logs_logs');
      return reading?.readable === true ? reading.snapshot : null;
    };
    expect(snapshotOf(again)).toBe(snapshotOf(before));
    chmodSync(log, 0o666);
    expect(snapshotOf(await read())?.records[0]?.line).toContain('"mode":"0666"');
  });

  test('is unknown where a FIFO lies in the place of a log, waits for nobody, and hides no other log', async () => {
    rmSync(log);
    execFileSync('mkfifo', [log]);
    const { collections } = await source.read();
    const reading = collections.get('logs_logs');
    expect(reading).toMatchObject({ readable: true, unread: { detail: '1 log could not be read (EINVAL)' } });
    expect(reading?.readable === true && reading.unread?.covers(JSON.stringify([log]))).toBe(true);
  });
});
