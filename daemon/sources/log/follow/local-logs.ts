import { closeSync, constants, fstatSync, opendirSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../../../error-code.js';
import { type FileStat, fileStat } from '../../machine/stat.js';
import {
  type Beside,
  besideOf,
  byAge,
  type LogPlace,
  MOST_BESIDE,
  MOST_LOOKED_AT,
  type OpenLog,
  wasOnce,
} from './log-place.js';

const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Logs of this machine. Its calls wait for the disk, which has them in its memory as a rule. */
export const LOCAL_LOGS: LogPlace = {
  isReached: true,
  reach: async () => undefined,
  open: async (path) => openHere(path),
  beside: async (path) => {
    const folder = dirname(path);
    return namesBeside(folder, basename(path))
      .flatMap((name) => besideAt(join(folder, name)))
      .sort(byAge);
  },
  seenAt: async (path) => {
    try {
      const { dev, ino, size } = statSync(path);
      return `${dev} ${ino} ${size}`;
    } catch (error) {
      return errorCode(error) ?? '';
    }
  },
  isSame: async (one, other) => {
    const [a, b] = [await one.stat(), await other.stat()];
    return a.inode === b.inode && a.device === b.device;
  },
  close: () => undefined,
};

function openHere(path: string): OpenLog | null {
  let handle: number;
  try {
    handle = openSync(path, FLAGS);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  if (fstatSync(handle).isFile()) return new LocalLog(path, handle);
  closeSync(handle);
  throw Object.assign(new Error('not a file'), { code: 'EINVAL' });
}

class LocalLog implements OpenLog {
  readonly isGone = false;
  readonly isBroken = false;

  constructor(
    readonly path: string,
    private readonly handle: number,
  ) {}

  async stat(): Promise<FileStat> {
    return fileStat(fstatSync(this.handle));
  }

  async read(buffer: Buffer, offset: number): Promise<number> {
    return readSync(this.handle, buffer, 0, buffer.length, offset);
  }

  close(): void {
    closeSync(this.handle);
  }
}

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

function besideAt(path: string): Beside[] {
  try {
    const stat = statSync(path);
    return stat.isFile() ? [besideOf(path, fileStat(stat))] : [];
  } catch {
    return [];
  }
}
