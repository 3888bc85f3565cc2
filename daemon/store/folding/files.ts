import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync } from 'node:zlib';
import { errorCode } from '../../error-code.js';
import { readGuarded } from '../../guarded-file.js';
import type { JournalEntry } from '../port/journal.js';

/** The folder beside the state that holds what was folded. */
export const FOLDED_FOLDER = 'folded';
/** Unpacked bytes of one file that are read; `fold.ts` makes none so large. */
const MOST_BYTES = 512 * 1024 * 1024;

/** The two files of a fold: gzip-compressed JSON Lines. That of entries has the lines of an evidence archive's `journal.jsonl`. */
export function foldedFiles(number: number): { readonly journal: string; readonly details: string } {
  const name = String(number).padStart(6, '0');
  return { journal: `${name}.journal.jsonl.gz`, details: `${name}.details.jsonl.gz` };
}

export function isFoldedFile(name: string): boolean {
  return /^\d{6}\.(?:journal|details)\.jsonl\.gz$/.test(name);
}

/**
 * Writes lines to a file that is there whole or not at all, readable by its owner alone, and durable when this resolves. One of a fold that was not
 * completed is replaced. Resolves with the hex SHA-256 of its bytes; rejects with what the system refuses.
 */
export async function writeFolded(
  folder: string,
  name: string,
  lines: AsyncIterable<string>,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  try {
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform: (chunk, _encoding, done) => {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const file = createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true });
    await pipeline(Readable.from(lines), createGzip(), hashing, file);
    await rename(temporary, path);
    await syncFolder(folder);
    return hash.digest('hex');
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * The entries of a file, in order. `missing`: there is none; `other`: what is there is not the file of this digest. Throws what the system refuses
 * otherwise.
 */
export function readFoldedEntries(
  folder: string,
  name: string,
  digest: string,
): readonly JournalEntry[] | 'missing' | 'other' {
  let bytes: Buffer;
  try {
    bytes = readGuarded(join(folder, name), MOST_BYTES).bytes;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return 'missing';
    if (code === 'not-a-file' || code === 'too-large') return 'other';
    throw error;
  }
  if (createHash('sha256').update(bytes).digest('hex') !== digest) return 'other';
  try {
    return [...linesOf(gunzipSync(bytes, { maxOutputLength: MOST_BYTES }))].map(entryOf);
  } catch {
    // It has the digest that an entry of the journal names, and is no file of ours: whoever wrote the one made up the other.
    return 'other';
  }
}

function* linesOf(bytes: Buffer): Generator<string> {
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end;
    yield bytes.toString('utf8', from, to);
    from = to + 1;
  }
}

function entryOf(line: string): JournalEntry {
  const { seq, atMs, type, body, previous, hash } = JSON.parse(line);
  const numbers = [seq, atMs];
  const texts = [type, body, previous, hash];
  const isEntry = numbers.every(Number.isSafeInteger) && texts.every((text) => typeof text === 'string');
  if (!isEntry) throw new RangeError('no entry of a journal');
  return { seq, atMs, type, body, previous, hash };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
