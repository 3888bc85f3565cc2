import { randomUUID } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BaselineError } from './errors.js';
import { errno, naming, readRegularFile } from './read-file.js';

/**
 * Writes a file that is there whole or not at all, also after a power failure: a temporary file, fsync, the final name,
 * fsync of the directory. A file with the same bytes is left alone; one with others is never replaced
 * (`BASELINE_FILE_EXISTS`). Throws `BASELINE_FILE_UNWRITABLE` for what the disk refuses.
 */
export async function writeOnce(directory: string, file: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(directory, `.${file}.${randomUUID()}.tmp`);
  try {
    await writeDurably(temporary, bytes);
    // Unlike rename, link refuses a name that is taken, also when somebody takes it at this very moment.
    await link(temporary, join(directory, file));
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw unwritable(file, error);
    if (!isWritten(directory, file, bytes)) throw unwritable(file, error);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
  await syncDirectory(directory);
}

/** Creates a directory and all above it, durably. */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    const first = await mkdir(resolve(directory), { recursive: true });
    if (first === undefined) return;
    for (let made = resolve(directory); made.length >= first.length; made = dirname(made)) {
      await syncDirectory(dirname(made));
    }
  } catch (error) {
    throw unwritable('the directory', error);
  }
}

/** Makes what was created or removed in a directory survive a power failure. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * True when a file with these bytes is there. Throws when something else lies in its place: `BASELINE_FILE_EXISTS` for a file with other
 * bytes, the code of `readRegularFile` for what is no file that can be read.
 */
export function isWritten(directory: string, file: string, bytes: Uint8Array): boolean {
  const there = naming(file, () => contentUpTo(join(directory, file), bytes.length));
  if (there === undefined) return false;
  if (there !== null && Buffer.compare(there, bytes) === 0) return true;
  throw new BaselineError(
    'BASELINE_FILE_EXISTS',
    `${file} is there already with other content and is not replaced; somebody else was faster, or it does not belong there.`,
  );
}

/** Null for a file that is larger. */
function contentUpTo(path: string, maxBytes: number): Buffer | null | undefined {
  try {
    return readRegularFile(path, maxBytes);
  } catch (error) {
    if (error instanceof BaselineError && error.code === 'BASELINE_TOO_LARGE') return null;
    throw error;
  }
}

export function unwritable(what: string, cause: unknown): BaselineError {
  if (cause instanceof BaselineError) return cause;
  return new BaselineError(
    'BASELINE_FILE_UNWRITABLE',
    `Cannot write ${what} (${errno(cause)}); check the owner and mode of the directory, and the disk.`,
    { cause },
  );
}
