import type { Stage } from './stage.js';
import { readMail } from './stand-ins/mail.js';
import { slackText } from './stand-ins/messages.js';
import type { SmtpStandIn } from './stand-ins/smtp.js';

/** When one step's alert reached one channel. */
export interface Arrival {
  readonly channel: 'slack' | 'email';
  /** UTC milliseconds with a fraction. */
  readonly receivedAtMs: number;
  /** The first line, as the lock screen shows it. */
  readonly title: string;
  readonly text: string;
}

/**
 * Waits until both channels were told of something: the first message after `sentAtMs` that quotes the evidence. For e-mail the arrival
 * is that of the alarm, whose details quote it; of a notice that has none, `quotedIn` is `alarm`. Missing channels are left out after `limitMs`.
 */
export async function arrivals(
  stage: Stage,
  evidence: string,
  sentAtMs: number,
  limitMs: number,
  quotedIn: 'details' | 'alarm' = 'details',
): Promise<Arrival[]> {
  const found = await Promise.allSettled([
    onSlack(stage, evidence, sentAtMs, limitMs),
    byMail(stage, evidence, { sentAtMs, limitMs, quotedIn }),
  ]);
  return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

async function onSlack(
  { slack }: Stage,
  evidence: string,
  sentAtMs: number,
  limitMs: number,
): Promise<Arrival> {
  const message = await slack.waitForMessage(
    (one) => one.receivedAtMs >= sentAtMs && slackText(one).includes(evidence),
    limitMs,
  );
  const { receivedAtMs, text } = message;
  return { channel: 'slack', receivedAtMs, title: text, text: slackText(message) };
}

async function byMail(
  { smtp }: Stage,
  evidence: string,
  wanted: { readonly sentAtMs: number; readonly limitMs: number; readonly quotedIn: 'details' | 'alarm' },
): Promise<Arrival> {
  const { sentAtMs, limitMs, quotedIn } = wanted;
  const until = performance.now() + limitMs;
  let seen = 0;
  for (;;) {
    const known = seen;
    // The wait ends with the next mail; reading it is asynchronous, so the search is done here.
    await smtp.waitForMessage(() => smtp.messages.length > known, Math.max(1, until - performance.now()));
    for (; seen < smtp.messages.length; seen++) {
      const received = smtp.messages[seen];
      if (!received || received.receivedAtMs < sentAtMs) continue;
      const details = await readMail(received);
      if (details.part !== quotedIn || !`${details.subject}\n${details.text}`.includes(evidence)) continue;
      const alarm = await alarmOf(smtp, details.alert);
      if (alarm) return { channel: 'email', ...alarm, text: details.text };
    }
  }
}

async function alarmOf(
  smtp: SmtpStandIn,
  alert: string,
): Promise<{ receivedAtMs: number; title: string } | null> {
  for (const received of smtp.messages) {
    const mail = await readMail(received);
    if (mail.alert === alert && mail.part === 'alarm') {
      return { receivedAtMs: received.receivedAtMs, title: mail.subject };
    }
  }
  return null;
}
