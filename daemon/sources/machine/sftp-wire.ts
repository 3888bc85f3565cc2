import { type FileStat, typeOf } from './stat.js';

/** Messages of SFTP version 3 (draft-ietf-secsh-filexfer-02), as OpenSSH speaks it. */

export const FXP = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  lstat: 7,
  fstat: 8,
  opendir: 11,
  readdir: 12,
  stat: 17,
  readlink: 19,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
} as const;

/** Codes of STATUS (section 7). */
export const FX = { ok: 0, eof: 1, noSuchFile: 2, permissionDenied: 3 } as const;

/** Bytes of one message beyond its length that are taken; OpenSSH sends no more than this. */
export const MAX_MESSAGE = 256 * 1024 + 1024;

/** The server says something that is no SFTP. */
export class SftpNonsense extends Error {
  override readonly name = 'SftpNonsense';
}

/** A message: length, type, then numbers of four bytes, and strings with their length before them. */
export function sftpMessage(type: number, ...parts: readonly (number | bigint | Buffer)[]): Buffer {
  const body = parts.map((part) => {
    if (typeof part === 'number') {
      const four = Buffer.alloc(4);
      four.writeUInt32BE(part);
      return four;
    }
    if (typeof part === 'bigint') {
      const eight = Buffer.alloc(8);
      eight.writeBigUInt64BE(part);
      return eight;
    }
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return Buffer.concat([length, part]);
  });
  const rest = Buffer.concat([Buffer.of(type), ...body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(rest.length);
  return Buffer.concat([length, rest]);
}

/** Reads what stands in a message. Every read throws `SftpNonsense` where the message ends before. */
export class SftpReader {
  #at = 0;
  constructor(private readonly bytes: Buffer) {}

  byte(): number {
    return this.#take(1).readUInt8();
  }

  number(): number {
    return this.#take(4).readUInt32BE();
  }

  /** A number of eight bytes; beyond 2^53 it has lost its last digits, and no file is so large. */
  large(): number {
    return Number(this.#take(8).readBigUInt64BE());
  }

  text(): Buffer {
    return this.#take(this.number());
  }

  /** Attributes of a file; null when they do not say what it is. */
  attributes(): FileStat | null {
    const flags = this.number();
    const size = flags & 1 ? this.large() : 0;
    const [uid, gid] = flags & 2 ? [this.number(), this.number()] : [0, 0];
    const mode = flags & 4 ? this.number() : null;
    const modified = flags & 8 ? [this.number(), this.number()][1] : 0;
    if (flags & 0x80000000) {
      for (let left = this.number(); left > 0; left--) {
        this.text();
        this.text();
      }
    }
    if (mode === null || !(flags & 1) || !(flags & 2)) return null;
    const none = { links: null, changedMs: null, device: null, inode: null, deviceNumber: null };
    return {
      ...none,
      type: typeOf(mode),
      size,
      mode: mode & 0o7777,
      uid,
      gid,
      modifiedMs: (modified ?? 0) * 1000,
    };
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.bytes.length) throw new SftpNonsense('a message ends too early');
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }
}
