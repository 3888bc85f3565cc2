import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  opendirSync,
  openSync,
  read,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { BaselineError } from './errors.js';

/** Neither follow a symbolic link nor wait for the other end of a FIFO. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The bytes of a regular file, or undefined when there is none of that name. Whatever else lies there is refused with a
 * code: a symbolic link, a FIFO, a device, a directory, a file above `maxBytes` (which is not read), one that cannot be
 * read. What is checked is the open file, so that it cannot be swapped in between.
 */
export function readRegularFile(path: string, maxBytes: number): Buffer | undefined {
  return readOwnedFile(path, maxBytes)?.bytes;
}

/** The same, with the user that the file belongs to: of its own accord no file says who wrote it. */
export function readOwnedFile(
  path: string,
  maxBytes: number,
): { readonly bytes: Buffer; readonly uid: number } | undefined {
  const handle = open(path);
  if (handle === undefined) return undefined;
  try {
    const { size, uid } = statRegular(handle, maxBytes);
    return { bytes: readAtMost(handle, size, maxBytes), uid };
  } catch (error) {
    throw error instanceof BaselineError ? error : unreadable(error);
  } finally {
    closeSync(handle);
  }
}

/** Bytes hashed before other work is let in. */
const SLICE_BYTES = 1024 * 1024;
/** A file of so many bytes is read in less time than it takes to let other work in. */
const SMALL_BYTES = 64 * 1024;
const readBeside = promisify(read);

/**
 * Hex SHA-256 of a regular file, one that is not small read a slice at a time so that other work goes on; undefined when there is none. Refuses what
 * `readRegularFile` refuses.
 */
export async function digestOfFile(path: string, maxBytes: number): Promise<string | undefined> {
  const handle = open(path);
  if (handle === undefined) return undefined;
  try {
    const { size } = statRegular(handle, maxBytes);
    const hash = createHash('sha256');
    // One byte more than it holds, so that one that has not grown is at its end with the first read.
    const slice = Buffer.allocUnsafe(Math.min(size + 1, SLICE_BYTES));
    for (let length = 0; ; ) {
      const bytesRead =
        Math.max(size, length) <= SMALL_BYTES
          ? readSync(handle, slice, 0, slice.length, length)
          : (await readBeside(handle, slice, 0, slice.length, length)).bytesRead;
      if (bytesRead === 0) return hash.digest('hex');
      length += bytesRead;
      if (length > maxBytes) refuseLarger(Number.POSITIVE_INFINITY, maxBytes);
      hash.update(slice.subarray(0, bytesRead));
    }
  } catch (error) {
    throw error instanceof BaselineError ? error : unreadable(error);
  } finally {
    closeSync(handle);
  }
}

/** Hex SHA-256 of bytes, a slice at a time so that other work goes on. */
export async function digestOfBytes(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
    if (from > 0) await letOthersIn();
    hash.update(bytes.subarray(from, from + SLICE_BYTES));
  }
  return hash.digest('hex');
}

/** Names listed before other work is let in. */
const NAMES_PER_TURN = 1_000;

/** The names in a directory, in no order; one more than `most` where there are more, none where there is no directory. Rejects with what the system says. */
export async function namesIn(directory: string, most: number): Promise<string[]> {
  const names: string[] = [];
  // Many are not there, and an error takes longer to be made than a directory to be read.
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return names;
  // Most hold a few: to hand each of these to another thread and back takes five times as long as to read them.
  const open = opendirSync(directory);
  try {
    for (let entry = open.readSync(); entry !== null && names.length <= most; entry = open.readSync()) {
      names.push(entry.name);
      if (names.length % NAMES_PER_TURN === 0) await letOthersIn();
    }
    return names;
  } finally {
    open.closeSync();
  }
}

/** Lets in what waits for a turn of the event loop. */
export function letOthersIn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function statRegular(handle: number, maxBytes: number): Stats {
  const stat = fstatSync(handle);
  if (!stat.isFile()) throw notRegular();
  refuseLarger(stat.size, maxBytes);
  return stat;
}

function notRegular(): BaselineError {
  return new BaselineError(
    'BASELINE_FILE_NOT_REGULAR',
    'It is a directory, FIFO or device; needed is a file.',
  );
}

/** Does something with a file of ours. The refusal of it begins with the file's name. */
export function naming<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    throw new BaselineError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, FLAGS);
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw unopened(error);
  }
}

function unopened(error: unknown): BaselineError {
  const code = errno(error);
  if (code === 'ELOOP') {
    return new BaselineError('BASELINE_FILE_SYMLINK', 'It is a symbolic link; needed is the file itself.');
  }
  if (code === 'ENXIO') {
    return new BaselineError('BASELINE_FILE_NOT_REGULAR', 'It is a socket or device; needed is a file.');
  }
  return unreadable(error);
}

/** Reads to the end; the file may have grown since it was measured. */
function readAtMost(handle: number, size: number, maxBytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(size + 1);
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(handle, buffer, length, buffer.length - length, length);
    if (read === 0) return buffer.subarray(0, length);
    length += read;
  }
  refuseLarger(Number.POSITIVE_INFINITY, maxBytes);
  return buffer;
}

function refuseLarger(size: number, maxBytes: number): void {
  if (size <= maxBytes) return;
  const found = Number.isFinite(size) ? `has ${size} bytes` : 'grows while it is read';
  throw new BaselineError(
    'BASELINE_TOO_LARGE',
    `It ${found}; at most ${maxBytes} are read. Remove what does not belong there.`,
  );
}

function unreadable(cause: unknown): BaselineError {
  return new BaselineError(
    'BASELINE_FILE_UNREADABLE',
    `It cannot be read (${errno(cause)}); check its owner and mode, and the disk.`,
    { cause },
  );
}

/** The code of an error of the operating system. */
export function errno(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
}
