import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HashPool } from '../../../../daemon/sources/files/survey/hash-pool.js';

let folder: string;
let handle: number;
let pool: HashPool;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillwarden-hash-'));
  writeFileSync(join(folder, 'a'), 'what it holds');
  handle = openSync(folder, 'r');
  pool = new HashPool(1, { maxFileBytes: 1_000, megabytesPerSecond: 1_000 });
});
afterEach(async () => {
  await pool.close();
  closeSync(handle);
  rmSync(folder, { recursive: true });
});

test('a thread that ended is given no further job: what it had fails at once, and what comes next is hashed by another one', async () => {
  const sha256 = createHash('sha256').update('what it holds').digest('hex');
  expect(await pool.hash(handle, ['a'])).toMatchObject([{ sha256 }]);
  // No names at all are a mistake of ours, of which its thread dies.
  const deadly = pool.hash(handle, null as never);
  const behind = pool.hash(handle, ['a']);
  await expect(deadly).rejects.toThrow();
  await expect(behind).rejects.toThrow();
  expect(await pool.hash(handle, ['a'])).toMatchObject([{ sha256 }]);
  await pool.room();
});
