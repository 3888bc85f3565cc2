import type { Stage } from './stage.js';
import { type ReadMail, readMail } from './stand-ins/mail.js';
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
    byMail(stage.smtp, evidence, { sentAtMs, limitMs, quotedIn }),
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

/** When one alert was told by mail: the alarm whose details quote the evidence. Throws `DEMO_WAIT_TIMEOUT` after `limitMs`. */
export async function byMail(
  smtp: SmtpStandIn,
  evidence: string,
  wanted: { readonly sentAtMs: number; readonly limitMs: number; readonly quotedIn: 'details' | 'alarm' },
): Promise<Arrival> {
  const { sentAtMs, limitMs, quotedIn } = wanted;
  const until = performance.now() + limitMs;
  const alarms = new Map<string, Pick<Arrival, 'receivedAtMs' | 'title'>>();
  const quoting: ReadMail[] = [];
  let seen = 0;
  for (;;) {
    const known = seen;
    // The wait ends with the next mail; reading it is asynchronous, so the search is done here.
    await smtp.waitForMessage(() => smtp.messages.length > known, Math.max(1, until - performance.now()));
    for (; seen < smtp.messages.length; seen++) {
      const received = smtp.messages[seen];
      if (!received) continue;
      const { receivedAtMs } = received;
      const mail = await readMail(received);
      const { alert, part, subject, text } = mail;
      if (part === 'alarm' && !alarms.has(alert)) alarms.set(alert, { receivedAtMs, title: subject });
      if (receivedAtMs < sentAtMs || part !== quotedIn) continue;
      if (`${subject}\n${text}`.includes(evidence)) quoting.push(mail);
    }
    // The two mails of an alert are sent at the same time: each may come first.
    for (const { alert, text } of quoting) {
      const alarm = alarms.get(alert);
      if (alarm !== undefined) return { channel: 'email', ...alarm, text };
    }
  }
}
