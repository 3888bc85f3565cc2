import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { shellWord } from '../wording.js';

/**
 * Removes the folders of the demo's own database servers, by far most of what a run leaves, and says what stays: messages, log and state, for
 * who wants to look at them.
 */
export async function tidyUp(directory: string): Promise<string> {
  for (const name of ['tillwarden-postgres', 'tillwarden-mysql', 'tillwarden-mariadb']) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
  const megabytes = (await bytesIn(directory)) / 1_000_000;
  return `The database is removed. Messages, log and state stay, ${megabytes.toFixed(1)} MB: rm -r ${shellWord(directory)}`;
}

/** What is there after a run whose folder the person named, who may want the database. */
export async function leftThere(directory: string): Promise<string> {
  const megabytes = (await bytesIn(directory)) / 1_000_000;
  return `Everything stays where you asked for it, ${megabytes.toFixed(1)} MB: rm -r ${shellWord(directory)}`;
}

async function bytesIn(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}
