import { pipeline, Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { errorCode } from '../../../error-code.js';
import type { FileStat } from '../../machine/stat.js';
import { EXCERPT_BYTES } from './excerpts.js';
import type { OpenLog } from './log-place.js';

/** Bytes that are unpacked at once, and packed bytes that are read at once. */
const PIECE_BYTES = 256 * 1024;
const PACKED_BYTES = 64 * 1024;
/** Bytes of one file that are unpacked: a few kilobytes of it may stand for as many as somebody likes. */
const MOST_UNPACKED = 16 * 2 ** 30;

/**
 * A log that gzip packed, read as what it was. It is unpacked from its beginning on, never as a whole: what is held is about two pieces, its
 * beginning and what was unpacked last. Whoever asks for a place before that waits until it is unpacked anew.
 */
export class PackedLog implements OpenLog {
  readonly #file: OpenLog;
  #unpacking: Unpacking | null = null;
  /** The first bytes, once they were met. */
  #head = Buffer.alloc(0);
  /** What was unpacked last, and where that begins. */
  #window = Buffer.alloc(0);
  #from = 0;
  #isBroken = false;

  constructor(file: OpenLog) {
    this.#file = file;
  }

  get path(): string {
    return this.#file.path;
  }

  get isGone(): boolean {
    return this.#file.isGone;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  stat(): Promise<FileStat> {
    return this.#file.stat();
  }

  async read(buffer: Buffer, offset: number): Promise<number> {
    const end = offset + buffer.length;
    if (end <= this.#head.length) return this.#head.copy(buffer, 0, offset, end);
    if (offset < this.#from) this.#restart();
    while (this.#from + this.#window.length < end) {
      const piece = await this.#next();
      if (piece === null) break;
      // The bytes before a place are asked for once more, to know it again.
      const kept = Math.max(0, offset - 2 * EXCERPT_BYTES - this.#from);
      const left = this.#window.subarray(Math.min(kept, this.#window.length));
      this.#from += this.#window.length - left.length;
      this.#window = Buffer.concat([left, piece]);
    }
    const at = offset - this.#from;
    return at >= this.#window.length ? 0 : this.#window.copy(buffer, 0, at);
  }

  close(): void {
    this.#unpacking?.stream.destroy();
    this.#unpacking = null;
    this.#file.close();
  }

  #restart(): void {
    this.#unpacking?.stream.destroy();
    this.#unpacking = null;
    this.#window = Buffer.alloc(0);
    this.#from = 0;
  }

  /** Null at the end, and where it cannot be unpacked any further. */
  async #next(): Promise<Buffer | null> {
    this.#unpacking ??= unpacking(this.#file);
    try {
      if (this.#from + this.#window.length > MOST_UNPACKED) throw new TooMuchUnpacked();
      const { value, done } = await this.#unpacking.pieces.next();
      if (done === true || value === undefined) return null;
      if (this.#head.length < EXCERPT_BYTES && this.#from + this.#window.length === this.#head.length)
        this.#head = Buffer.concat([this.#head, value.subarray(0, EXCERPT_BYTES - this.#head.length)]);
      return value;
    } catch (error) {
      const isPacking = error instanceof TooMuchUnpacked || errorCode(error)?.startsWith('Z_') === true;
      if (!isPacking) throw error;
      this.#isBroken = true;
      return null;
    }
  }
}

class TooMuchUnpacked extends Error {}

interface Unpacking {
  readonly stream: Gunzip;
  readonly pieces: AsyncIterator<Buffer>;
}

function unpacking(file: OpenLog): Unpacking {
  const stream = createGunzip({ chunkSize: PIECE_BYTES });
  // Whoever reads the pieces is told of what fails.
  pipeline(Readable.from(packedPieces(file), { highWaterMark: 1 }), stream, () => undefined);
  return { stream, pieces: stream[Symbol.asyncIterator]() };
}

async function* packedPieces(file: OpenLog): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const piece = Buffer.allocUnsafe(PACKED_BYTES);
    const read = await file.read(piece, at);
    if (read === 0) return;
    at += read;
    yield piece.subarray(0, read);
  }
}
