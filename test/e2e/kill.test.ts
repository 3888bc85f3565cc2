import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { checkJournal } from '../../daemon/cli/history/journal-walk.js';
import { type DaemonProcess, startDaemonProcess } from '../../daemon/demo/daemon-process.js';
import { approveSite } from '../../daemon/demo/site.js';
import { readMail } from '../../daemon/demo/stand-ins/mail.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'daemon', 'main.js');
/** `npm run soak` sets 200. */
const ROUNDS = Number(process.env['SOAK_ROUNDS'] ?? 10);
const CHANGES_PER_ROUND = 4;
/** A kill falls anywhere in this time after the daemon began to watch, in milliseconds. */
const KILL_WITHIN_MS = 1_500;

// The sensor sees all roles of a server: other tests must not make any there.
let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;

beforeAll(async () => {
  own = await startOwnPostgres();
});

afterAll(() => own.close());

beforeEach(async () => {
  db = await own.createDatabase();
  watched = await prepareWatchedSite(db, { readIntervalMs: 1_000 });
  await approveSite(watched.site, watched.site.approvers, 'first');
});

afterEach(async () => {
  await watched.close();
  await db.drop();
});

test(
  `kill -9 at ${ROUNDS} random points of a stream of changes: every change is told at least once, none is half recorded`,
  async () => {
    let inserted = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const daemon = await start();
      const killed = delay(Math.random() * KILL_WITHIN_MS).then(() => daemon.kill());
      for (let i = 0; i < CHANGES_PER_ROUND; i++) {
        inserted += 1;
        await db.query(
          `insert into terminal (serial_number, name, type, location_id) values ($1, 'T', 'BATMFour', 1)`,
          [`SOAK${inserted}.`],
        );
        await delay(Math.random() * 300);
      }
      await killed;
      await daemon.exited;
      consistent();
    }
    const last = await start();
    const serials = Array.from({ length: inserted }, (_, index) => `“SOAK${index + 1}.”`);
    await waitFor(async () => (await untold(serials)).length === 0, {
      what: 'every change to be told',
    });
    await waitFor(async () => (await undelivered(last)) === 0, { what: 'the outbox to be empty' });
    last.kill();
    await last.exited;
    consistent();
    const alarms = (await Promise.all(watched.smtp.messages.map(readMail))).filter(
      ({ part }) => part === 'alarm',
    );
    const repeated = alarms.length - new Set(alarms.map(({ alert }) => alert)).size;
    console.log(
      `${ROUNDS} kills, ${inserted} changes, 0 lost; ${alarms.length} alarms, ${repeated} of them repeats`,
    );
  },
  120_000 + ROUNDS * 60_000,
);

function start(): Promise<DaemonProcess> {
  return startDaemonProcess(watched.site.configFile, join(watched.directory, 'daemon.log'), PROGRAM);
}

/** A message shows so many changes in full and counts the rest; the details by mail show the most. */
async function untold(serials: readonly string[]): Promise<string[]> {
  const mails = await Promise.all(watched.smtp.messages.map(readMail));
  const all = [...watched.slack.messages.map(slackText), ...mails.map(({ text }) => text)].join('\n');
  return serials.filter((serial) => !all.includes(serial));
}

async function undelivered({ url }: DaemonProcess): Promise<number> {
  const status = (await (await fetch(`${url}/status`)).json()) as { undelivered: number };
  return status.undelivered;
}

/** After any crash: the journal's chain is whole, and each finding that was told has its alert in the outbox. */
function consistent(): void {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  if (store === null) return;
  try {
    expect(checkJournal(store, null).broken).toBeNull();
    const alerts = new Set(store.outbox.messages({ limit: 100_000 }).map(({ incident }) => incident));
    const journal = store.journal.entries(0, 100_000).filter(({ type }) => type === 'verdict');
    const recorded = journal.flatMap(({ body }) => (JSON.parse(body) as { told: string[] }).told);
    for (const { id } of store.incidents.list({})) {
      const told = (store.incidents.find(id)?.open ?? []).filter(({ notifiedMs }) => notifiedMs !== null);
      if (told.length > 0) expect(alerts).toContain(id);
      for (const { fingerprint } of told) expect(recorded).toContain(fingerprint);
    }
  } finally {
    store.close();
  }
}
