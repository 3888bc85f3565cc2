import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { installBaseline, siteDirectory } from '../../../baselines/index.js';
import { propose, SITE, signed } from './scene.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'baselines d-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** What was made durable, in order: a file, or the names that a folder had. */
async function durable(of: () => Promise<void>): Promise<(string | readonly string[])[]> {
  const handle = await open(folder, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const made: (string | readonly string[])[] = [];
  const sync = prototype.sync;
  jest.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
    const path = readlinkSync(`/proc/self/fd/${this.fd}`);
    made.push(statSync(path).isDirectory() ? readdirSync(path).sort() : 'a file');
    await sync.call(this);
  });
  await of();
  return made;
}

test('what a document needs is durable before the document is there, and waits for the disk together', async () => {
  const proposal = propose(null);
  const document = signed(proposal);
  const site = siteDirectory(folder, SITE);
  const made = await durable(() => installBaseline(folder, SITE, document, proposal.records));
  const all = readdirSync(site).sort();
  // Two collections and two signatures.
  expect(all).toHaveLength(5);
  const needed = all.filter((name) => name !== document.file);
  expect(made).toEqual([[SITE], 'a file', 'a file', 'a file', 'a file', needed, 'a file', all]);
  expect(await durable(() => installBaseline(folder, SITE, document, proposal.records))).toEqual([]);
});
