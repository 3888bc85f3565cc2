import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkJournal } from '../../daemon/cli/history/journal-walk.js';
import { type DaemonProcess, startDaemonProcess } from '../../daemon/demo/daemon-process.js';
import { approveSite } from '../../daemon/demo/site.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import type { StoreReader } from '../../daemon/store/store.js';
import { MAIN } from '../cli/run-cli.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: DaemonProcess;

beforeEach(async () => {
  own = await startOwnPostgres();
  db = await own.createDatabase();
  watched = await prepareWatchedSite(db, { readIntervalMs: 500, timing: '  filesIntervalMs: 1000' });
  await approveSite(watched.site, watched.site.approvers, 'first');
  // A write beyond the limit raises a signal as well, which a full disk does not.
  const program = join(watched.directory, 'program.mjs');
  await writeFile(program, `process.on('SIGXFSZ', () => {}); await import(${JSON.stringify(MAIN)});`);
  daemon = await startDaemonProcess(watched.site.configFile, join(watched.directory, 'daemon.log'), program);
  await watched.told('baseline 1 is in force');
});

afterEach(async () => {
  await daemon.stop();
  await watched.close();
  await own.close();
});

/** From now on no file of the daemon may grow beyond so many bytes: what a write finds on a full disk. */
function limitFiles(bytes: string): void {
  execFileSync('prlimit', ['--pid', String(daemon.pid), `--fsize=${bytes}:unlimited`]);
}

const ready = async () => (await fetch(`${daemon.url}/readyz`)).status === 200;

function read<T>(work: (store: StoreReader) => T): T {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  if (store === null) throw new Error('no state');
  try {
    return work(store);
  } finally {
    store.close();
  }
}

test('nothing is half recorded while the disk is full, and all of it is told once when there is room again', async () => {
  await waitFor(ready, { what: 'readiness' });
  await waitFor(
    () => read((store) => store.outbox.messages({ undeliveredOnly: true, limit: 9 })).length === 0,
    {
      what: 'the outbox to be empty',
    },
  );
  const before = read((store) => store.journal.head());
  limitFiles('1');
  await db.query("update crypto_setting set sell_wallet_address = 'bc1qfulldisk' where id = 1");
  await waitFor(async () => !(await ready()), { what: 'the daemon to say that it is not ready' });
  await db.query(
    `insert into cas_user (login, password_hash, person_id, group_id) values ('fulldisk', 'x', 1, 1)`,
  );
  const health = await (await fetch(`${daemon.url}/readyz`)).text();
  expect(health).toContain('the state store cannot be written');
  expect(read((store) => [store.incidents.list({}), store.journal.head()])).toEqual([[], before]);
  // That nothing can be recorded goes around the outbox, and names no incident.
  expect(watched.titles().filter((title) => /^CRITICAL (?!all sites: )/.test(title))).toEqual([]);

  limitFiles('unlimited');
  await watched.told('bc1qfulldisk');
  await watched.told('“fulldisk”');
  await waitFor(ready, { what: 'readiness' });
  await waitFor(
    () => read((store) => store.outbox.messages({ undeliveredOnly: true, limit: 9 })).length === 0,
    {
      what: 'the outbox to be empty',
    },
  );
  expect(watched.count('bc1qfulldisk')).toBe(1);
  expect(watched.count('“fulldisk”')).toBe(1);
  expect(read((store) => checkJournal(store, null).broken)).toBeNull();
});
