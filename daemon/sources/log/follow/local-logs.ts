import { constants } from 'node:fs';
import { type FileHandle, open, opendir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../../../error-code.js';
import { createExclusive } from '../../../time/exclusive.js';
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

/** Threads that wait for calls about logs at once. The pool of the process has four for everything: its other files, and names of hosts. */
const AT_ONCE = 2;
let underWay = 0;
const waiting: (() => void)[] = [];

/** Does one call when a thread may be had for it, in the order asked. */
async function inPool<T>(call: () => Promise<T>): Promise<T> {
  if (underWay < AT_ONCE) underWay++;
  else await new Promise<void>((go) => waiting.push(go));
  try {
    return await call();
  } finally {
    const next = waiting.shift();
    if (next === undefined) underWay--;
    else next();
  }
}

/** Does one call after the other, whatever became of those before. */
type Calls = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * Logs of this machine, for one source. Calls wait for the disk beside the event loop: a log may lie on another machine's disk that answers no more, by a link as
 * well. One that never returns holds one thread for its source, and of all sources two (ADR 160).
 */
export function localLogs(): LogPlace {
  const inTurn = createExclusive();
  const calls: Calls = (call) => inTurn(() => inPool(call));
  return {
    isReached: true,
    reach: async () => undefined,
    open: (path) => calls(() => openHere(path, calls)),
    beside: (path) =>
      calls(async () => {
        const folder = dirname(path);
        const found: Beside[] = [];
        for (const name of await namesBeside(folder, basename(path)))
          found.push(...(await besideAt(join(folder, name))));
        return found.sort(byAge);
      }),
    seenAt: (path) =>
      calls(async () => {
        try {
          const { dev, ino, size } = await stat(path);
          return `${dev} ${ino} ${size}`;
        } catch (error) {
          return errorCode(error) ?? '';
        }
      }),
    isSame: async (one, other) => {
      const [a, b] = [await one.stat(), await other.stat()];
      return a.inode === b.inode && a.device === b.device;
    },
    close: () => undefined,
  };
}

async function openHere(path: string, calls: Calls): Promise<OpenLog | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, FLAGS);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    if ((await handle.stat()).isFile()) return new LocalLog(path, handle, calls);
    throw Object.assign(new Error('not a file'), { code: 'EINVAL' });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class LocalLog implements OpenLog {
  readonly isGone = false;
  readonly isBroken = false;

  constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly calls: Calls,
  ) {}

  async stat(): Promise<FileStat> {
    return fileStat(await this.calls(() => this.handle.stat()));
  }

  async read(buffer: Buffer, offset: number): Promise<number> {
    return (await this.calls(() => this.handle.read(buffer, 0, buffer.length, offset))).bytesRead;
  }

  close(): void {
    // Nothing was written: what the system says of it concerns nobody.
    this.calls(() => this.handle.close()).catch(() => undefined);
  }
}

async function namesBeside(folder: string, own: string): Promise<string[]> {
  const names: string[] = [];
  try {
    const entries = await opendir(folder, { bufferSize: 256 });
    try {
      for (let seen = 0; seen < MOST_LOOKED_AT && names.length < MOST_BESIDE; seen++) {
        const entry = await entries.read();
        if (entry === null) break;
        if (wasOnce(entry.name, own)) names.push(entry.name);
      }
    } finally {
      await entries.close();
    }
  } catch {
    return [];
  }
  return names;
}

async function besideAt(path: string): Promise<Beside[]> {
  try {
    const found = await stat(path);
    return found.isFile() ? [besideOf(path, fileStat(found))] : [];
  } catch {
    return [];
  }
}
