import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import { personWithToken } from '../support/api-person.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

// The sensor sees all roles of a server: other tests must not make any there.
let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon;
const alice = personWithToken('alice');

beforeAll(async () => {
  own = await startOwnPostgres();
});

afterAll(() => own.close());

beforeEach(async () => {
  db = await own.createDatabase();
});

afterEach(async () => {
  await daemon.stop();
  await watched.close();
  await db.drop();
});

/** Slack gets everything. Mail is for lesser news of terminals, unless `mailFor` says otherwise. */
async function begin(
  settings: string,
  mailFor = '{ severities: [medium], kinds: [terminal] }',
): Promise<void> {
  watched = await prepareWatchedSite(db, { timing: `${settings}\n${alice.configuration}` });
  const { configFile } = watched.site;
  const text = await readFile(configFile, 'utf8');
  const scoped = text.replace('to: [oncall@operator.example],', `$& for: ${mailFor},`);
  expect(scoped).not.toBe(text);
  await writeFile(configFile, scoped);
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
}

const divert = (address: string) =>
  db.query('update crypto_setting set sell_wallet_address = $1 where id = 1', [address]);
const settled = () =>
  waitFor(() => daemon.status().undelivered === 0, { what: 'everything to be delivered' });
const subjects = () =>
  watched.smtp.messages.map(({ raw }) => /^Subject: (.*(?:\r\n .*)*)/m.exec(raw.toString())?.[1] ?? '');
const mailed = (text: string) =>
  waitFor(() => subjects().find((subject) => subject.replaceAll('\r\n', '').includes(text)), {
    what: `a mail about ${text}`,
  });

function incident() {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  try {
    const [found] = store?.incidents.list({}) ?? [];
    if (found === undefined) throw new Error('no incident');
    return found;
  } finally {
    store?.close();
  }
}
async function answer(): Promise<void> {
  expect(await alice.acknowledge(daemon, incident(), 'on it')).toMatchObject({ status: 200 });
}

const AFTER_A_SECOND = 'escalation:\n  - { afterMs: 1000, to: [oncall] }';
const AFTER_AN_HOUR = 'escalation:\n  - { afterMs: 3600000, to: [oncall] }';
const TEN_MINUTES = 600_000;

describe('a critical change that nobody answers for', () => {
  test('reaches the second channel, whatever that one is for, and is overdue until somebody does', async () => {
    await begin(AFTER_A_SECOND);
    await divert('bc1qunanswered');
    await watched.told('bc1qunanswered');
    await mailed('unanswered for 1 s');
    const { id } = incident();
    expect(daemon.status().overdue).toEqual([id]);
    expect(daemon.status().degraded.join('\n')).toContain(`overdue: nobody has acknowledged incident ${id}`);
    await settled();
    expect(watched.slack.messages.filter(({ text }) => text.includes('unanswered'))).toEqual([]);
    await answer();
    await mailed('acknowledged by alice');
    expect(daemon.status().overdue).toEqual([]);
  });

  test('stays on the first one when somebody does, and goes on when their time is over, over restarts', async () => {
    await begin(AFTER_AN_HOUR);
    await divert('bc1qanswered');
    await watched.told('bc1qanswered');
    await answer();
    await watched.told('acknowledged by alice');
    await settled();
    await daemon.stop();
    // The time of the acknowledgement is over, and with that the ladder begins anew.
    daemon = await watched.start({ clock: () => Date.now() + 2 * 3_600_000 });
    await watched.told('the acknowledgement by alice ran out');
    await settled();
    expect(subjects()).toEqual([]);
    await daemon.stop();
    daemon = await watched.start({ clock: () => Date.now() + 4 * 3_600_000 });
    await mailed('unanswered for');
    await settled();
    const before = watched.smtp.messages.length;
    await daemon.stop();
    daemon = await watched.start({ clock: () => Date.now() + 4 * 3_600_000 + TEN_MINUTES });
    await settled();
    expect(watched.smtp.messages).toHaveLength(before);
  });
});

describe('routing', () => {
  test('sends a channel what it is for, and the end of what it was sent', async () => {
    await begin('rules:\n  - { kind: terminal, severity: medium }');
    await divert('bc1qnotmailed');
    await watched.told('bc1qnotmailed');
    await settled();
    expect(subjects()).toEqual([]);
    await db.query(
      `insert into terminal (serial_number, name, type, location_id) values ('MAILED', 'T', 'BATMFour', 1)`,
    );
    await mailed('1 new terminal');
    await db.query(`delete from terminal where serial_number = 'MAILED'`);
    await mailed('back to the baseline');
    await settled();
    // The announcement of a baseline has no kind; its severity, info, is not what mail is for.
    expect(subjects().some((subject) => subject.includes('baseline 1 is in force'))).toBe(false);
  });
});

describe('quiet hours', () => {
  const quietNow = () => {
    const clock = (ms: number) => new Date(Date.now() + ms).toISOString().slice(11, 16);
    return `quietHours: { from: "${clock(-3_600_000)}", to: "${clock(3_600_000)}", timeZone: UTC }
rules:
  - { kind: terminal, severity: low }`;
  };
  const addTerminal = (serial: string) =>
    db.query(
      `insert into terminal (serial_number, name, type, location_id) values ($1, 'T', 'BATMFour', 1)`,
      [serial],
    );

  test('hold back what is low until they are over, and let it go with what is critical', async () => {
    watched = await prepareWatchedSite(db, { timing: quietNow() });
    await approveSite(watched.site, watched.site.approvers, 'first');
    daemon = await watched.start();
    await addTerminal('QUIET.');
    await waitFor(() => incident().page === 1, { what: 'the incident' });
    await divert('bc1qloud');
    await watched.told('bc1qloud');
    expect(watched.count('“QUIET.”')).toBe(1);
    await daemon.stop();
    // What still waits is told once the hours are over.
    expect(watched.count('baseline 1 is in force')).toBe(0);
    daemon = await watched.start({ clock: () => Date.now() + 2 * 3_600_000 });
    await watched.told('baseline 1 is in force');
  });
});
