import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { siteDirectory } from './directory.js';
import type { SignedDocument } from './document.js';
import { filesOf, type RecordsFiles } from './install.js';
import { errno, letOthersIn } from './read-file.js';
import { makeDirectory, syncDirectory, unwritable } from './write-file.js';

/** Files handled before other work is let in. */
const FILES_PER_TURN = 16;
/** How long making all of them durable at once may take. */
const SYNC_LIMIT_MS = 60_000;

/**
 * Puts a whole chain where nothing of the site lies yet: whole or not at all, also after a power failure. It is written into a folder beside
 * it, made durable in one go and renamed, since thousands of files that each wait for the disk take longer than anybody wants to be
 * without a watch. False when something of the site is there already; then nothing is changed. Throws `BASELINE_FILE_UNWRITABLE`, and what
 * `installBaseline` throws for names and records. `recordsOf` is asked for the records that are to lie beside each document.
 */
export async function installChain(
  directory: string,
  site: string,
  documents: readonly SignedDocument[],
  recordsOf: (document: SignedDocument) => Promise<RecordsFiles>,
): Promise<boolean> {
  const target = siteDirectory(directory, site);
  if (await isThere(target)) return false;
  await makeDirectory(directory);
  await removeUnfinished(directory, site);
  const unfinished = join(directory, `.${site}.${randomUUID()}.tmp`);
  try {
    await mkdir(unfinished);
    const names = new Set<string>();
    for (const [at, document] of documents.entries()) {
      const files = await filesOf(document, await recordsOf(document));
      for (const [file, bytes] of files) {
        if (!names.has(file)) writeNew(join(unfinished, file), bytes);
        names.add(file);
      }
      if (at % FILES_PER_TURN === 0) await letOthersIn();
    }
    await makeDurable(unfinished, [...names]);
    await rename(unfinished, target);
    await syncDirectory(directory);
    return true;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    // Somebody was faster.
    if (TAKEN.has(errno(error))) return false;
    throw unwritable('the copy of the chain', error);
  }
}

const TAKEN: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST']);

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errno(error) === 'ENOENT') return false;
    throw unwritable('the directory', error);
  }
}

/** What a crash left of an earlier attempt. */
async function removeUnfinished(directory: string, site: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`.${site}.`) || !name.endsWith('.tmp')) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

function writeNew(path: string, bytes: Uint8Array): void {
  const handle = openSync(path, 'wx');
  try {
    for (let from = 0; from < bytes.length; ) from += writeSync(handle, bytes, from);
  } finally {
    closeSync(handle);
  }
}

/** One call of the system for all files (`syncfs`), which Node does not offer and `sync -f` of coreutils is; where that is missing, file by file. */
async function makeDurable(folder: string, files: readonly string[]): Promise<void> {
  const once = promisify(execFile)('sync', ['-f', folder], { timeout: SYNC_LIMIT_MS });
  const isDone = await once.then(
    () => true,
    () => false,
  );
  if (!isDone) {
    for (const [at, file] of files.entries()) {
      syncFile(join(folder, file));
      if (at % FILES_PER_TURN === 0) await letOthersIn();
    }
  }
  await syncDirectory(folder);
}

function syncFile(path: string): void {
  const handle = openSync(path, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
