import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../../../error-code.js';
import { type FileStat, fileStat } from '../../machine/stat.js';

/** A file that was read whole, and did not change meanwhile. */
export interface HashedFile {
  readonly stat: FileStat;
  readonly sha256: string;
  /** Where it was asked for. */
  readonly content?: Uint8Array;
}

/** Why a file was not hashed: a code of the system, `ENOTFILE` for what is no file any more, `EMOVING` for what changes while it is read. */
export type HashResult = HashedFile | { readonly code: string };

/** Waits so long that bytes are read no faster than agreed. */
export type Throttle = (bytes: number) => void;

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const TRIES = 3;
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

/**
 * Hashes a file. Whatever lies at the path by then, it neither waits nor follows: of a link, FIFO or device nothing is read, of a file no more than it
 * said it has when it was opened. Blocks the thread it is called in, which therefore has nothing else to do.
 */
export function hashFile(
  path: string | Buffer,
  maxBytes: number,
  throttle: Throttle,
  wantsContent = false,
): HashResult {
  let handle: number;
  try {
    handle = openSync(path, FLAGS);
  } catch (error) {
    const code = errorCode(error) ?? 'EUNKNOWN';
    return { code: code === 'ELOOP' || code === 'ENXIO' ? 'ENOTFILE' : code };
  }
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = fstatSync(handle);
      if (!before.isFile()) return { code: 'ENOTFILE' };
      if (before.size > maxBytes) return { code: 'EFBIG' };
      const sha256 = digestOf(handle, before.size, throttle);
      const after = fstatSync(handle);
      const stayed =
        before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
      if (!stayed || sha256 === null) continue;
      // It lies in the buffer whole: whoever wants content asks for no larger files.
      const isHeld = wantsContent && after.size < buffer.length;
      const content = isHeld ? { content: Uint8Array.from(buffer.subarray(0, after.size)) } : {};
      return { stat: fileStat(after), sha256, ...content };
    }
    return { code: 'EMOVING' };
  } catch (error) {
    return { code: errorCode(error) ?? 'EUNKNOWN' };
  } finally {
    closeSync(handle);
  }
}

/** Null when it has another length than it said. */
function digestOf(handle: number, size: number, throttle: Throttle): string | null {
  if (size < buffer.length) {
    const length = fill(handle, size + 1, 0);
    throttle(length);
    return length === size ? hash('sha256', buffer.subarray(0, length), 'hex') : null;
  }
  const all = createHash('sha256');
  let at = 0;
  while (at <= size) {
    const length = readSync(handle, buffer, 0, Math.min(buffer.length, size + 1 - at), at);
    if (length === 0) break;
    all.update(buffer.subarray(0, length));
    at += length;
    throttle(length);
  }
  return at === size ? all.digest('hex') : null;
}

/** Reads up to so many bytes into the buffer. */
function fill(handle: number, most: number, from: number): number {
  let length = 0;
  while (length < most) {
    const read = readSync(handle, buffer, length, most - length, from + length);
    if (read === 0) break;
    length += read;
  }
  return length;
}

/** A throttle of `megabytesPerSecond` for this thread alone. */
export function createThrottle(megabytesPerSecond: number): Throttle {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const perByteMs = 1 / (megabytesPerSecond * 1_000);
  let dueMs = 0;
  return (bytes) => {
    const nowMs = performance.now();
    // What was not read in an idle time is not made up for.
    dueMs = Math.max(dueMs, nowMs - BURST_MS) + bytes * perByteMs;
    if (dueMs - nowMs > LEAST_SLEEP_MS) Atomics.wait(sleeper, 0, 0, dueMs - nowMs);
  };
}

const BURST_MS = 100;
const LEAST_SLEEP_MS = 5;
