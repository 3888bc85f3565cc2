import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { approveSite } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { slackText } from '../daemon/demo/stand-ins/messages.js';
import type { Benchmark, Figure } from './benchmark.js';
import { heard } from './heard.js';
import { keepNotes, readNotes } from './notes.js';
import { percentile, spread } from './statistics.js';

const SAMPLES = 400;
/** The daemon's first alerts run code for the first time; their cost is reported apart. */
const WARM_UP = 20;
const LIMIT_MS = 10_000;
/** An alert by mail is two messages: alarm and details. */
const MAILS_PER_ALERT = 2;
/** So that samples do not march in step with a timer, in milliseconds. */
const LONGEST_PAUSE_MS = 60;
const PROGRAM = fileURLToPath(new URL('./daemon-noting-requests.js', import.meta.url));

interface Sample {
  /** Until a plain LISTEN in this process was told. */
  readonly rawMs: number;
  /** Until the daemon handed the request to the transport of its Slack client. */
  readonly handedMs: number;
  /** Until the whole request lay in the Slack stand-in's hands. */
  readonly slackMs: number;
  /** Until the mail server had the alarm. */
  readonly mailMs: number;
}

/** From an update sent to the alert, on the demo site under its heartbeats, the timed reads going on. */
export const latency: Benchmark = {
  name: 'latency',
  title: 'update sent → alert at Slack, 250 terminals, two channels',
  run: async (scene) => {
    const stage = await scene.setStage();
    await approveSite(stage.site, stage.site.approvers, 'first');
    const notes = join(scene.directory, 'notes');
    keepNotes(notes);
    await scene.startDaemon(stage, PROGRAM);
    // The start announces the baseline; no sample may take its mail for its own.
    await stage.smtp.waitForMessage(() => true, LIMIT_MS);
    const attacker = await scene.connect(stage.database.ownerUrl);
    const listener = await scene.connect(stage.database.ownerUrl);
    await listener.query('listen tillwarden');

    const samples: Sample[] = [];
    for (let i = 0; i < WARM_UP + SAMPLES; i++) {
      samples.push(await measure(stage, notes, attacker, listener, i));
      if (i % 100 === 99) scene.say(`${i + 1} of ${WARM_UP + SAMPLES} updates told`);
      await delay(randomInt(LONGEST_PAUSE_MS));
    }
    return figuresOf(samples[0], samples.slice(WARM_UP));
  },
};

function figuresOf(first: Sample | undefined, samples: readonly Sample[]): Figure[] {
  const raw = samples.map(({ rawMs }) => rawMs);
  const handed = samples.map(({ handedMs }) => handedMs);
  const arrived = samples.map(({ slackMs }) => slackMs);
  const mail = samples.map(({ mailMs }) => mailMs);
  const p = (values: readonly number[], percent: number) => percentile(values, percent).toFixed(2);
  const count = `${samples.length} updates`;
  return [
    {
      what: 'update sent → handed to the Slack transport, p50',
      unit: 'ms',
      measured: percentile(handed, 50),
      target: { atMost: 10 },
      detail: count,
    },
    {
      what: 'update sent → handed to the Slack transport, p99',
      unit: 'ms',
      measured: percentile(handed, 99),
      target: { atMost: 50 },
      detail: `${count}, ${spread(handed, 1)} ms`,
    },
    {
      what: 'p50 against update sent → raw LISTEN callback',
      unit: '×',
      measured: percentile(handed, 50) / percentile(raw, 50),
      target: { atMost: 5 },
      detail: `the same updates, raw: p50 ${p(raw, 50)} ms, p99 ${p(raw, 99)} ms`,
    },
    {
      what: 'update sent → request whole at the Slack stand-in, p50',
      unit: 'ms',
      measured: percentile(arrived, 50),
      target: null,
      detail: `${count}, p99 ${p(arrived, 99)} ms: plain HTTP on this machine`,
    },
    {
      what: 'update sent → alarm at the mail server, p50',
      unit: 'ms',
      measured: percentile(mail, 50),
      target: null,
      detail: `${count}, p99 ${p(mail, 99)} ms; the server greets after 100 ms`,
    },
    {
      what: 'first alert after the start, handed over',
      unit: 'ms',
      measured: first?.handedMs ?? Number.NaN,
      target: null,
      detail: `1 update; the ${WARM_UP} after the start are in no other figure`,
    },
  ];
}

async function measure(
  stage: Stage,
  notes: string,
  attacker: pg.Client,
  listener: pg.Client,
  index: number,
): Promise<Sample> {
  const { slack, smtp } = stage;
  const mails = smtp.messages.length;
  const evidence = `bench${String(index).padStart(5, '0')}x`;
  // Routes and terminals in turn: two topics of alerts, and a small and a large collection.
  const [table, sql] =
    index % 2 === 0
      ? [
          'public.crypto_setting',
          `update crypto_setting set sell_wallet_address = '${evidence}' where id = ${1 + randomInt(8)}`,
        ]
      : ['public.terminal', `update terminal set name = '${evidence}' where id = ${1 + randomInt(250)}`];
  const told = heard(listener, table, LIMIT_MS);
  const sentAtMs = preciseNowMs();
  await attacker.query(sql);
  const rawMs = (await told) - sentAtMs;
  const message = await slack.waitForMessage((one) => slackText(one).includes(evidence), LIMIT_MS);
  await smtp.waitForMessage(() => smtp.messages.length >= mails + MAILS_PER_ALERT, LIMIT_MS);
  const alarm = smtp.messages[mails];
  const handed = readNotes(notes).flatMap((one) =>
    one.note === 'handed' && one.atMs > sentAtMs ? [one.atMs] : [],
  );
  // The first after the update is the alert; a follow-up edits its message in a second call.
  const [handedAtMs] = handed;
  if (handedAtMs === undefined || alarm === undefined) {
    throw new Error('an update was never handed over, or its mail is missing');
  }
  return {
    rawMs,
    handedMs: handedAtMs - sentAtMs,
    slackMs: message.receivedAtMs - sentAtMs,
    mailMs: alarm.receivedAtMs - sentAtMs,
  };
}
