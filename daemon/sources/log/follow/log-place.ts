import { basename } from 'node:path';
import type { FileStat } from '../../machine/stat.js';

/** Files beside a log that are looked at for what was left of it. */
export const MOST_BESIDE = 2_000;
/** Names of a folder that are gone through for them: whoever fills it makes nobody go through all of it. What is not found is told as lost. */
export const MOST_LOOKED_AT = 20_000;

/** An open file that is or was a log. It stays what it is, whatever its name leads to by then. */
export interface OpenLog {
  /** By which it was opened. */
  readonly path: string;
  /** True once it can be read no more, because the connection to its machine ended. */
  readonly isGone: boolean;
  /** True where what was read of it ends before it does: it is packed, and damaged or too large. */
  readonly isBroken: boolean;
  stat(): Promise<FileStat>;
  /** How many bytes were read; fewer than fit at its end. */
  read(buffer: Buffer, offset: number): Promise<number>;
  close(): void;
}

/** Where logs lie: this machine, or another one. Rejects with what the system refuses, and with `ReachFailure` where the machine cannot be reached. */
export interface LogPlace {
  /** Whether it could be asked just now without connecting. */
  readonly isReached: boolean;
  /** Resolves once it can be reached. */
  reach(): Promise<void>;
  /** Null where nothing lies there. Whatever lies there, opening it waits for nothing, and only files are opened: `EINVAL` for all else. */
  open(path: string): Promise<OpenLog | null>;
  /** Files beside a log whose names begin as its own does, the oldest first. None where the folder cannot be read. */
  beside(path: string): Promise<readonly Beside[]>;
  /** Text that is another one when the log may be another than before. */
  seenAt(path: string): Promise<string>;
  /** Whether two open files are one, as far as the place can tell. */
  isSame(one: OpenLog, other: OpenLog): Promise<boolean>;
  close(): void;
}

/** A file beside a log that was once the log itself, by its name. */
export interface Beside {
  readonly path: string;
  readonly stat: FileStat;
  readonly packing: Packing;
  /** Its name has a number or a date, as what rotates logs gives it. */
  readonly numbered: boolean;
}

/** How a file is packed: not, by gzip, or in another way, which nobody here reads. */
export type Packing = 'none' | 'gzip' | 'other';

const PACKED = /\.(?:gz|xz|bz2|zst|lz4|zip)$/;

export function besideOf(path: string, stat: FileStat): Beside {
  const packing = path.endsWith('.gz') ? 'gzip' : PACKED.test(path) ? 'other' : 'none';
  return { path, stat, packing, numbered: /\d/.test(basename(path)) };
}

/** The order of `LogPlace.beside`. */
export const byAge = (a: Beside, b: Beside): number => a.stat.modifiedMs - b.stat.modifiedMs;

/** Whether a file was once the log, by its name: `admin.log.1`, `admin.log-20261130.gz`, `admin-2026-11-30.log`, of `admin.log`. */
export function wasOnce(name: string, own: string): boolean {
  if (name.startsWith(own)) return /^[._~-]/.test(name.slice(own.length));
  const [, stem = own, ending = ''] = /^(.+)(\.[^.]*)$/.exec(own) ?? [];
  return (
    name.startsWith(stem) &&
    /^[._-]\d[\d._-]*$/.test(name.slice(stem.length).replace(PACKED, '').replace(ending, ''))
  );
}
