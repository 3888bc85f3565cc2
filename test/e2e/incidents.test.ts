import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../../daemon/app.js';
import { approveSite } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { acknowledgedSchema } from '../../daemon/http/incidents-wire.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import type { OutboxStatus, StoreReader } from '../../daemon/store/store.js';
import { MAIN } from '../cli/run-cli.js';
import { diverted, inOrder } from '../support/alert-words.js';
import { personWithToken } from '../support/api-person.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite, type WatchedSiteOptions } from '../support/watched-site.js';

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

/** A site with a signed baseline and a running daemon. */
async function begin(options: WatchedSiteOptions = {}): Promise<void> {
  const timing = `${options.timing ?? ''}\n${alice.configuration}`;
  watched = await prepareWatchedSite(db, { ...options, timing });
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start();
  await watched.told('baseline 1 is in force');
}

const divert = (address: string, id = 1) =>
  db.query('update crypto_setting set sell_wallet_address = $1 where id = $2', [address, id]);
const addTerminal = (serial: string) =>
  db.query(`insert into terminal (serial_number, name, type, location_id) values ($1, 'T', 'BATMFour', 1)`, [
    serial,
  ]);

/** A change that is neither worse than what was told nor a new terminal. */
const rename = (name: string) => db.query('update terminal set name = $1 where id = 2', [name]);

function read<T>(work: (store: StoreReader) => T): T {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  if (store === null) throw new Error('no state');
  try {
    return work(store);
  } finally {
    store.close();
  }
}

function incident() {
  const found = read((store) => {
    const [first] = store.incidents.list({});
    return first === undefined ? null : store.incidents.find(first.id);
  });
  if (found === null) throw new Error('no incident');
  return found;
}

/** What the built program prints. */
async function tillwarden(...args: readonly string[]): Promise<string> {
  const run = promisify(execFile)(process.execPath, [MAIN, ...args, '--config', watched.site.configFile]);
  // The end of `status` says how things stand: what is open here may be critical.
  return (await run.catch((ended: { readonly stdout: string }) => ended)).stdout;
}

/** What Slack was sent of incidents, oldest first. */
function sent(): string[] {
  const ofSlack = (one: OutboxStatus) => one.channel === 'ops' && one.role !== 'notice';
  return read((store) => store.outbox.messages({ limit: 1_000 }))
    .filter(ofSlack)
    .reverse()
    .map(({ role: standing, page, state }) => `${standing} ${page} ${state}`);
}

const settled = () =>
  waitFor(() => daemon.status().undelivered === 0, { what: 'everything to be delivered' });
const answer = async (reason: string) => {
  const answered = await alice.acknowledge(daemon, incident().incident, reason);
  expect(answered).toMatchObject({ status: 200, body: { person: 'alice' } });
  return acknowledgedSchema.parse(answered.body);
};

describe('an incident', () => {
  test('pages for what is critical, and tells the rest as follow-ups of the last page', async () => {
    await begin();
    await addTerminal('PAGE1.');
    await watched.told('“PAGE1.”');
    await rename('FOLLOWS1.');
    await watched.told('“FOLLOWS1.”');
    await divert('bc1qpage2');
    await watched.told('bc1qpage2');
    await divert('bc1qpage3');
    await watched.told('bc1qpage3');
    await rename('FOLLOWS3.');
    await watched.told('“FOLLOWS3.”');
    await settled();
    expect(sent()).toEqual([
      'page 1 delivered',
      'follow-up 1 delivered',
      'page 2 delivered',
      'page 3 delivered',
      'follow-up 3 delivered',
    ]);
    expect(incident().incident).toMatchObject({ state: 'open', page: 3 });
  });

  test('tells a revert with how long it lasted and how often it flipped, and waits for a person', async () => {
    await begin();
    const [row] = await db.query('select sell_wallet_address as address from crypto_setting where id = 1');
    for (const address of ['bc1qflip1', 'bc1qflip2']) {
      const before = watched.count('back to the baseline after');
      await divert(address);
      await watched.told(address);
      await divert(String(row?.['address']));
      await waitFor(() => watched.count('back to the baseline after') > before, { what: 'the revert' });
    }
    await settled();
    const last = watched.slack.messages
      .map(slackText)
      .filter((text) => text.includes('back to the baseline'));
    expect(last.at(-1)).toMatch(/back to the baseline after \d+ (ms|s)/);
    expect(last.at(-1)).toContain('Changed and changed back: 2 times');
    expect(last.at(-1)).toContain('stays open until people sign');
    expect(sent()).toEqual([
      'page 1 delivered',
      'follow-up 1 delivered',
      'page 2 delivered',
      'follow-up 2 delivered',
    ]);
    await approveSite(watched.site, watched.site.approvers, 'reviewed');
    await watched.told('resolved: people signed a baseline after critical changes had been reverted');
    expect(incident().incident.state).toBe('resolved');
  });

  test('is told once: a restart repeats nothing, whatever state it is in', async () => {
    await begin({ readIntervalMs: 500 });
    await divert('bc1qonce');
    await watched.told('bc1qonce');
    await answer('on the phone with the vendor');
    await watched.told('acknowledged by alice');
    await settled();
    const before = watched.slack.messages.length;
    await daemon.stop();
    daemon = await watched.start();
    const reads = daemon.status().sites[0]?.sources[0]?.lastFullReadMs ?? 0;
    await waitFor(() => (daemon.status().sites[0]?.sources[0]?.lastFullReadMs ?? 0) > reads + 1_000, {
      what: 'two more reads',
    });
    await settled();
    expect(watched.slack.messages.length).toBe(before);
    expect(incident().incident.state).toBe('acknowledged');
  });
});

describe('an acknowledgement', () => {
  test('is announced with who, why and until when, and what is new pages all the same', async () => {
    await begin();
    await divert('bc1qseen');
    await watched.told('bc1qseen');
    const answeredMs = Date.now();
    const { untilMs } = await answer('looking at <!channel> it');
    expect(untilMs).toBeGreaterThanOrEqual(answeredMs + 3_600_000);
    expect(untilMs).toBeLessThanOrEqual(Date.now() + 3_600_000);
    const announced = slackText(await watched.told('acknowledged by alice'));
    expect(announced).toContain('looking at <!channel> it');
    await settled();
    expect(incident().incident.state).toBe('acknowledged');
    const until = `${new Date(untilMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    const { id, revision } = incident().incident;
    const [shown, overview] = await Promise.all([tillwarden('show', id), tillwarden('status')]);
    expect(shown).toContain(`revision  ${revision}`);
    expect(shown).toMatch(/acknowledged {2}by alice .*, until .*: “looking at <!channel> it”/);
    expect(shown).toMatch(/ops message {2}delivered .* \(1 attempt\) {2}follow-up 1/);
    expect(overview).toMatch(
      new RegExp(`acknowledged by alice until .*${until}.*, for .* from now: “looking at <!channel> it”`),
    );
    expect(overview).toMatch(/ops \(slack\) {2}nothing waits, last proven 20/);
    expect(daemon.status().channels[0]).toMatchObject({
      name: 'ops',
      pending: 0,
      failed: 0,
      lastFailure: null,
    });
    await addTerminal('UNSEEN.');
    await watched.told('“UNSEEN.”');
    await settled();
    expect(sent()).toEqual(['page 1 delivered', 'follow-up 1 delivered', 'page 2 delivered']);
    expect(incident()).toMatchObject({
      incident: { state: 'open' },
      acknowledgements: [{ person: 'alice', ending: 'something-new' }],
    });
  });

  test('of another revision than the one now is refused', async () => {
    await begin();
    await divert('bc1qfirst');
    await watched.told('bc1qfirst');
    const seen = incident().incident;
    await divert('bc1qsecond');
    await watched.told('bc1qsecond');
    expect(await alice.acknowledge(daemon, seen, 'seen')).toMatchObject({
      status: 409,
      body: { code: 'INCIDENT_OTHER_REVISION' },
    });
    expect(incident().incident.state).toBe('open');
  });

  test('that ran out pages with everything that is still so', async () => {
    await begin();
    await divert('bc1qlasting');
    await watched.told('bc1qlasting');
    await answer('on it');
    await watched.told('acknowledged by alice');
    await daemon.stop();
    daemon = await watched.start({ clock: () => Date.now() + 2 * 3_600_000 });
    const page = await watched.told('the acknowledgement by alice ran out');
    expect(slackText(page)).toContain('bc1qlasting');
    await settled();
    expect(sent().at(-1)).toBe('page 2 delivered');
  });
});

describe('a storm', () => {
  test('of 5,000 changes in one transaction is one alert with counts, the new administrator and destinations first', async () => {
    await begin({ source: '        transactionTimeoutMs: 60000' });
    await db.query(
      `begin;
       insert into terminal (serial_number, name, type, location_id)
         select 'STORM' || n, 'T', 'BATMFour', 1 from generate_series(1, 5000) n;
       insert into cas_user (login, password_hash, person_id, group_id)
         values ('stormadmin', 'x', 1, (select id from user_group where name = 'Administrator'));
       update crypto_setting set sell_wallet_address = 'bc1qstorm' where id = 1;
       commit`,
    );
    const message = await watched.told('bc1qstorm');
    await settled();
    expect(message.text).toMatch(
      inOrder(
        /^/,
        `CRITICAL prague-1: ${diverted()}`,
        /, 1 new administrator(?:, 5000 new terminals)? \(incident [0-9a-f]{4}\)$/,
      ),
    );
    expect(slackText(message)).toContain('“stormadmin”');
    // What is cheap to read and can cost most is told first; the flood follows as one count.
    await watched.told('5,000');
    expect(sent().length).toBeLessThanOrEqual(3);
  });

  test('of many transactions is a message a second at most, and ends with the truth', async () => {
    await begin({ paceMs: 1_000 });
    const from = Date.now();
    for (let n = 1; n <= 60; n++) await divert(`bc1qmany${n}.`);
    await watched.told('bc1qmany60.');
    await settled();
    // What does not fit one message follows it at once, in its thread.
    const told = watched.slack.messages.filter(
      (one) => slackText(one).includes('bc1qmany') && !one.text.includes('did not fit'),
    );
    const seconds = Math.ceil((Date.now() - from) / 1_000);
    expect(told.length).toBeLessThanOrEqual(seconds + 1);
    expect(slackText(told.at(-1) ?? ({ text: '' } as never))).toContain('bc1qmany60.');
    expect(incident().open).toHaveLength(1);
  });
});
