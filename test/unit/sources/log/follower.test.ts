import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../../baselines/index.js';
import type { LogPosition } from '../../../../daemon/logs/event.js';
import { type LinePattern, parseLinePattern } from '../../../../daemon/logs/pattern.js';
import { LineScanner, LONGEST_LINE } from '../../../../daemon/logs/scanner.js';
import { Follower } from '../../../../daemon/sources/log/follow/follower.js';

const patterns = ['event {user}.'].map((text): LinePattern => {
  const pattern = parseLinePattern(text);
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
});
const scanner = new LineScanner(patterns);

let folder: string;
let log: string;
let follower: Follower;
let position: LogPosition | null;
let users: string[];
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-log-'));
  log = join(folder, 'admin.log');
  writeFileSync(log, 'event before.\n');
  users = [];
  said = [];
  position = null;
  follower = new Follower(log, null);
  look();
});
afterEach(() => {
  follower.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Looks, and keeps what was found with how far it was read, as a store does. */
function look(): void {
  const found = atOnce(follower.look(scanner));
  users.push(...found.lines.map(({ parts }) => parts.get('user') ?? ''));
  said.push(...found.said.map(({ event }) => event));
  position = follower.position();
}
/** As by kill -9: what is kept is all there is. */
function crash(): void {
  follower.close();
  follower = new Follower(log, position);
}
/** The same after a look whose findings were not kept. */
function crashBeforeKept(): void {
  atOnce(follower.look(scanner));
  crash();
}
const write = (...names: readonly string[]) =>
  appendFileSync(log, names.map((name) => `event ${name}.\n`).join(''));
const rotate = (to = `${log}.1`) => {
  renameSync(log, to);
  writeFileSync(log, '');
};

describe('a log that is followed', () => {
  test('is read from where it was when it was seen first', () => {
    write('a', 'b');
    look();
    expect(users).toEqual(['a', 'b']);
    expect(said).toEqual([]);
  });

  test('loses nothing to half a line, and finds it once', () => {
    appendFileSync(log, 'noise\nevent a');
    look();
    crash();
    appendFileSync(log, '.\nevent ');
    look();
    appendFileSync(log, 'b.\n');
    look();
    expect(users).toEqual(['a', 'b']);
  });

  test('has a line of hundreds of megabytes, of which the beginning counts, in the memory of one piece', () => {
    const before = process.memoryUsage().arrayBuffers;
    const handle = openSync(log, 'a');
    const piece = Buffer.alloc(1024 * 1024, 'x');
    writeSync(handle, 'event long. ');
    for (let n = 0; n < 200; n++) writeSync(handle, piece);
    look();
    writeSync(handle, 'event hidden.\nevent after.\n');
    look();
    expect(users).toEqual(['long', 'after']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    // What stands behind the part of a line that is looked at is no event.
    writeSync(handle, `${'y'.repeat(LONGEST_LINE)} event late.\n`);
    look();
    expect(users).toEqual(['long', 'after']);
  });

  test('that is put aside by another name is read to its end, and the new one from its beginning', () => {
    write('a');
    look();
    const handle = openSync(log, 'a');
    rotate();
    write('c');
    // The application has the former one open for a while.
    writeSync(handle, 'event b.\n');
    look();
    expect(users).toEqual(['a', 'b', 'c']);
    expect(said).toEqual([]);
  });

  test('that was put aside several times while nobody looked is read through all of them', () => {
    write('a');
    look();
    crash();
    write('b');
    renameSync(log, `${log}.2`);
    // An hour before.
    utimesSync(`${log}.2`, Date.now() / 1000 - 3_600, Date.now() / 1000 - 3_600);
    writeFileSync(`${log}.1`, 'event c.\n');
    writeFileSync(log, 'event d.\n');
    look();
    expect(users).toEqual(['a', 'b', 'c', 'd']);
    expect(said).toEqual([]);
  });

  test('that is copied and cut (copytruncate) goes on in the copy, whether it is shorter afterwards or longer', () => {
    write('a');
    look();
    write('b');
    copyFileSync(log, `${log}.1`);
    truncateSync(log);
    write('c');
    look();
    copyFileSync(log, `${log}.2`);
    truncateSync(log);
    write('d', 'e', 'f', 'g', 'h');
    look();
    expect(users).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(said).toEqual([]);
  });

  test('that somebody shortens says so, and is read anew', () => {
    write('a', 'b', 'c');
    look();
    truncateSync(log);
    write('d');
    look();
    expect(said).toEqual(['log-shrank']);
    expect(users).toEqual(['a', 'b', 'c', 'd']);
  });

  test('from which somebody takes a line, in place or by another file, says so and repeats nothing', () => {
    write(...Array.from({ length: 200 }, (_, n) => `u${n}`));
    look();
    const before = [...users];
    const without = readFileSync(log, 'utf8').replace('event u150.\n', '');
    writeFileSync(log, without);
    look();
    expect(said).toEqual(['log-shrank', 'log-rewritten']);
    writeFileSync(join(folder, 'sedXY'), without.replace('event u160.\n', 'event x.\n'));
    renameSync(join(folder, 'sedXY'), log);
    look();
    expect(said.slice(2)).toContain('log-replaced');
    expect(users).toEqual(before);
    write('z');
    look();
    expect(users.at(-1)).toBe('z');
  });

  test('whose rest was packed while nobody looked says that it is lost', () => {
    write('a');
    look();
    crash();
    write('b');
    writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)));
    // Another file, not the number of the former one used again.
    writeFileSync(join(folder, 'next'), 'event c.\n');
    renameSync(join(folder, 'next'), log);
    look();
    expect(users).toEqual(['a', 'c']);
    expect(said).toEqual(['log-lost']);
  });

  test('that is gone for a while is read on when it is back', () => {
    write('a');
    look();
    renameSync(log, `${log}.1`);
    look();
    writeFileSync(log, 'event b.\n');
    look();
    expect(users).toEqual(['a', 'b']);
    expect(said).toEqual([]);
  });

  test('finds every event once, wherever it is killed around a rotation', () => {
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
    for (let round = 0; round < 300; round++) {
      some(random(4));
      if (random(3) === 0) look();
      if (random(3) === 0) crash();
      if (random(4) === 0) crashBeforeKept();
      if (random(3) === 0) {
        some(1);
        const aside = `${log}.${String(round).padStart(4, '0')}`;
        rotate(aside);
        // Rotations are not milliseconds apart, as here.
        utimesSync(aside, round + 1, round + 1);
      }
    }
    look();
    look();
    expect(users).toEqual(written);
    expect(said).toEqual([]);
  });
});
