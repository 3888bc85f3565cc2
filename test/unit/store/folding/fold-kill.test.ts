import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { checkJournal } from '../../../../daemon/cli/history/journal-walk.js';
import { foldOnce } from '../../../../daemon/store/folding/fold.js';
import { openStore } from '../../../../daemon/store/sqlite/open.js';
import type { Store } from '../../../../daemon/store/store.js';
import { DAY_MS, pastIncident, signedBaseline } from '../../../support/old-store.js';

const ROUNDS = 5;
const INCIDENTS = 120;
const NOW = 1000 * DAY_MS;

const dist = (path: string) =>
  JSON.stringify(join(fileURLToPath(new URL('../../../../dist/', import.meta.url)), path));
const FOLDER = `
import { openStore } from ${dist('daemon/store/sqlite/open.js')};
import { foldOnce } from ${dist('daemon/store/folding/fold.js')};
const directory = process.argv[1];
const store = openStore(directory);
process.stdout.write('folding\\n');
const options = { store, directory, beforeMs: ${NOW - 400 * DAY_MS}, sites: [], clock: () => ${NOW}, stopped: () => false, leastEntries: 1 };
while (await foldOnce(options));
`;

function fill(store: Store): readonly string[] {
  return Array.from({ length: INCIDENTS }, (_, n) => {
    if (n % 10 === 0) signedBaseline(store, n + 1, n * DAY_MS);
    return pastIncident(store, n * DAY_MS);
  });
}

/** The number of findings of an incident, wherever they are: the store or the file; each counts once. */
function findingsOf(store: Store, directory: string, id: string): number {
  if (store.folds.ofIncident(id) === null) return store.incidents.find(id)?.ended.length ?? 0;
  const file = gunzipSync(readFileSync(join(directory, 'folded/000001.details.jsonl.gz'))).toString();
  const line = file.split('\n').find((one) => one.includes(`"incident":{"id":"${id}"`)) ?? '{}';
  return JSON.parse(line).finding?.length ?? 0;
}

test(`a fold that is killed loses nothing and is gone on with, ${ROUNDS} times`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tillwarden-fold-'));
  try {
    const first = openStore(directory);
    const ids = fill(first);
    const count = first.journal.lastSeq();
    const [, second] = first.journal.entries(0, 2);
    first.close();
    for (let round = 0; round < ROUNDS; round++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', FOLDER, directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      // At a random point of it: that is the experiment, not a wait for something.
      await delay(Math.random() * 60);
      child.kill('SIGKILL');
      await ended;
      const store = openStore(directory);
      const report = checkJournal(store, second?.hash ?? '', join(directory, 'folded'));
      expect(report).toMatchObject({ broken: null, told: { seq: 2 }, forgotten: [] });
      expect(report.entries - report.folds.length).toBe(count);
      for (const id of ids) expect(findingsOf(store, directory, id)).toBe(1);
      store.close();
    }
    const store = openStore(directory);
    const folding = { store, directory, beforeMs: NOW - 400 * DAY_MS, sites: [], clock: () => NOW };
    while (await foldOnce({ ...folding, stopped: () => false, leastEntries: 1 }));
    expect(checkJournal(store, null, join(directory, 'folded'))).toMatchObject({
      broken: null,
      entries: count + 1,
    });
    expect(store.journal.entries(0, 1000)).toHaveLength(INCIDENTS / 10 + 1);
    store.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
