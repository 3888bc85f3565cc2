import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { errorCode } from '../../error-code.js';
import { CliError } from '../errors.js';
import { BLOCK, CHECKSUMS, headerSum } from './write.js';

/** Files and unpacked bytes that are taken from one archive. */
const MOST_FILES = 200_000;
const MOST_BYTES = 64 * 1024 ** 3;
const LONGEST_SUMS = 64 * 1024 ** 2;

/**
 * Unpacks an archive of ours into an empty directory and proves it by its checksum list: every file is listed, every listed one is there,
 * and each has the digest that the list says. Only regular files whose names `accepts` says yes to are taken. Throws
 * `CLI_ARCHIVE_REFUSED`; what was unpacked by then is the caller's to remove.
 */
export async function unpackArchive(
  path: string,
  directory: string,
  accepts: (name: string) => boolean,
): Promise<void> {
  const source = new Pieces(path);
  const digests = new Map<string, string>();
  let sums: string | null = null;
  let left = MOST_BYTES;
  for (;;) {
    const block = await source.take(BLOCK);
    if (block.every((byte) => byte === 0)) break;
    if (sums !== null) throw refused(`holds a file behind ${CHECKSUMS}`);
    const { name, size } = headerOf(block);
    left -= size;
    if (left < 0 || digests.size >= MOST_FILES) throw refused('holds more than is unpacked');
    if (name === CHECKSUMS) {
      if (size > LONGEST_SUMS) throw refused(`has a ${CHECKSUMS} that is too long`);
      sums = (await source.take(size)).toString('latin1');
    } else {
      if (!accepts(name)) throw refused('holds a file with a name that tillwarden does not write');
      if (digests.has(name)) throw refused('holds a file twice');
      digests.set(name, await save(join(directory, name), source, size));
    }
    await source.take((BLOCK - (size % BLOCK)) % BLOCK);
  }
  const expected = [...digests].sort(([a], [b]) => (a < b ? -1 : 1));
  if (sums !== expected.map(([name, digest]) => `${digest}  ${name}\n`).join('')) {
    throw refused(`does not hold what its ${CHECKSUMS} says: it was changed, or damaged on its way`);
  }
}

async function save(path: string, source: Pieces, size: number): Promise<string> {
  const hash = createHash('sha256');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file: FileHandle = await open(path, 'wx', 0o600);
  try {
    for (let left = size; left > 0; ) {
      const piece = await source.take(Math.min(left, 1024 ** 2));
      hash.update(piece);
      await file.writeFile(piece);
      left -= piece.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

function headerOf(block: Buffer): { name: string; size: number } {
  const text = (from: number, length: number) =>
    block.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  const octal = (from: number, length: number) => {
    const digits = text(from, length).trim();
    return /^[0-7]{1,11}$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  const size = octal(124, 12);
  const isOurs = text(257, 6) === 'ustar' && text(156, 1) === '0' && !Number.isNaN(size);
  if (!isOurs || octal(148, 8) !== headerSum(block)) {
    throw refused('holds something that is no plain file, or is damaged');
  }
  const prefix = text(345, 155);
  return { name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`, size };
}

/** The unpacked bytes of a compressed file, as many at a time as are asked for. */
class Pieces {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    const gunzip = createGunzip();
    createReadStream(path)
      .on('error', (error) => gunzip.destroy(error))
      .pipe(gunzip);
    this.#chunks = gunzip[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  async #next(): Promise<Buffer> {
    try {
      const { value, done } = await this.#chunks.next();
      if (!done) return value;
    } catch (error) {
      const code = errorCode(error) ?? 'unknown error';
      throw refused(`cannot be read (${code})`, error);
    }
    throw refused('ends before it is complete');
  }
}

function refused(what: string, cause?: unknown): CliError {
  return new CliError(
    'CLI_ARCHIVE_REFUSED',
    `the archive ${what}; nothing of it was used. Take another one: "tillwarden state backup FILE" writes it`,
    cause === undefined ? undefined : { cause },
  );
}
