import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LogPosition } from '../../../daemon/logs/event.js';
import { type LinePattern, parseLinePattern } from '../../../daemon/logs/pattern.js';
import { LineScanner, LONGEST_LINE } from '../../../daemon/logs/scanner.js';
import { Follower } from '../../../daemon/sources/log/follow/follower.js';
import type { LogPlace } from '../../../daemon/sources/log/follow/log-place.js';
import { longestTurn } from '../../support/processor.js';

const patterns = ['event {user}.'].map((text): LinePattern => {
  const pattern = parseLinePattern(text);
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
});
const scanner = new LineScanner(patterns);

let place: LogPlace;
let folder: string;
let log: string;
let follower: Follower;
let position: LogPosition | null;
let users: string[];
let said: string[];

/** Looks, and keeps what was found with how far it was read, as a store does. */
async function look(): Promise<void> {
  await follower.look(scanner, {
    line: ({ parts }) => users.push(parts.get('user') ?? ''),
    said: (event) => said.push(event),
  });
  position = follower.position();
}
/** As by kill -9: what is kept is all there is. */
function crash(): void {
  follower.close();
  follower = new Follower(place, log, JSON.parse(JSON.stringify(position)));
}
/** The same after a look whose findings were not kept. */
async function crashBeforeKept(): Promise<void> {
  await follower.look(scanner, { line: () => undefined, said: () => undefined });
  crash();
}
const write = (...names: readonly string[]) =>
  appendFileSync(log, names.map((name) => `event ${name}.\n`).join(''));
const rotate = (to = `${log}.1`) => {
  renameSync(log, to);
  writeFileSync(log, '');
};

/** As logrotate does with `compress`, so many minutes ago: the packed file has the time of the former one, whose number may be used again. */
function pack(minutes: number, next: string, packed: (log: Buffer) => Buffer = gzipSync): void {
  const aside = `${log}.${minutes}`;
  const seconds = Date.now() / 1000 - minutes * 60;
  renameSync(log, aside);
  utimesSync(aside, seconds, seconds);
  writeFileSync(log, next);
  utimesSync(log, seconds, seconds);
  writeFileSync(`${aside}.gz`, packed(readFileSync(aside)));
  utimesSync(`${aside}.gz`, seconds, seconds);
  unlinkSync(aside);
}

/** What following a log owes whoever reads it, wherever it lies. */
export function logsContract(
  where: string,
  { rounds, longMb }: { rounds: number; longMb: number },
  open: () => Promise<LogPlace>,
): void {
  beforeAll(async () => {
    place = await open();
  });
  afterAll(() => place.close());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tillwarden-log-'));
    log = join(folder, 'admin.log');
    writeFileSync(log, 'event before.\n');
    users = [];
    said = [];
    position = null;
    follower = new Follower(place, log, null);
    await look();
  });
  afterEach(() => {
    follower.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe(`a log that is followed ${where}`, () => {
    test('is read from where it was when it was seen first', async () => {
      write('a', 'b');
      await look();
      expect(users).toEqual(['a', 'b']);
      expect(said).toEqual([]);
    });

    test('loses nothing to half a line, and finds it once', async () => {
      appendFileSync(log, 'noise\nevent a');
      await look();
      crash();
      appendFileSync(log, '.\nevent ');
      await look();
      appendFileSync(log, 'b.\n');
      await look();
      expect(users).toEqual(['a', 'b']);
    });

    test('has a line of hundreds of megabytes, of which the beginning counts, in the memory of one piece', async () => {
      const before = process.memoryUsage().arrayBuffers;
      const handle = openSync(log, 'a');
      const piece = Buffer.alloc(1024 * 1024, 'x');
      writeSync(handle, 'event long. ');
      for (let n = 0; n < longMb; n++) writeSync(handle, piece);
      await look();
      writeSync(handle, 'event hidden.\nevent after.\n');
      await look();
      expect(users).toEqual(['long', 'after']);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
      // What stands behind the part of a line that is looked at is no event.
      writeSync(handle, `${'y'.repeat(LONGEST_LINE)} event late.\n`);
      await look();
      expect(users).toEqual(['long', 'after']);
    });

    test('that is put aside by another name is read to its end, and the new one from its beginning', async () => {
      write('a');
      await look();
      const handle = openSync(log, 'a');
      rotate();
      write('c');
      // The application has the former one open for a while.
      writeSync(handle, 'event b.\n');
      await look();
      expect(users).toEqual(['a', 'b', 'c']);
      expect(said).toEqual([]);
    });

    test('that was put aside several times while nobody looked is read through all of them', async () => {
      write('a');
      await look();
      crash();
      write('b');
      renameSync(log, `${log}.2`);
      // An hour before.
      utimesSync(`${log}.2`, Date.now() / 1000 - 3_600, Date.now() / 1000 - 3_600);
      writeFileSync(`${log}.1`, 'event c.\n');
      writeFileSync(log, 'event d.\n');
      await look();
      expect(users).toEqual(['a', 'b', 'c', 'd']);
      expect(said).toEqual([]);
    });

    test('that is copied and cut (copytruncate) goes on in the copy, whether it is shorter afterwards or longer', async () => {
      write('a');
      await look();
      write('b');
      copyFileSync(log, `${log}.1`);
      truncateSync(log);
      write('c');
      await look();
      copyFileSync(log, `${log}.2`);
      truncateSync(log);
      write('d', 'e', 'f', 'g', 'h');
      await look();
      expect(users).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
      expect(said).toEqual([]);
    });

    test('that somebody shortens says so, and is read anew', async () => {
      write('a', 'b', 'c');
      await look();
      truncateSync(log);
      write('d');
      await look();
      expect(said).toEqual(['log-shrank']);
      expect(users).toEqual(['a', 'b', 'c', 'd']);
    });

    test('from which somebody takes a line, in place or by another file, says so and repeats nothing', async () => {
      write(...Array.from({ length: 200 }, (_, n) => `u${n}`));
      await look();
      const before = [...users];
      const without = readFileSync(log, 'utf8').replace('event u150.\n', '');
      writeFileSync(log, without);
      await look();
      expect(said).toEqual(['log-shrank', 'log-rewritten']);
      writeFileSync(join(folder, 'sedXY'), without.replace('event u160.\n', 'event x.\n'));
      renameSync(join(folder, 'sedXY'), log);
      await look();
      expect(said.slice(2)).toContain('log-replaced');
      expect(users).toEqual(before);
      write('z');
      await look();
      expect(users.at(-1)).toBe('z');
    });

    test('that was packed while nobody looked is read on where it was left, and no event twice', async () => {
      write('a');
      await look();
      crash();
      write('b');
      pack(2, 'event c.\nevent d.\n');
      pack(1, 'event e.\n');
      await look();
      write('f');
      await look();
      expect(users).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
      expect(said).toEqual([]);
    });

    test('of which nothing was read before it was packed is read whole', async () => {
      pack(3, '');
      await look();
      crash();
      write('b');
      pack(2, 'event c.\n');
      await look();
      expect(users).toEqual(['b', 'c']);
      expect(said).toEqual([]);
    });

    test('whose packed rest is damaged, or packed in another way, says that it is lost', async () => {
      write(...Array.from({ length: 2_000 }, (_, n) => `u${n}`));
      await look();
      crash();
      write('b');
      pack(2, 'event c.\n', (all) => gzipSync(all).subarray(0, -40));
      await look();
      expect(users.slice(2_000)).toEqual(['c']);
      crash();
      write('d');
      pack(1, 'event e.\n');
      renameSync(`${log}.1.gz`, `${log}.1.xz`);
      await look();
      expect(users.slice(2_000)).toEqual(['c', 'e']);
      expect(said).toEqual(['log-lost', 'log-lost']);
    });

    test('whose packed rest is damaged in its middle is read up to there, and says that it is lost behind it', async () => {
      write('a');
      await look();
      crash();
      write(...Array.from({ length: 20_000 }, (_, n) => createHash('sha256').update(`${n}`).digest('hex')));
      pack(1, 'event z.\n', (all) => {
        const packed = gzipSync(all);
        return packed.subarray(0, packed.length / 2);
      });
      await look();
      expect(users.length).toBeGreaterThan(5_000);
      expect(users.length).toBeLessThan(15_000);
      expect([users[0], users.at(-1)]).toEqual(['a', 'z']);
      expect(said).toEqual(['log-lost']);
    });

    test('that was packed out of hundreds of megabytes is unpacked a piece at a time', async () => {
      write('a');
      await look();
      crash();
      // Members of one file follow each other: a megabyte of it stands for hundreds.
      const member = gzipSync(Buffer.alloc(16 * 1024 * 1024, 'x'));
      const bomb = Array.from({ length: 20 }, () => member);
      pack(1, 'event c.\n', (all) => Buffer.concat([gzipSync(all), ...bomb, gzipSync('\nevent b.\n')]));
      const before = process.memoryUsage().arrayBuffers;
      const turns = longestTurn();
      for (let n = 0; n < 3; n++) await look();
      expect(users).toEqual(['a', 'b', 'c']);
      expect(said).toEqual([]);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
      // The whole of it would take seconds.
      expect(turns.endMs()).toBeLessThan(500);
    });

    test('that is gone for a while is read on when it is back', async () => {
      write('a');
      await look();
      renameSync(log, `${log}.1`);
      await look();
      writeFileSync(log, 'event b.\n');
      await look();
      expect(users).toEqual(['a', 'b']);
      expect(said).toEqual([]);
    });

    test('finds every event once, wherever it is killed around a rotation', async () => {
      let next = 0;
      const written: string[] = [];
      const some = (count: number) => {
        const names = Array.from({ length: count }, () => `n${next++}`);
        written.push(...names);
        write(...names);
      };
      let seed = 7;
      const random = (below: number) => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % below;
      };
      for (let round = 0; round < rounds; round++) {
        some(random(4));
        if (random(3) === 0) await look();
        if (random(3) === 0) crash();
        if (random(4) === 0) await crashBeforeKept();
        if (random(3) === 0) {
          some(1);
          const aside = `${log}.${String(round).padStart(4, '0')}`;
          rotate(aside);
          // Rotations are not milliseconds apart, as here.
          utimesSync(aside, round + 1, round + 1);
          utimesSync(log, round + 1, round + 1);
          if (random(3) === 0) {
            writeFileSync(`${aside}.gz`, gzipSync(readFileSync(aside)));
            utimesSync(`${aside}.gz`, round + 1, round + 1);
            unlinkSync(aside);
          }
        }
      }
      await look();
      await look();
      expect(users).toEqual(written);
      expect(said).toEqual([]);
    });
  });
}
