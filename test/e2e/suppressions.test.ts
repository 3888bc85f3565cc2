import { generateKeyPairSync } from 'node:crypto';
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ExpectedChange,
  installSuppression,
  removeSuppression,
  type Suppression,
  suppressionDirectory,
} from '../../baselines/index.js';
import type { Daemon } from '../../daemon/app.js';
import { checkJournal } from '../../daemon/cli/history/journal-walk.js';
import { approveSite, DEMO_SITE } from '../../daemon/demo/site.js';
import { slackText } from '../../daemon/demo/stand-ins/messages.js';
import { openStoreReadOnly } from '../../daemon/store/sqlite/open.js';
import type { StoreReader } from '../../daemon/store/store.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { type Approver, expectation, mute, signedSuppression } from '../support/suppressions.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

// The sensor sees all roles of a server: other tests must not make any there.
let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let daemon: Daemon | null = null;
/** How far the daemon's clock is ahead of ours. */
let aheadMs = 0;
const clock = () => Date.now() + aheadMs;

beforeAll(async () => {
  own = await startOwnPostgres();
});

afterAll(() => own.close());

beforeEach(async () => {
  aheadMs = 0;
  db = await own.createDatabase();
  watched = await prepareWatchedSite(db, { readIntervalMs: 500 });
  await approveSite(watched.site, watched.site.approvers, 'first');
  daemon = await watched.start({ clock });
  await watched.told('baseline 1 is in force');
});

afterEach(async () => {
  await daemon?.stop();
  daemon = null;
  await watched.close();
  await db.drop();
});

/** A terminal as the reference schema holds it, under a key of its own or of the database's choice. */
function newTerminal(serial: string, id: string | null): ExpectedChange {
  const after = new Map<string, string | null>([
    ...([
      ['serial_number', serial],
      ['name', 'Praha 9'],
      ['type', 'BATMFour'],
    ] as const),
    ...([
      ['active', 't'],
      ['locked', 'f'],
      ['deleted', 'f'],
    ] as const),
    ...([
      ['location_id', '1'],
      ['organisation_id', null],
    ] as const),
  ]);
  return { collection: 'terminals', key: id === null ? null : [id], before: null, after };
}

const addTerminal = (serial: string, id?: number) =>
  db.query(
    `insert into terminal (serial_number, name, type, location_id${id === undefined ? '' : ', id'})
     values ($1, 'Praha 9', 'BATMFour', 1${id === undefined ? '' : `, ${id}`})`,
    [serial],
  );

/** Puts an excuse into force and waits until the daemon has looked at it. Returns its id. */
async function install(
  type: Suppression['type'],
  bytes: Uint8Array,
  approvers: readonly Approver[] = watched.site.approvers,
): Promise<string> {
  const document = signedSuppression(type, bytes, approvers);
  await installSuppression(watched.site.baselinesDirectory, DEMO_SITE, document);
  await daemon?.reload();
  return document.file.slice(0, -'.json'.length);
}

const expected = (changes: readonly ExpectedChange[], site = DEMO_SITE) =>
  expectation(site, changes, { createdMs: clock() });

function state<T>(read: (store: StoreReader) => T): T {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  if (store === null) throw new Error('the daemon keeps no state');
  try {
    return read(store);
  } finally {
    store.close();
  }
}

/** Titles of alerts that wake people about terminals. */
const pages = () =>
  watched
    .titles()
    .filter(
      (title) =>
        /^(HIGH|CRITICAL) .*(new terminal|terminals? .*changed|terminals? was)/.test(title) &&
        !title.includes('signed by'),
    );
const topics = () =>
  state((store) => store.incidents.list({ unresolvedOnly: true }).map(({ topic }) => topic));

describe('an expected change', () => {
  test('is announced when people signed it, wakes nobody when it happens, and is done when it is in a baseline', async () => {
    await install(
      'expectation',
      expected([newTerminal('BT300901', '9001'), newTerminal('BT300902', '9002')]),
    );
    const announced = await watched.told('expected until');
    expect(announced.text).toMatch(
      /^HIGH prague-1: expected until \S+ \S+ UTC: 2 new terminals, signed by alice and bob$/,
    );
    expect(slackText(announced)).toContain('BT300901');
    expect(slackText(announced)).toContain('ticket 4711');

    await db.query('begin');
    await addTerminal('BT300901', 9001);
    await addTerminal('BT300902', 9002);
    await db.query('commit');
    const quiet = await watched.told('as expected');
    expect(quiet.text).toMatch(/^INFO prague-1: as expected: [12] new terminals?$/);
    await waitFor(() => state((store) => store.suppressions.list(DEMO_SITE)[0]?.covered) === 2, {
      what: 'both',
    });
    expect(pages()).toEqual([]);
    expect(topics()).toEqual(['expected']);

    await approveSite(watched.site, watched.site.approvers, 'as expected');
    await watched.told('baseline 2 is in force');
    await waitFor(() => topics().length === 0, { what: 'nothing to be open' });
    expect(pages()).toEqual([]);
  });

  test('may be a new record under a key that the database chooses; a second one like it wakes people', async () => {
    await db.query('alter table terminal drop constraint terminal_serial_number_key');
    await approveSite(watched.site, watched.site.approvers, 'without the constraint');
    await watched.told('baseline 2 is in force');
    await install('expectation', expected([newTerminal('BT300903', null)]));
    await addTerminal('BT300903');
    await watched.told('as expected: 1 new terminal');
    expect(pages()).toEqual([]);
    await addTerminal('BT300903');
    await watched.told('HIGH prague-1: 2 new terminals');
  });

  test('wakes people when the record is otherwise than expected, and when it changes again', async () => {
    await install(
      'expectation',
      expected([newTerminal('BT300904', '9004'), newTerminal('BT300905', '9005')]),
    );
    await addTerminal('BT300999', 9005);
    await watched.told('HIGH prague-1: 1 new terminal');
    expect(slackText(await watched.told('BT300999'))).not.toContain('as expected');

    await addTerminal('BT300904', 9004);
    await watched.told('as expected: 1 new terminal');
    await db.query('update terminal set locked = true where id = 9004');
    // The incident's first message is brought up to date as well.
    await waitFor(() => pages().length >= 2, { what: 'the second page' });
  });

  test('that is not in a baseline in time is high; one that is undone is told quietly', async () => {
    await install(
      'expectation',
      expected([newTerminal('BT300906', '9006'), newTerminal('BT300907', '9007')]),
    );
    await addTerminal('BT300906', 9006);
    await watched.told('as expected: 1 new terminal');
    await addTerminal('BT300907', 9007);
    await waitFor(() => state((store) => store.suppressions.list(DEMO_SITE)[0]?.covered) === 2, {
      what: 'both',
    });
    await db.query('delete from terminal where id = 9007');
    await watched.told('expected, but undone again: 1 new terminal');

    aheadMs = 2 * DAY_MS;
    // Of two expected ones, one is not there at the end of the window.
    await watched.told('expected and not there: 1 new terminal');
    expect(pages()).toEqual([]);
    aheadMs = 9 * DAY_MS;
    const page = await watched.told('HIGH prague-1: 1 new terminal');
    expect(slackText(page)).toContain('BT300906');
    await watched.told('an expectation of alice and bob is over');
  });

  test('of code by its sort and schema: told quietly and counted; what runs as another, or after its time, wakes people', async () => {
    const objects = [{ collection: 'sensor_cas', object: 'function', schema: 'public' }];
    await install(
      'expectation',
      expectation(DEMO_SITE, [], { createdMs: clock() }, 'upgrade to 8.7', objects),
    );
    const announced = await watched.told('expected until');
    expect(announced.text).toMatch(
      /^CRITICAL prague-1: expected until \S+ \S+ UTC: changes of functions of one schema, signed by alice and bob$/,
    );
    const make = (name: string, how = '') =>
      db.query(`create function public.${name}() returns text language sql ${how} as 'select now()::text'`);
    await make('label_of');
    const quiet = await watched.told('as expected: 1 new database function');
    expect(slackText(quiet)).toContain('select now()::text');
    await db.query(
      `create or replace function public.label_of() returns text language sql as 'select 1::text'`,
    );
    await waitFor(() => state((store) => store.suppressions.list(DEMO_SITE)[0]?.covered) === 2, {
      what: 'both to be counted',
    });
    expect(topics()).toEqual(['expected']);

    await make('as_its_owner', 'security definer');
    await watched.told('CRITICAL prague-1: 1 new database function');
    aheadMs = 25 * HOUR_MS;
    await watched.told('the time for functions of one schema is over: 2 changes woke nobody');
    await make('too_late');
    await waitFor(
      () => watched.titles().filter((title) => /^CRITICAL .*1 new database function/.test(title)).length >= 2,
      { what: 'what came too late to be told' },
    );
  });

  test('that comes after its window wakes people', async () => {
    await install('expectation', expected([newTerminal('BT300908', '9008')]));
    await watched.told('expected until');
    aheadMs = 25 * HOUR_MS;
    await watched.told('expected and not there: 1 new terminal');
    await addTerminal('BT300908', 9008);
    await watched.told('HIGH prague-1: 1 new terminal');
  });

  test('stays as it is over a restart, and is told once', async () => {
    await install('expectation', expected([newTerminal('BT300909', '9009')]));
    await addTerminal('BT300909', 9009);
    await watched.told('as expected: 1 new terminal');
    await daemon?.stop();
    daemon = await watched.start({ clock });
    await addTerminal('BT300910', 9010);
    await watched.told('BT300910');
    expect(watched.count('as expected')).toBe(1);
    expect(watched.count('expected until')).toBe(1);
  });

  test('pages when the expectation is withdrawn, for good: the files put back are refused', async () => {
    const id = await install('expectation', expected([newTerminal('BT300911', '9011')]));
    await addTerminal('BT300911', 9011);
    await watched.told('as expected: 1 new terminal');
    const directory = suppressionDirectory(watched.site.baselinesDirectory, DEMO_SITE);
    await cp(directory, `${watched.directory}/copy`, { recursive: true });
    await removeSuppression(directory, `${id}.json`);
    await daemon?.reload();
    await watched.told('an expectation of alice and bob was withdrawn');
    await watched.told('HIGH prague-1: 1 new terminal');
    await rename(`${watched.directory}/copy`, directory).catch(() =>
      cp(`${watched.directory}/copy`, directory, { recursive: true }),
    );
    await daemon?.reload();
    await watched.told('BASELINE_EXCUSE_WITHDRAWN');
    expect(topics().sort()).toEqual(['approvals', 'drift']);
  });
});

describe('an expectation that does not count', () => {
  const stranger = { name: 'bob', privateKey: generateKeyPairSync('ed25519').privateKey };

  test.each([
    [
      'is signed by one of two',
      'BASELINE_TOO_FEW_SIGNERS',
      DEMO_SITE,
      (all: readonly Approver[]) => all.slice(0, 1),
    ],
    [
      'is signed by one, and by a stranger in the name of the other',
      'BASELINE_TOO_FEW_SIGNERS',
      DEMO_SITE,
      (all: readonly Approver[]) => [...all.slice(0, 1), stranger],
    ],
    ['is signed by a stranger alone', 'BASELINE_UNSIGNED', DEMO_SITE, () => [stranger]],
    ['is for another site', 'BASELINE_WRONG_SITE', 'vienna', (all: readonly Approver[]) => all],
  ] as const)('because it %s is told with %s, and excuses nothing', async (_why, code, site, signers) => {
    await install(
      'expectation',
      expected([newTerminal('BT300912', '9012')], site),
      signers(watched.site.approvers),
    );
    await watched.told(code);
    await addTerminal('BT300912', 9012);
    await watched.told('HIGH prague-1: 1 new terminal');
    expect(watched.count('as expected')).toBe(0);
  });
});

describe('a mute', () => {
  test('is announced; what it covers is recorded and wakes nobody; its end tells what is still there', async () => {
    const scope = { collection: 'terminals', key: null };
    await install('mute', mute(DEMO_SITE, scope, { createdMs: clock() }));
    const announced = await watched.told('muted until');
    expect(announced.text).toMatch(
      /^HIGH prague-1: muted until \S+ \S+ UTC: all changes of terminals, signed by alice and bob$/,
    );

    await addTerminal('BT300913', 9013);
    await waitFor(() => topics().includes('muted'), { what: 'the change to be recorded' });
    const open = state((store) => {
      const [incident] = store.incidents.list({ unresolvedOnly: true });
      return store.incidents.find(incident?.id ?? '')?.open ?? [];
    });
    expect(open).toMatchObject([
      {
        severity: 'info',
        notifiedMs: null,
        subject: { suppression: { what: 'muted', signers: ['alice', 'bob'] } },
      },
    ]);
    await db.query("update crypto_setting set sell_wallet_address = 'bc1qnotmuted' where id = 1");
    await watched.told('bc1qnotmuted');
    expect(pages()).toEqual([]);

    aheadMs = 5 * HOUR_MS;
    await watched.told('1 new terminal');
    expect(slackText(await watched.told('a mute of alice and bob is over'))).toContain(
      'Changes that woke nobody: 1',
    );
    const types = state((store) => store.journal.entries(0, 1000).map(({ type }) => type));
    expect(types).toEqual(expect.arrayContaining(['excuse-in-force', 'excuse-over']));
    expect(state((store) => checkJournal(store, null).broken)).toBeNull();

    // Over is over: whoever sets the clock back gets no mute back.
    aheadMs = 0;
    await addTerminal('BT300914', 9014);
    await watched.told('BT300914');
  });

  test('of a kind that can cost most is announced as critical', async () => {
    await install('mute', mute(DEMO_SITE, { kind: 'wallet-route' }, { createdMs: clock() }));
    await watched.told('CRITICAL prague-1: muted until');
  });

  test('never hides that a collection cannot be compared', async () => {
    await install('mute', mute(DEMO_SITE, { collection: 'terminals', key: null }, { createdMs: clock() }));
    await watched.told('muted until');
    await db.query('alter table terminal rename to terminal_elsewhere');
    await watched.told('terminals: the table or a column does not exist');
  });
});
