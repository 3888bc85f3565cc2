import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { checkJournal } from '../daemon/cli/history/journal-walk.js';
import { approveSite, DEMO_SITE } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { readMail } from '../daemon/demo/stand-ins/mail.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import type { ReceivedMail } from '../daemon/demo/stand-ins/smtp.js';
import type { Finding } from '../daemon/finding.js';
import type { EndedFinding } from '../daemon/incident.js';
import { openStoreReadOnly } from '../daemon/store/sqlite/open.js';
import type { Benchmark } from './benchmark.js';
import { residentBytes } from './resident.js';
import type { Scene } from './scene.js';

const STORM_MS = 10_000;
const CHANGES = 10_000;
/** Of the changes, so many insert an administrator. */
const ADMINISTRATORS = 200;
/** Changes in one transaction, of which one diverts a wallet route. */
const BATCH = 20;
/** One for each of the demo's wallet routes. */
const CLIENTS = 8;
/** A multiple of changes that all clients make in turn: a terminal is always changed by the same one. */
const TERMINALS = 25 * BATCH * CLIENTS;
const PACE_MS = 1_000;
const CALM_LIMIT_MS = 180_000;
const SAMPLE_MS = 200;
/** 10^6 bytes. */
const MB = 1_000_000;

/** Ten thousand changes in ten seconds, against the real database and daemon, at the pace that channels have by default. */
export const storm: Benchmark = {
  name: 'storm',
  title: `${CHANGES.toLocaleString('en')} changes in ${STORM_MS / 1000} s`,
  run: async (scene) => {
    const stage = await scene.setStage({ paceMs: PACE_MS });
    await stage.database.run(
      `
      insert into terminal (serial_number, name, type, location_id, organisation_id)
      select 'BT' || 1000000 + n, 'Praha Hlavni nadrazi ' || n, 'BATMThree', 1 + n % 40, 1
        from generate_series(1, ${TERMINALS} - (select count(*) from terminal)) n`,
      'owner',
    );
    await approveSite(stage.site, stage.site.approvers, 'first');
    const daemon = await scene.startDaemon(stage);
    await stage.smtp.waitForMessage(() => true, CALM_LIMIT_MS);
    const before = { slack: stage.slack.messages.length, mails: stage.smtp.messages.length };
    const resident: number[] = [];
    const sampling = setInterval(() => resident.push(residentBytes(daemon.pid)), SAMPLE_MS);
    scene.onClose(async () => clearInterval(sampling));
    const fromMs = preciseNowMs();
    const last = await blow(scene, stage);
    const tookMs = preciseNowMs() - fromMs;
    scene.say(`${CHANGES} changes made in ${(tookMs / 1000).toFixed(1)} s`);
    await calm(daemon.url);
    const calmMs = preciseNowMs() - fromMs - tookMs;
    clearInterval(sampling);
    await daemon.stop();

    const { findings, journalIsWhole, alerts } = readState(join(scene.directory, 'state'));
    const slack = stage.slack.messages.slice(before.slack).filter(({ update }) => !update);
    const pages = slack.filter(({ threadTs }) => threadTs === null);
    const mails = await Promise.all(stage.smtp.messages.slice(before.mails).map(readWhole));
    const told = mails.map(({ text }) => text).join('\n');
    const isLost = (finding: Finding) => !told.includes(markOf(finding));
    const critical = findings.filter(({ severity }) => severity === 'critical');
    const others = findings.filter(({ severity }) => severity !== 'critical');
    const open = new Map(findings.filter((one) => !('ending' in one)).map((one) => [markOf(one), one]));
    const wrong =
      [...last].filter((mark) => !open.has(mark)).length +
      [...open.keys()].filter((mark) => !last.has(mark)).length;
    const alarms = mails.filter(({ part }) => part === 'alarm');
    return [
      {
        what: 'resident memory of the daemon, at its highest',
        unit: 'MB',
        measured: Math.max(...resident) / MB,
        target: { atMost: 250 },
        detail: `${resident.length} samples, one every ${SAMPLE_MS} ms until everything was told; ${(tookMs / 1000).toFixed(1)} s of changes, then ${(calmMs / 1000).toFixed(0)} s`,
      },
      {
        what: 'messages a second in the Slack channel',
        unit: '/s',
        measured: ratePerSecond(pages.map(({ receivedAtMs }) => receivedAtMs)),
        target: { atMost: 1 },
        detail: `${pages.length} pages, and in their threads ${slack.length - pages.length} replies`,
      },
      {
        what: 'alarms a second by mail',
        unit: '/s',
        measured: ratePerSecond(alarms.map(({ atMs }) => atMs)),
        target: { atMost: 1 },
        detail: `${alarms.length} alarms, and ${mails.length - alarms.length} replies with details`,
      },
      {
        what: 'critical changes recorded and told in no mail',
        unit: '',
        measured: critical.filter(isLost).length,
        target: { atMost: 0 },
        detail: `${critical.length} administrators and diversions recorded, each looked for by its own name or address`,
      },
      {
        what: 'other changes that are there at the end and told in no mail',
        unit: '',
        measured: others.filter((one) => !('ending' in one) && isLost(one)).length,
        target: { atMost: 0 },
        detail: `of ${others.filter((one) => !('ending' in one)).length}`,
      },
      {
        what: 'other changes that changed again before they were sent, and are counted only',
        unit: '',
        measured: others.filter((one) => 'ending' in one && isLost(one)).length,
        target: null,
        detail: `of ${others.filter((one) => 'ending' in one).length} recorded; a message lists 5,000 changes beside the critical ones`,
      },
      {
        what: 'records of which the store says otherwise than the database at the end',
        unit: '',
        measured: wrong + (journalIsWhole ? 0 : 1),
        target: { atMost: 0 },
        detail: `${last.size} records differ from what was signed; ${alerts} alerts; the journal is ${journalIsWhole ? 'whole' : 'broken'}`,
      },
      {
        what: 'mails that name a lesser change before a critical one',
        unit: '',
        measured: mails.filter(({ text }) => startsWithLesser(text)).length,
        target: { atMost: 0 },
        detail: `${mails.length} mails with their files, ${told.match(/^\d+\. [A-Z]+: /gm)?.length ?? 0} changes in them`,
      },
      {
        what: 'first critical change made until a page stands in Slack',
        unit: 'ms',
        measured:
          (pages.find((one) => slackText(one).startsWith('CRITICAL'))?.receivedAtMs ?? Number.NaN) - fromMs,
        target: null,
        detail: 'one, the first of the storm',
      },
    ];
  },
};

/** Makes the changes, spread over the time. Returns the marks of what is there at the end. */
async function blow(scene: Scene, stage: Stage): Promise<Set<string>> {
  const clients: pg.Client[] = [];
  for (let i = 0; i < CLIENTS; i++) clients.push(await scene.connect(stage.database.ownerUrl));
  const left = new Map<string, string>();
  const from = performance.now();
  const work = async (client: pg.Client, first: number) => {
    for (let batch = first; batch < CHANGES / BATCH; batch += CLIENTS) {
      await delay(Math.max(0, from + (batch * BATCH * STORM_MS) / CHANGES - performance.now()));
      const changes = Array.from({ length: BATCH }, (_, index) => change(batch * BATCH + index));
      for (const { place, mark } of changes) left.set(place, mark);
      // As one simple query the statements of a batch are one transaction.
      await client.query(changes.map(({ sql }) => sql).join('; '));
    }
  };
  await Promise.all(clients.map(work));
  return new Set(left.values());
}

/**
 * The nth change: administrators and diversions now and then, a terminal otherwise. All changes of a record come from one client, so that the
 * last one written here is the last one there: neighbours in a batch, and batches of a client, are told apart by the number alone.
 */
function change(n: number): { readonly place: string; readonly mark: string; readonly sql: string } {
  const mark = `storm${String(n).padStart(5, '0')}x`;
  const client = Math.floor(n / BATCH) % CLIENTS;
  if (n % (CHANGES / ADMINISTRATORS) === 0) {
    const sql = `insert into cas_user (login, password_hash, person_id, group_id) values ('${mark}', 'x', 1, 1)`;
    return { place: mark, mark, sql };
  }
  if (n % BATCH === 1) {
    const id = 1 + client;
    const sql = `update crypto_setting set sell_wallet_address = '${mark}' where id = ${id}`;
    return { place: `route ${id}`, mark, sql };
  }
  const id = 1 + (n % TERMINALS);
  return { place: `terminal ${id}`, mark, sql: `update terminal set name = '${mark}' where id = ${id}` };
}

/** What a finding is recognised by in a message: the newest mark in its record. */
function markOf({ subject }: Finding): string {
  const lines = subject.what === 'change' ? subject.after.join('') : '';
  return /storm\d{5}x/.exec(lines)?.[0] ?? JSON.stringify(subject);
}

async function calm(url: string): Promise<void> {
  const limit = performance.now() + CALM_LIMIT_MS;
  let quiet = 0;
  // Twice in a row, with a read of everything between: what is not recorded yet is not owed yet.
  while (quiet < 3) {
    if (performance.now() > limit) throw new Error('not everything was told in time');
    await delay(2_000);
    const status = (await (await fetch(`${url}/status`)).json()) as { undelivered: number };
    quiet = status.undelivered === 0 ? quiet + 1 : 0;
  }
}

function readState(directory: string) {
  const store = openStoreReadOnly(directory);
  if (store === null) throw new Error('the daemon left no state');
  try {
    const findings: (Finding | EndedFinding)[] = ['admin_users', 'wallet_routes', 'terminals'].flatMap(
      (name) => store.findings.ofCollection(DEMO_SITE, name),
    );
    return {
      findings,
      journalIsWhole: checkJournal(store, null).broken === null,
      alerts: new Set(store.outbox.messages({ limit: 100_000 }).map(({ alertId }) => alertId)).size,
    };
  } finally {
    store.close();
  }
}

/** A mail with the text of what is attached to it. */
async function readWhole(received: ReceivedMail) {
  const { part, text, attached } = await readMail(received);
  return { atMs: received.receivedAtMs, part, text: `${text}\n${attached}` };
}

/** Messages a second from the first to the last, the first not counted; 0 for fewer than two. */
function ratePerSecond(times: readonly number[]): number {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || times.length < 2) return 0;
  return ((times.length - 1) * 1000) / (last - first);
}

/** Whether the first change of a terminal stands before the last critical one, in the mail's text or in its file. */
function startsWithLesser(text: string): boolean {
  return text.split(/^Observed: /m).some((part) => {
    const heads = [...part.matchAll(/^\d+\. (CRITICAL|HIGH|MEDIUM|LOW|INFO): /gm)].map((match) => match[1]);
    const lesser = heads.findIndex((head) => head !== 'CRITICAL');
    return lesser >= 0 && heads.lastIndexOf('CRITICAL') > lesser;
  });
}
