import type { Readable, Writable } from 'node:stream';
import { FX, FXP, MAX_MESSAGE, SftpNonsense, SftpReader, sftpMessage } from './sftp-wire.js';
import type { FileStat } from './stat.js';

/** The server said no to one request: a code such as the system would give. */
export class SftpRefusal extends Error {
  override readonly name = 'SftpRefusal';
  constructor(readonly code: string) {
    super(code);
  }
}

/** The connection is of no more use. */
export class SftpLost extends Error {
  override readonly name = 'SftpLost';
  constructor(
    /** `ended`, `silent` (no answer in time), or `nonsense`. */
    readonly why: 'ended' | 'silent' | 'nonsense',
  ) {
    super(why);
  }
}

/** A name in a folder, as the server says it. */
export interface SftpEntry {
  readonly name: Buffer;
  readonly stat: FileStat | null;
}

interface Waiting {
  resolve(reply: { readonly type: number; readonly reader: SftpReader }): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

const VERSION = 3;
const READ_ONLY = 1;
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [FX.noSuchFile, 'ENOENT'],
  [FX.permissionDenied, 'EACCES'],
]);

/** A client that reads, over the streams of a connection. What the server says is believed in nothing but form. */
export class SftpClient {
  readonly #to: Writable;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #held: Buffer = Buffer.alloc(0);
  #ids = 0;
  #lost: SftpLost | null = null;
  #greeted: ((reader: SftpReader) => void) | null = null;

  /** `timeoutMs`: how long the server may take over one answer. */
  constructor(from: Readable, to: Writable, timeoutMs: number) {
    this.#to = to;
    this.#timeoutMs = timeoutMs;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    for (const stream of [from, to]) {
      stream.on('error', () => this.lose('ended'));
      stream.on('close', () => this.lose('ended'));
    }
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  /** Agrees on the version, within so many milliseconds. Rejects with `SftpLost`. */
  greet(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.lose('silent'), timeoutMs);
      this.#waiting.set(-1, { resolve: () => resolve(), reject, timer });
      this.#greeted = (reader) => {
        clearTimeout(timer);
        this.#waiting.delete(-1);
        this.#greeted = null;
        if (reader.number() === VERSION) resolve();
        else this.lose('nonsense');
      };
      this.#to.write(sftpMessage(FXP.init, VERSION));
    });
  }

  /** Of what a link leads to. */
  async stat(path: Buffer): Promise<FileStat> {
    return statOf(await this.#ask(FXP.attrs, FXP.stat, path));
  }

  async lstat(path: Buffer): Promise<FileStat> {
    return statOf(await this.#ask(FXP.attrs, FXP.lstat, path));
  }

  async readlink(path: Buffer): Promise<Buffer> {
    const reader = await this.#ask(FXP.name, FXP.readlink, path);
    if (reader.number() !== 1) throw this.lose('nonsense');
    return reader.text();
  }

  async opendir(path: Buffer): Promise<Buffer> {
    return (await this.#ask(FXP.handle, FXP.opendir, path)).text();
  }

  /** Some more names; null after the last. */
  async readdir(handle: Buffer): Promise<readonly SftpEntry[] | null> {
    const reader = await this.#orEnd(this.#ask(FXP.name, FXP.readdir, handle));
    if (reader === null) return null;
    const entries: SftpEntry[] = [];
    for (let left = reader.number(); left > 0; left--) {
      const name = reader.text();
      // What `ls -l` would print: for people, and never read.
      reader.text();
      entries.push({ name, stat: reader.attributes() });
    }
    return entries;
  }

  async open(path: Buffer): Promise<Buffer> {
    return (await this.#ask(FXP.handle, FXP.open, path, READ_ONLY, 0)).text();
  }

  async fstat(handle: Buffer): Promise<FileStat> {
    return statOf(await this.#ask(FXP.attrs, FXP.fstat, handle));
  }

  /** At most `length` bytes; null at the end. */
  async read(handle: Buffer, at: number, length: number): Promise<Buffer | null> {
    const reader = await this.#orEnd(this.#ask(FXP.data, FXP.read, handle, BigInt(at), length));
    const data = reader?.text() ?? null;
    if (data !== null && (data.length === 0 || data.length > length)) throw this.lose('nonsense');
    return data;
  }

  /** The bytes asked for, or those until the end. */
  async readWhole(handle: Buffer, at: number, length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let got = 0;
    while (got < length) {
      const part = await this.read(handle, at + got, length - got);
      if (part === null) break;
      parts.push(part);
      got += part.length;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  async close(handle: Buffer): Promise<void> {
    await this.#ask(FXP.status, FXP.close, handle).catch((error) => {
      if (!(error instanceof SftpRefusal)) throw error;
    });
  }

  /** Gives the connection up: everything that waits, and every later request, rejects with what is returned. */
  lose(why: SftpLost['why']): SftpLost {
    this.#lost ??= new SftpLost(why);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(this.#lost);
    }
    this.#waiting.clear();
    this.#to.destroy();
    return this.#lost;
  }

  async #orEnd(asked: Promise<SftpReader>): Promise<SftpReader | null> {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof SftpRefusal && error.code === 'EOF') return null;
      throw error;
    }
  }

  async #ask(
    wanted: number,
    type: number,
    ...parts: readonly (number | bigint | Buffer)[]
  ): Promise<SftpReader> {
    if (this.#lost) throw this.#lost;
    const id = ++this.#ids & 0xffffffff;
    const reply = new Promise<{ readonly type: number; readonly reader: SftpReader }>((resolve, reject) => {
      const timer = setTimeout(() => this.lose('silent'), this.#timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
    });
    this.#to.write(sftpMessage(type, id, ...parts));
    const { type: got, reader } = await reply;
    if (got === FXP.status) {
      const status = reader.number();
      if (status === FX.ok && wanted === FXP.status) return reader;
      throw new SftpRefusal(status === FX.eof ? 'EOF' : (REFUSALS.get(status) ?? `SFTP_STATUS_${status}`));
    }
    if (got !== wanted) throw this.lose('nonsense');
    return reader;
  }

  #take(chunk: Buffer): void {
    try {
      this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
      while (this.#held.length >= 4 && this.#lost === null) {
        const length = this.#held.readUInt32BE();
        if (length === 0 || length > MAX_MESSAGE) throw new SftpNonsense('a message of an impossible length');
        if (this.#held.length < 4 + length) return;
        const reader = new SftpReader(this.#held.subarray(4, 4 + length));
        this.#held = this.#held.subarray(4 + length);
        this.#dispatch(reader);
      }
    } catch (error) {
      if (!(error instanceof SftpNonsense)) throw error;
      this.lose('nonsense');
    }
  }

  #dispatch(reader: SftpReader): void {
    const type = reader.byte();
    if (type === FXP.version && this.#greeted) {
      this.#greeted(reader);
      return;
    }
    const id = reader.number();
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) throw new SftpNonsense('an answer that nobody asked for');
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve({ type, reader });
  }
}

function statOf(reader: SftpReader): FileStat {
  const stat = reader.attributes();
  if (stat === null) throw new SftpRefusal('SFTP_NO_ATTRIBUTES');
  return stat;
}
