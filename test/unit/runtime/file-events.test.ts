import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type DiskWatch, watchDisk } from '../../../daemon/runtime/file-events.js';
import { waitFor } from '../../support/wait.js';

let directory: string;
let watching: DiskWatch | null = null;
const at = (...names: readonly string[]) => join(directory, ...names);
const watches = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tillwarden-events-'));
  mkdirSync(at('baselines', 'prague-1', 'records'), { recursive: true });
  for (let n = 0; n < 200; n++) writeFileSync(at('baselines', 'prague-1', 'records', `${n}.jsonl`), '{}');
  writeFileSync(at('tillwarden.yaml'), 'a');
});
afterEach(async () => {
  await watching?.close();
  watching = null;
  rmSync(directory, { recursive: true });
});

test('folders are watched and not their files, and whatever happens to a file is heard all the same', async () => {
  let hints = 0;
  const before = watches();
  const failures: unknown[] = [];
  watching = watchDisk(
    [at('baselines'), at('tillwarden.yaml')],
    () => hints++,
    (error) => failures.push(error),
  );
  // baselines, prague-1, records, and the file that is named (with the folder it may be replaced in).
  await waitFor(() => watches() - before >= 4, { what: 'the folders to be watched' });
  const record = (name: string) => at('baselines', 'prague-1', 'records', name);
  for (const change of [
    () => appendFileSync(record('17.jsonl'), '{}'),
    () => writeFileSync(record('new.jsonl'), '{}'),
    () => renameSync(record('new.jsonl'), record('18.jsonl')),
    () => unlinkSync(record('19.jsonl')),
    () => appendFileSync(at('tillwarden.yaml'), 'b'),
    () => {
      writeFileSync(at('next.yaml'), 'c');
      renameSync(at('next.yaml'), at('tillwarden.yaml'));
    },
  ]) {
    hints = 0;
    change();
    await waitFor(() => hints > 0, { what: 'a hint' });
  }
  hints = 0;
  mkdirSync(at('baselines', 'brno-1'));
  await waitFor(() => hints > 0, { what: 'a hint about a folder that is new' });
  await waitFor(
    () => {
      hints = 0;
      appendFileSync(at('baselines', 'brno-1', 'baseline.000001.json'), '{}');
      return new Promise<boolean>((resolve) => setTimeout(() => resolve(hints > 0), 50));
    },
    { what: 'a hint about a file in it' },
  );
  expect(watches() - before).toBeLessThan(10);
  expect(failures).toEqual([]);
});
