import { readFile, writeFile } from 'node:fs/promises';
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
import { type HttpStandIn, startHttpStandIn } from '../support/http-stand-in.js';
import { type OwnPostgres, startOwnPostgres, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'daemon', 'main.js');
/** `npm run soak` sets 200. */
const ROUNDS = Number(process.env['SOAK_ROUNDS'] ?? 10);
const CHANGES_PER_ROUND = 3;
/** The kill follows one of the first requests of a round, whichever channel it is on: random within claim, compose, send and acknowledge. */
const REQUESTS = 6;
const KILL_WITHIN_MS = 30;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** A message as it arrived at a channel, whole. */
interface Arrival {
  /** Channel and part. */
  readonly place: string;
  readonly alert: string;
  readonly text: string;
}

// The sensor sees all roles of a server: other tests must not make any there.
let own: OwnPostgres;
let db: TestDatabase;
let watched: WatchedSite;
let hook: HttpStandIn;
let hooked: Arrival[];
let daemon: DaemonProcess | null = null;

beforeAll(async () => {
  own = await startOwnPostgres();
});

afterAll(() => own.close());

beforeEach(async () => {
  db = await own.createDatabase();
  watched = await prepareWatchedSite(db, { readIntervalMs: 1_000 });
  hooked = [];
  hook = await startHttpStandIn(({ body }) => {
    const { data } = JSON.parse(body) as { data: { id: string } };
    hooked.push({ place: 'hook', alert: data.id, text: body });
    return { status: 204 };
  });
  const { configFile, approvers } = watched.site;
  const config = await readFile(configFile, 'utf8');
  const channel = `  - { kind: webhook, name: hook, url: "${hook.url}/", secret_file: ./secrets/hook, timeoutMs: 1000, paceMs: 0 }`;
  await writeFile(join(watched.directory, 'secrets', 'hook'), SECRET, { mode: 0o600 });
  await writeFile(configFile, config.replace('notifiers:\n', `notifiers:\n${channel}\n`));
  await approveSite(watched.site, approvers, 'first');
});

afterEach(async () => {
  daemon?.kill();
  await daemon?.exited;
  await hook.close();
  await watched.close();
  await db.drop();
});

test(
  `kill -9 at ${ROUNDS} random points of the outbox's life, three channels, slow and failing: nothing is lost, each repeat says so`,
  async () => {
    let inserted = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const behave = misbehave();
      daemon = await start();
      const wanted = requests() + 1 + Math.floor(Math.random() * REQUESTS);
      const killed = waitFor(() => requests() >= wanted, { what: 'a request', timeoutMs: 4_000 })
        // Fewer requests than that came: it is killed while it rests.
        .catch(() => undefined)
        .then(() => delay(Math.random() * KILL_WITHIN_MS))
        .then(() => daemon?.kill());
      for (let i = 0; i < CHANGES_PER_ROUND; i++) {
        inserted += 1;
        await db.query(
          `insert into terminal (serial_number, name, type, location_id) values ($1, 'T', 'BATMFour', 1)`,
          [serial(inserted)],
        );
        await delay(Math.random() * 50);
      }
      await killed;
      await daemon.exited;
      behave();
      expect(wholeJournal()).toBe(true);
    }
    const last = await start();
    daemon = last;
    const serials = Array.from({ length: inserted }, (_, index) => serial(index + 1));
    // What the last kills left unread must be recorded before an empty outbox means anything.
    await waitFor(() => lost(hooked, 'hook', serials).length === 0, {
      what: 'every change to be told',
    });
    await waitFor(async () => (await undelivered(last)) === 0, { what: 'the outbox to be empty' });
    last.kill();
    await last.exited;
    const arrivals = [...(await byMail()), ...bySlack(), ...hooked];
    const everywhere = ['hook', 'mail details'].flatMap((place) => lost(arrivals, place, serials));
    expect(everywhere).toEqual([]);
    const repeats = repeatsAmong(arrivals, serials, owed());
    expect(repeats.filter(({ honest }) => !honest)).toEqual([]);
    console.log(
      `${ROUNDS} kills, ${inserted} changes, 0 lost; ${arrivals.length} messages, ${repeats.length} of them repeats, ${repeats.filter(({ sameId }) => sameId).length} of these under the same id and the others with news`,
    );
  },
  120_000 + ROUNDS * 60_000,
);

/** From now on the channels are slow, refuse for now, or take messages and lose the answer, another way every 100 ms. Returns how to end that. */
function misbehave(): () => void {
  let lift = () => {};
  const turn = () => {
    lift();
    const odd = () => Math.random() < 0.4;
    const delayMs = Math.random() * 50;
    const taken = Math.random() < 0.5;
    watched.slack.always(odd() ? { type: 'cut', posts: taken, delayMs } : { type: 'usual', delayMs });
    hook.always(
      odd() ? { type: 'cut', takes: taken, delayMs } : odd() ? { type: 'reply', status: 503 } : null,
    );
    const answer = { stage: 'sender', type: 'answer', code: 451 } as const;
    lift = odd() ? watched.smtp.fault(odd() ? { stage: 'message', type: 'cut', takes: true } : answer) : lift;
  };
  turn();
  const turning = setInterval(turn, 100);
  return () => {
    clearInterval(turning);
    lift();
    watched.slack.always(null);
    hook.always(null);
  };
}

const serial = (n: number) => `SOAK${n}.`;

const requests = () => hook.requests.length + watched.slack.requests.length + watched.smtp.messages.length;

function start(): Promise<DaemonProcess> {
  return startDaemonProcess(watched.site.configFile, join(watched.directory, 'daemon.log'), PROGRAM);
}

async function undelivered({ url }: DaemonProcess): Promise<number> {
  const status = (await (await fetch(`${url}/status`)).json()) as { undelivered: number };
  return status.undelivered;
}

function wholeJournal(): boolean {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  try {
    return store === null || checkJournal(store, null).broken === null;
  } finally {
    store?.close();
  }
}

async function byMail(): Promise<Arrival[]> {
  const mails = await Promise.all(watched.smtp.messages.map(readMail));
  return mails.map(({ alert, part, text, attached }) => ({
    place: `mail ${part}`,
    alert,
    text: `${text}\n${attached}`,
  }));
}

function bySlack(): Arrival[] {
  return watched.slack.messages
    .filter(({ update }) => !update)
    .map((message) => {
      const text = slackText(message);
      return { place: 'slack', alert: /alert ([0-9a-f]{16})/.exec(text)?.[1] ?? '', text };
    });
}

/** Changes that no message at the place names. */
function lost(arrivals: readonly Arrival[], place: string, serials: readonly string[]): string[] {
  const told = arrivals.filter((one) => one.place === place).map(({ text }) => text);
  return serials.filter((one) => !told.some((text) => text.includes(one))).map((one) => `${place}: ${one}`);
}

/** The ids of all alerts of incidents, in the order in which something came to be told. */
function owed(): readonly string[] {
  const store = openStoreReadOnly(join(watched.directory, 'state'));
  try {
    const entries = store?.journal.entries(0, 1_000_000) ?? [];
    return entries.flatMap(({ type, body }) =>
      type === 'alert-owed' ? (/"alert":"([0-9a-f]{16})"/.exec(body)?.[1] ?? []) : [],
    );
  } finally {
    store?.close();
  }
}

/**
 * Messages that tell of a change which their place was told of before. Honest: it says so, and has the same id unless something joined it: what
 * did may be counted only, where a message has no more room, so the journal decides.
 */
function repeatsAmong(arrivals: readonly Arrival[], serials: readonly string[], inOrder: readonly string[]) {
  const heard = new Map<string, { readonly told: Set<string>; readonly ids: Set<string> }>();
  return arrivals.flatMap(({ place, alert, text }) => {
    const before = heard.get(place) ?? { told: new Set<string>(), ids: new Set<string>() };
    heard.set(place, before);
    const named = serials.filter((one) => text.includes(one));
    const isRepeat = before.ids.has(alert) || named.some((one) => before.told.has(one));
    const sameId = before.ids.has(alert);
    const hasNews = [...before.ids].every((one) => inOrder.indexOf(one) < inOrder.indexOf(alert));
    for (const one of named) before.told.add(one);
    before.ids.add(alert);
    if (!isRepeat) return [];
    const honest = /possibly a repeat/i.test(text) && (sameId || hasNews);
    return [{ place, alert, sameId, honest, named: named.length, text: honest ? '' : text }];
  });
}
