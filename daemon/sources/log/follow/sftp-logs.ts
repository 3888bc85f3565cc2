import { basename, dirname, join } from 'node:path';
import { errorCode } from '../../../error-code.js';
import { ReachFailure, sftpFailure } from '../../machine/failure.js';
import { type SftpClient, SftpRefusal } from '../../machine/sftp-client.js';
import type { SftpConfig } from '../../machine/sftp-config.js';
import { SftpNonsense } from '../../machine/sftp-wire.js';
import { connectSftp, type SftpConnection } from '../../machine/ssh-process.js';
import type { FileStat } from '../../machine/stat.js';
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

/** Bytes asked for at once, of which several questions are under way. */
const READ_BYTES = 32 * 1024;
/** How long a server may take to list a folder. */
const LIST_MS = 30_000;

/**
 * Logs of another machine, over its own sshd. SFTP knows no number of a file, so two open files are one where size, time and owner say so at
 * one moment; what is left open stays what it is under whatever name.
 */
export class SftpLogs implements LogPlace {
  readonly #config: SftpConfig;
  #connection: SftpConnection | null = null;

  constructor(config: SftpConfig) {
    this.#config = config;
  }

  get isReached(): boolean {
    return this.#connection?.client.isLost === false;
  }

  async reach(): Promise<void> {
    if (this.isReached) return;
    this.#connection?.end();
    this.#connection = null;
    this.#connection = await connectSftp(this.#config);
  }

  open(path: string): Promise<OpenLog | null> {
    return this.#asked(async (client) => {
      const name = Buffer.from(path);
      try {
        // A server that opened a FIFO would wait for whoever writes to it.
        if ((await client.stat(name)).type !== 'file') throw new SftpRefusal('EINVAL');
        const handle = await client.open(name);
        const log = new RemoteLog(path, client, handle);
        if ((await log.stat()).type === 'file') return log;
        log.close();
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return null;
        throw error;
      }
      throw new SftpRefusal('EINVAL');
    });
  }

  beside(path: string): Promise<readonly Beside[]> {
    return this.#asked(async (client) => {
      const folder = dirname(path);
      let handle: Buffer;
      try {
        handle = await client.opendir(Buffer.from(folder));
      } catch (error) {
        if (error instanceof SftpRefusal) return [];
        throw error;
      }
      try {
        return (await listed(client, handle, { folder, own: basename(path) })).sort(byAge);
      } finally {
        if (!client.isLost) await client.close(handle);
      }
    });
  }

  seenAt(path: string): Promise<string> {
    return this.#asked(async (client) => {
      try {
        const { size, modifiedMs, mode } = await client.stat(Buffer.from(path));
        return `${size} ${modifiedMs} ${mode}`;
      } catch (error) {
        if (error instanceof SftpRefusal) return error.code;
        throw error;
      }
    });
  }

  /** The one that may have grown meanwhile is looked at before and after the other. */
  async isSame(one: OpenLog, other: OpenLog): Promise<boolean> {
    const [before, between, after] = await Promise.all([one.stat(), other.stat(), one.stat()]);
    const isBetween = (of: (stat: FileStat) => number) =>
      of(before) <= of(between) && of(between) <= of(after);
    return (
      isBetween(({ size }) => size) &&
      isBetween(({ modifiedMs }) => modifiedMs) &&
      [before.uid, before.gid, before.mode].join() === [between.uid, between.gid, between.mode].join()
    );
  }

  close(): void {
    this.#connection?.end();
    this.#connection = null;
  }

  async #asked<T>(work: (client: SftpClient) => Promise<T>): Promise<T> {
    await this.reach();
    const client = this.#connection?.client;
    if (client === undefined) throw new ReachFailure('unreachable', 'there is no connection');
    return reached(client, () => work(client));
  }
}

/** An open log of another machine. */
class RemoteLog implements OpenLog {
  readonly isBroken = false;

  constructor(
    readonly path: string,
    private readonly client: SftpClient,
    private readonly handle: Buffer,
  ) {}

  get isGone(): boolean {
    return this.client.isLost;
  }

  stat(): Promise<FileStat> {
    return reached(this.client, () => this.client.fstat(this.handle));
  }

  /** An answer that is shorter than asked for is the end: who sends a log byte by byte sends one byte a look. */
  read(buffer: Buffer, offset: number): Promise<number> {
    return reached(this.client, async () => {
      const piece = (at: number) =>
        this.client.read(this.handle, offset + at, Math.min(READ_BYTES, buffer.length - at));
      // Mostly little was written, and one question is enough.
      const first = await piece(0);
      let length = first?.copy(buffer) ?? 0;
      if (length < READ_BYTES) return length;
      const places: number[] = [];
      for (let at = READ_BYTES; at < buffer.length; at += READ_BYTES) places.push(at);
      for (const bytes of await Promise.all(places.map(piece))) {
        length += bytes?.copy(buffer, length) ?? 0;
        if (bytes === null || bytes.length < READ_BYTES) break;
      }
      return length;
    });
  }

  close(): void {
    if (!this.isGone) this.client.close(this.handle).catch(() => undefined);
  }
}

/** Gives a connection up whose server does not say what SFTP is. */
async function reached<T>(client: SftpClient, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = sftpFailure(error);
    if (failure === null) throw error;
    client.lose('nonsense');
    throw failure;
  }
}

/** The names of a folder that were once the log, as far as so many of them and some time go. */
async function listed(
  client: SftpClient,
  handle: Buffer,
  { folder, own }: { readonly folder: string; readonly own: string },
): Promise<Beside[]> {
  const deadlineMs = performance.now() + LIST_MS;
  const found: Beside[] = [];
  for (let seen = 0; seen < MOST_LOOKED_AT && found.length < MOST_BESIDE; ) {
    if (performance.now() > deadlineMs)
      throw new ReachFailure('timeout', 'listing the folder of a log took too long');
    const entries = await client.readdir(handle);
    if (entries === null) break;
    seen += Math.max(1, entries.length);
    for (const { name, stat } of entries) {
      if (name.includes(0x2f) || name.includes(0)) throw new SftpNonsense('a name that is none');
      const text = name.toString();
      if (stat?.type === 'file' && wasOnce(text, own)) found.push(besideOf(join(folder, text), stat));
    }
  }
  return found;
}
