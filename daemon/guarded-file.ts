import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Why a file was not read. Whoever asked says it in words of their own, by its code. */
class GuardedFileError extends Error {
  override readonly name = 'GuardedFileError';
  constructor(
    /** `not-a-file`, `too-large`, or as the operating system says it: `ENOENT`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A file as it was read: what the descriptor says of it, and its bytes. */
export interface GuardedFile {
  readonly bytes: Buffer;
  readonly stat: Stats;
}

/**
 * Reads a file that a configuration or a person names, the one way there is (docs/adr/0044). Whatever lies at the path by then, it neither waits nor
 * grows: a FIFO is not waited for, a device, directory or socket is refused, and of no file more than `maxBytes` are held. What is checked is the open
 * file, so that it cannot be swapped in between. Symbolic links are followed: secrets are mounted as links. Throws `GuardedFileError`, and the system's own error
 * where it refuses to open.
 */
export function readGuarded(path: string, maxBytes: number): GuardedFile {
  const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw new GuardedFileError('not-a-file', `${path} is not a file`);
    if (stat.size > maxBytes) throw tooLarge(path, maxBytes);
    return { bytes: readAtMost(handle, stat, path, maxBytes), stat };
  } finally {
    closeSync(handle);
  }
}

/** The same as text. */
export function readGuardedText(path: string, maxBytes: number): string {
  return readGuarded(path, maxBytes).bytes.toString('utf8');
}

/** A file says of itself how long it is; one that grows, or lies, is not followed. */
function readAtMost(handle: number, { size }: Stats, path: string, maxBytes: number): Buffer {
  // One byte more than it says, to see its end: the files of hundreds of sites would fill the memory with room that none of them needs.
  let held = Buffer.allocUnsafe(Math.min(size > 0 ? size + 1 : CHUNK_BYTES, maxBytes + 1));
  for (let length = 0; ; ) {
    if (length === held.length) held = Buffer.concat([held], Math.min(length + CHUNK_BYTES, maxBytes + 1));
    const read = readSync(handle, held, length, held.length - length, null);
    if (read === 0) return held.subarray(0, length);
    length += read;
    if (length > maxBytes) throw tooLarge(path, maxBytes);
  }
}

const CHUNK_BYTES = 64 * 1024;

function tooLarge(path: string, maxBytes: number): GuardedFileError {
  return new GuardedFileError('too-large', `${path} has more than ${maxBytes} bytes`);
}

/**
 * Writes a file that is for its owner alone, in a folder that is, made where it is missing: whole and on the disk beside the one before, and then in
 * its place. Two that write one file at once leave that of one of them, and never a mixture. Throws the system's own error; the file before is
 * there still then, and nothing beside it.
 */
export function writePrivateFile(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(temporary, content, { mode: 0o600, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
