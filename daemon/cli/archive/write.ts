import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, stat, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { errorCode } from '../../error-code.js';
import { CliError } from '../errors.js';

/** A file of an archive: its bytes, or the path of a file that holds them. */
export interface ArchiveFile {
  /** Path inside the archive: our own names, in visible ASCII, with `/` between folders. */
  readonly name: string;
  readonly content: Uint8Array | { readonly path: string };
}

/** Name of the list that `sha256sum -c` checks; always the last file of an archive. */
export const CHECKSUMS = 'SHA256SUMS';
/** Sizes of the ustar format (POSIX.1-2001, pax, "ustar Interchange Format"), in bytes. */
export const BLOCK = 512;

/**
 * Writes a tar archive, gzip-compressed, that is there whole or not at all: the files in the order of their names below `folder`, then
 * the list of their checksums. The same files give the same bytes. Readable by its owner alone. Never overwrites: throws
 * `CLI_FILE_EXISTS`, or `CLI_FILE_UNWRITABLE` for what the disk refuses. Resolves with the hex SHA-256 of the archive.
 */
export async function writeArchive(
  path: string,
  files: readonly ArchiveFile[],
  folder: string | null = null,
): Promise<string> {
  const hash = createHash('sha256');
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await pipeline(
      Readable.from(blocks(files, folder)),
      createGzip(),
      hashed(hash),
      createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }),
    );
    await link(temporary, path);
    return hash.digest('hex');
  } catch (error) {
    throw refusal(path, error);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** Passes bytes on, and takes them into a digest. */
function hashed(hash: Hash): (pieces: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array> {
  return async function* (pieces) {
    for await (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  };
}

async function* blocks(files: readonly ArchiveFile[], folder: string | null): AsyncGenerator<Uint8Array> {
  const place = (name: string) => (folder === null ? name : `${folder}/${name}`);
  const sums: string[] = [];
  for (const { name, content } of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const hash = createHash('sha256');
    yield* entry(place(name), content, hash);
    sums.push(`${hash.digest('hex')}  ${name}\n`);
  }
  yield* entry(place(CHECKSUMS), Buffer.from(sums.join('')), createHash('sha256'));
  yield Buffer.alloc(2 * BLOCK);
}

async function* entry(name: string, content: ArchiveFile['content'], hash: Hash): AsyncGenerator<Uint8Array> {
  const size = content instanceof Uint8Array ? content.length : (await stat(content.path)).size;
  yield header(name, size);
  // A file that grows meanwhile is cut where it was measured; one that shrinks is refused.
  const pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array> =
    content instanceof Uint8Array
      ? [content]
      : size === 0
        ? []
        : createReadStream(content.path, { end: size - 1 });
  let length = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    length += piece.length;
    yield piece;
  }
  if (length !== size) throw new RangeError('a file shrank while it was archived');
  yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** A regular file of mode 0600, of nobody in particular, of 1970: an archive tells what it holds and nothing else. */
function header(name: string, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const [prefix, base] = split(name);
  block.write(base, 0, 'ascii');
  block.write('0000600\0', 100, 'ascii');
  block.write('0000000\0', 108, 'ascii');
  block.write('0000000\0', 116, 'ascii');
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'ascii');
  block.write('00000000000\0', 136, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\x0000', 257, 'ascii');
  block.write(prefix, 345, 'ascii');
  block.write(`${headerSum(block).toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}

/** The sum of a header's bytes, its own field counted as spaces. */
export function headerSum(block: Uint8Array): number {
  let sum = 0;
  for (const [at, byte] of block.subarray(0, BLOCK).entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}

/** A name of more than 100 bytes is divided at a `/`. */
function split(name: string): readonly [prefix: string, base: string] {
  if (!/^[!-~]+$/.test(name)) throw new RangeError('a name in an archive is visible ASCII');
  if (name.length <= 100) return ['', name];
  const at = name.indexOf('/', name.length - 101);
  if (at < 1 || at > 155) throw new RangeError('a name in an archive is too long');
  return [name.slice(0, at), name.slice(at + 1)];
}

function refusal(path: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === 'EEXIST') {
    return new CliError('CLI_FILE_EXISTS', `${path} is there already and is not replaced; name another file`);
  }
  if (code === null || !/^E[A-Z0-9]+$/.test(code)) return error;
  return new CliError(
    'CLI_FILE_UNWRITABLE',
    `${path} cannot be written (${code}); name a file in a folder of yours`,
    { cause: error },
  );
}
