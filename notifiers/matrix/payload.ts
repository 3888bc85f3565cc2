import { createHash } from 'node:crypto';
import { type Alert, alertTitle } from '../alert.js';
import { plainMessage } from '../plain-message.js';
import { type ViewLimits, viewOf } from '../view.js';
import { moment, ourWords } from '../wording.js';
import { formattedBody } from './html-body.js';

/** The content of an `m.room.message` event (spec.matrix.org, client-server API). */
export interface MatrixMessage {
  /** Usual push rules let an `m.notice` wake nobody. */
  readonly msgtype: 'm.text' | 'm.notice';
  /** The text of pushes and of clients without HTML: our own words alone. */
  readonly body: string;
  readonly format?: 'org.matrix.custom.html';
  readonly formatted_body?: string;
  /** Always there, so that no name in the text counts as a mention. */
  readonly 'm.mentions': { readonly room?: true };
  readonly 'm.relates_to'?: ThreadRelation;
}
interface ThreadRelation {
  readonly rel_type: 'm.thread';
  readonly event_id: string;
  /** For clients without threads: an answer to the page. */
  readonly is_falling_back: true;
  readonly 'm.in_reply_to': { readonly event_id: string };
}

/** The content of an `m.reaction` event. */
export interface MatrixReaction {
  readonly 'm.relates_to': {
    readonly rel_type: 'm.annotation';
    readonly event_id: string;
    readonly key: string;
  };
}

/** Choices that, beside the alert, decide a message. */
export interface MatrixSend {
  readonly attempt: number;
  /** Event of the page that a follow-up continues, or null. */
  readonly page: string | null;
  readonly mentionRoom: boolean;
}

/** An event takes 65,536 bytes, of which the server needs some. */
const MAX_CONTENT_BYTES = 48_000;
const MAX_BODY_BYTES = 6_000;
const MAX_TITLE_CHARACTERS = 300;
/** Tried in turn until the message is small enough. */
const LIMITS: readonly ViewLimits[] = [
  { maxChanges: 20, maxFieldsPerChange: 12, valueCharacters: 512, changesCharacters: 10_000 },
  { maxChanges: 8, maxFieldsPerChange: 8, valueCharacters: 256, changesCharacters: 4_000 },
  { maxChanges: 0, maxFieldsPerChange: 0, valueCharacters: 128, changesCharacters: 0 },
];
const IN_FORMATTED = 'What was and what is now, value by value, stands in the formatted message.';
const REFUSED = 'The homeserver did not take the values, or there was no room for them here.';

/** The message an alert becomes, within the size of an event whatever the alert's size. Pure. */
export function matrixMessage(alert: Alert, send: MatrixSend): MatrixMessage {
  const body = bodyOf(alert, send, IN_FORMATTED);
  for (const limits of LIMITS) {
    const formatted = formattedBody(viewOf(alert, send.attempt, limits));
    const message: MatrixMessage = {
      ...frame(alert, send),
      body,
      format: 'org.matrix.custom.html',
      formatted_body: formatted,
      ...threadOf(send.page),
    };
    if (Buffer.byteLength(JSON.stringify(message)) <= MAX_CONTENT_BYTES) return message;
  }
  return { ...bareMatrixMessage(alert, send), ...threadOf(send.page) };
}

/** An alert in our own words alone, in no thread: the last resort when the homeserver refuses the message. Pure. */
export function bareMatrixMessage(alert: Alert, send: MatrixSend): MatrixMessage {
  return { ...frame(alert, send), body: bodyOf(alert, send, REFUSED) };
}

/**
 * The reaction below a page when its incident changes its state: the state and when it began at the site. A reaction stays when another comes,
 * so each says when. Null for news that changes no state. Pure.
 */
export function matrixStateReaction(alert: Alert, page: string): MatrixReaction | null {
  const word = stateWord(alert);
  if (word === null) return null;
  const sinceMs = alert.stateSinceMs ?? alert.observedAtMs;
  const time = /\d\d:\d\d/.exec(moment(sinceMs, alert.timeZone))?.[0] ?? '';
  return {
    'm.relates_to': { rel_type: 'm.annotation', event_id: page, key: `${word} ${time}`.trim() },
  };
}

/**
 * Idempotency key of a request: the server answers a repeat with the event that is there. The content counts, not the alert's id alone: an
 * alert composed anew is another message. `content` is that of a first attempt. Pure.
 */
export function transactionId(alert: Alert, content: object): string {
  return createHash('sha256')
    .update(JSON.stringify([alert.id, content]))
    .digest('hex')
    .slice(0, 40);
}

/** The event that a receipt of this room names; null for any other. */
export function eventOf(receipt: string | null, room: string): string | null {
  const [own, event = ''] = [receipt?.slice(0, room.length + 1), receipt?.slice(room.length + 1)];
  return own === `${room}/` && isEventId(event) ? event : null;
}

export const isEventId = (text: unknown): text is string =>
  typeof text === 'string' && /^\$[!-~]{1,254}$/.test(text);

function frame(alert: Alert, { mentionRoom }: MatrixSend): Pick<MatrixMessage, 'msgtype' | 'm.mentions'> {
  const wakes = wakesPeople(alert);
  return {
    msgtype: wakes || alert.role === 'page' ? 'm.text' : 'm.notice',
    'm.mentions': wakes && mentionRoom ? { room: true } : {},
  };
}

/** Urgent pages and announcements, and a test, which is to prove that it does. */
function wakesPeople({ type, role, severity }: Alert): boolean {
  return type === 'test' || (role !== 'follow-up' && (severity === 'critical' || severity === 'high'));
}

function bodyOf(alert: Alert, { attempt }: MatrixSend, elsewhere: string): string {
  const title = ourWords(alertTitle(alert), MAX_TITLE_CHARACTERS);
  return `${title}\n${plainMessage(alert, attempt, { maxBytes: MAX_BODY_BYTES, elsewhere })}`;
}

function threadOf(page: string | null): Pick<MatrixMessage, 'm.relates_to'> {
  if (page === null) return {};
  return {
    'm.relates_to': {
      rel_type: 'm.thread',
      event_id: page,
      is_falling_back: true,
      'm.in_reply_to': { event_id: page },
    },
  };
}

function stateWord({ type, state }: Alert): string | null {
  if (state === 'resolved') return 'RESOLVED';
  if (type === 'acknowledged') return 'ACKNOWLEDGED';
  return type === 'acknowledgement-expired' ? 'OPEN AGAIN' : null;
}
