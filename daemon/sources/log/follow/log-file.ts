import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  opendirSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../../../error-code.js';
import type { Excerpt, LogPosition } from '../../../logs/event.js';

/** A log is known again by so many bytes of its beginning, and so many before the place that was read last. */
const EXCERPT_BYTES = 1_024;
/** Files beside a log that are looked at for what was left of it. */
const MOST_BESIDE = 2_000;
/** Names of a folder that are gone through for them. */
const MOST_LOOKED_AT = 20_000;
/** Endings of logs that somebody packed: their lines cannot be read any more. */
const PACKED = /\.(?:gz|xz|bz2|zst|lz4|zip)$/;

/** An open log. Whatever lies at the path by then, opening it waits for nothing, and only files are read. */
export class LogFile {
  private constructor(
    readonly path: string,
    private readonly handle: number,
  ) {}

  /** Null where there is none. Throws what the system refuses, and `EINVAL` for what is no file. */
  static open(path: string): LogFile | null {
    let handle: number;
    try {
      handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
    if (fstatSync(handle).isFile()) return new LogFile(path, handle);
    closeSync(handle);
    throw Object.assign(new Error('not a file'), { code: 'EINVAL' });
  }

  stat(): Stats {
    return fstatSync(this.handle);
  }

  read(buffer: Buffer, offset: number): number {
    return readSync(this.handle, buffer, 0, buffer.length, offset);
  }

  close(): void {
    closeSync(this.handle);
  }

  /** By what the file is known again, read up to `offset`. */
  excerpts(offset: number): Pick<LogPosition, 'head' | 'tail'> {
    const length = Math.min(EXCERPT_BYTES, offset);
    return { head: this.#excerpt(0, length), tail: this.#excerpt(offset - length, length) };
  }

  /** Whether this is what was read up to a position, or a copy of it. */
  holds({ offset, head, tail }: Pick<LogPosition, 'offset' | 'head' | 'tail'>): boolean {
    return (
      this.stat().size >= offset &&
      this.begins(head) &&
      isSame(this.#excerpt(offset - tail.length, tail.length), tail)
    );
  }

  begins(head: Excerpt): boolean {
    return isSame(this.#excerpt(0, head.length), head);
  }

  #excerpt(from: number, length: number): Excerpt {
    const bytes = Buffer.alloc(length);
    const read = length === 0 ? 0 : readSync(this.handle, bytes, 0, length, from);
    return { length: read, sha256: createHash('sha256').update(bytes.subarray(0, read)).digest('hex') };
  }
}

function isSame(a: Excerpt, b: Excerpt): boolean {
  return a.length === b.length && a.sha256 === b.sha256;
}

/** A file beside a log that was once the log itself, by its name. */
export interface Beside {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  readonly modifiedMs: number;
  /** Nobody can read its lines any more. */
  readonly packed: boolean;
  /** Its name has a number or a date, as what rotates logs gives it. */
  readonly numbered: boolean;
}

/** Files beside a log whose names begin as its own does, the newest last. None where the folder cannot be read. */
export function filesBeside(path: string): readonly Beside[] {
  const own = basename(path);
  const folder = dirname(path);
  return namesBeside(folder, own)
    .flatMap((name) => besideAt(join(folder, name)))
    .sort((a, b) => a.modifiedMs - b.modifiedMs);
}

/** Whoever fills the folder of a log makes nobody go through all of it: what is not found is told as lost. */
function namesBeside(folder: string, own: string): string[] {
  const names: string[] = [];
  try {
    const entries = opendirSync(folder);
    try {
      for (let seen = 0; seen < MOST_LOOKED_AT && names.length < MOST_BESIDE; seen++) {
        const entry = entries.readSync();
        if (entry === null) break;
        if (wasOnce(entry.name, own)) names.push(entry.name);
      }
    } finally {
      entries.closeSync();
    }
  } catch {
    return [];
  }
  return names;
}

/** `admin.log.1`, `admin.log-20261130.gz`, `admin-2026-11-30.log`, of `admin.log`. */
function wasOnce(name: string, own: string): boolean {
  if (name.startsWith(own)) return /^[._~-]/.test(name.slice(own.length));
  const [, stem = own, ending = ''] = /^(.+)(\.[^.]*)$/.exec(own) ?? [];
  return (
    name.startsWith(stem) &&
    /^[._-]\d[\d._-]*$/.test(name.slice(stem.length).replace(PACKED, '').replace(ending, ''))
  );
}

function besideAt(path: string): Beside[] {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return [];
    const { dev: device, ino: inode, mtimeMs: modifiedMs } = stat;
    const numbered = /\d/.test(basename(path));
    return [{ path, device, inode, modifiedMs, packed: PACKED.test(path), numbered }];
  } catch {
    return [];
  }
}
