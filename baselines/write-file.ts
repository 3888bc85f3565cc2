import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BaselineError } from './errors.js';
import { errno, naming, readRegularFile } from './read-file.js';

/**
 * Writes a file that is there whole or not at all, also after a power failure: a temporary file, fsync, the final name,
 * fsync of the directory. A file with the same bytes is left alone; one with others is never replaced
 * (`BASELINE_FILE_EXISTS`). Throws `BASELINE_FILE_UNWRITABLE` for what the disk refuses.
 */
export async function writeOnce(directory: string, file: string, bytes: Uint8Array): Promise<void> {
  await writeAllOnce(directory, [[file, bytes]]);
}

/**
 * Writes several files as `writeOnce` does one, their names made durable together. After a power failure in between any of them may be there, so
 * what says that others are there is not one of them.
 */
export async function writeAllOnce(
  directory: string,
  files: readonly (readonly [file: string, bytes: Uint8Array])[],
): Promise<void> {
  for (const [file, bytes] of files) await place(directory, file, bytes);
  if (files.length > 0) await syncDirectory(directory);
}

/** The file, whole and durable, under a name that is not durable yet. */
async function place(directory: string, file: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(directory, `.${file}.${randomUUID()}.tmp`);
  try {
    await writeDurably(temporary, bytes, await groupPart(directory));
    // Unlike rename, link refuses a name that is taken, also when somebody takes it at this very moment.
    await link(temporary, join(directory, file));
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw lacksLinks(directory, error) ?? unwritable(file, error);
    if (!isWritten(directory, file, bytes)) throw unwritable(file, error);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/**
 * Creates a directory and all above it, durably. Below a folder that people share by a group, the group may write there too, whatever the umask
 * of whoever makes it: the next person has to leave a signature.
 */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    const first = await mkdir(resolve(directory), { recursive: true });
    if (first === undefined) return;
    const shared = await groupPart(dirname(first));
    for (let made = resolve(directory); shared !== 0 && made.length >= first.length; made = dirname(made)) {
      await chmod(made, ((await stat(made)).mode & 0o7707) | shared | SET_GROUP);
    }
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
  } catch (error) {
    throw NO_SYNC.has(errno(error))
      ? unsupported(directory, 'cannot make the names in a directory durable (fsync)', error)
      : unwritable('the directory', error);
  } finally {
    await handle.close();
  }
}

/** What file systems say that know no `fsync` of a directory, and no hard links. */
const NO_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EBADF']);
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
const SET_GROUP = 0o2000;

/** What the group may do in a directory that people share by it; 0 where they do not. */
async function groupPart(directory: string): Promise<number> {
  const { mode } = await stat(directory);
  return (mode & SET_GROUP) !== 0 && (mode & 0o020) !== 0 ? mode & 0o070 : 0;
}

function lacksLinks(directory: string, error: unknown): BaselineError | null {
  const isLink = typeof error === 'object' && error !== null && Reflect.get(error, 'syscall') === 'link';
  return isLink && NO_LINKS.has(errno(error)) ? unsupported(directory, 'has no hard links', error) : null;
}

function unsupported(directory: string, lacks: string, cause: unknown): BaselineError {
  return new BaselineError(
    'BASELINE_FILE_UNWRITABLE',
    `The file system of ${directory} ${lacks} (${errno(cause)}), so nothing can be put there whole or not at all; put the folder on another one, such as ext4, XFS, ZFS or APFS, not on FAT, exFAT or a share of another machine.`,
    { cause },
  );
}

/** `group`: what the group may do in the directory; it may read the file then. */
async function writeDurably(path: string, bytes: Uint8Array, group: number): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    if (group !== 0) await handle.chmod(((await handle.stat()).mode & 0o777) | (group & 0o040));
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
    `${file} is there already with other content and is not replaced; somebody else was faster, or it does not belong there. Look at what is there, and propose anew on it.`,
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
