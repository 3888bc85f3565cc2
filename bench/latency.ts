import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { preciseNowMs } from '../daemon/demo/inbox.js';
import { slackText } from '../daemon/demo/messages.js';
import { approveSite } from '../daemon/demo/site.js';
import type { Stage } from '../daemon/demo/stage.js';
import type { Benchmark } from './benchmark.js';
import { median, percentile, spread } from './statistics.js';

const SAMPLES = 400;
/** The daemon's first alerts run code for the first time; their cost is reported apart. */
const WARM_UP = 20;
const LIMIT_MS = 10_000;
/** An alert by mail is two messages: alarm and details. */
const MAILS_PER_ALERT = 2;
/** So that samples do not march in step with a timer, in milliseconds. */
const LONGEST_PAUSE_MS = 60;

interface Sample {
  /** Until a plain LISTEN in this process was told. */
  readonly rawMs: number;
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
    await scene.startDaemon(stage);
    const attacker = await scene.connect(stage.ownerUrl);
    const listener = await scene.connect(stage.ownerUrl);
    await listener.query('listen tillwarden');

    const samples: Sample[] = [];
    for (let i = 0; i < WARM_UP + SAMPLES; i++) {
      samples.push(await measure(stage, attacker, listener, i));
      if (i % 100 === 99) scene.say(`${i + 1} of ${WARM_UP + SAMPLES} updates told`);
      await delay(randomInt(LONGEST_PAUSE_MS));
    }
    const warm = samples.slice(WARM_UP);
    const slack = warm.map(({ slackMs }) => slackMs);
    const raw = warm.map(({ rawMs }) => rawMs);
    const mail = warm.map(({ mailMs }) => mailMs);
    const count = `${slack.length} updates`;
    return [
      {
        what: 'update → alert at Slack, p50',
        unit: 'ms',
        measured: percentile(slack, 50),
        target: { atMost: 10 },
        detail: count,
      },
      {
        what: 'update → alert at Slack, p99',
        unit: 'ms',
        measured: percentile(slack, 99),
        target: { atMost: 50 },
        detail: `${count}, ${spread(slack, 1)} ms`,
      },
      {
        what: 'the same against a raw LISTEN callback, p50',
        unit: '×',
        measured: percentile(slack, 50) / percentile(raw, 50),
        target: { atMost: 5 },
        detail: `raw LISTEN of the same updates: p50 ${percentile(raw, 50).toFixed(2)} ms, p99 ${percentile(raw, 99).toFixed(2)} ms`,
      },
      {
        what: 'first alert after the start',
        unit: 'ms',
        measured: samples[0]?.slackMs ?? Number.NaN,
        target: null,
        detail: `1 update; the ${WARM_UP} after the start are in no other figure`,
      },
      {
        what: 'update → alarm at the mail server, p50',
        unit: 'ms',
        measured: median(mail),
        target: null,
        detail: `${count}; the server greets after 100 ms`,
      },
    ];
  },
};

async function measure(
  stage: Stage,
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
  const told = heard(listener, table);
  const sentAtMs = preciseNowMs();
  await attacker.query(sql);
  const rawMs = (await told) - sentAtMs;
  const message = await slack.waitForMessage((one) => slackText(one).includes(evidence), LIMIT_MS);
  await smtp.waitForMessage(() => smtp.messages.length >= mails + MAILS_PER_ALERT, LIMIT_MS);
  const alarm = smtp.messages[mails];
  return {
    rawMs,
    slackMs: message.receivedAtMs - sentAtMs,
    mailMs: (alarm?.receivedAtMs ?? Number.NaN) - sentAtMs,
  };
}

/** When a plain listener was told of the table, by the clock of `preciseNowMs`. */
function heard(listener: pg.Client, table: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new Error('no notification came'))), LIMIT_MS);
    const onNotification = ({ payload }: pg.Notification) => {
      const now = preciseNowMs();
      if (payload === table) finish(() => resolve(now));
    };
    const finish = (how: () => void) => {
      clearTimeout(timer);
      listener.off('notification', onNotification);
      how();
    };
    listener.on('notification', onNotification);
  });
}
