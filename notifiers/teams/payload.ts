import { createHash } from 'node:crypto';
import { type Alert, alertTitle } from '../alert.js';
import { plainMessage } from '../plain-message.js';
import { type ViewLimits, viewOf } from '../view.js';
import { ourWords } from '../wording.js';
import { BAND, type CardElement, cardBody, plainBody } from './card.js';

/** A message as the trigger "When a Teams webhook request is received" takes it. */
export interface TeamsMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: AdaptiveCard;
    },
  ];
}

/** A card without actions, inputs, images or links. Phones show up to version 1.2. */
export interface AdaptiveCard {
  readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  readonly type: 'AdaptiveCard';
  readonly version: '1.2';
  /** The text of a client that cannot show the card, and of a screen reader. */
  readonly fallbackText: string;
  readonly body: readonly CardElement[];
  readonly msteams: { readonly width: 'Full' };
}

/**
 * Teams takes 28 KB. The workflow answers before it posts, so nobody hears of a message that is too large: whether bytes or UTF-16 are counted,
 * ours is below.
 */
const MAX_BYTES = 27_000;
const MAX_TITLE_CHARACTERS = 300;
/** Tried in turn until the message is small enough. */
const LIMITS: readonly ViewLimits[] = [
  { maxChanges: 8, maxFieldsPerChange: 8, valueCharacters: 256, changesCharacters: 4_000 },
  { maxChanges: 5, maxFieldsPerChange: 5, valueCharacters: 128, changesCharacters: 2_000 },
  { maxChanges: 1, maxFieldsPerChange: 2, valueCharacters: 128, changesCharacters: 800 },
  { maxChanges: 0, maxFieldsPerChange: 0, valueCharacters: 128, changesCharacters: 0 },
];
const PLAIN_BYTES = 4_000;
const ELSEWHERE = 'Teams did not take the values, or there was no room for them here.';

/** The message an alert becomes, within Teams' limit whatever the alert's size. Pure. */
export function teamsMessage(alert: Alert, attempt: number): TeamsMessage {
  const { title, band, state } = frameOf(alert);
  for (const limits of LIMITS) {
    const message = withCard(title, cardBody(viewOf(alert, attempt, limits), band, state));
    if (sizeOf(message) <= MAX_BYTES) return message;
  }
  return bareTeamsMessage(alert, attempt);
}

/** An alert in our own words alone: the last resort when the values are refused. Pure. */
export function bareTeamsMessage(alert: Alert, attempt: number): TeamsMessage {
  const { title, band, state } = frameOf(alert);
  const words = plainMessage(alert, attempt, { maxBytes: PLAIN_BYTES, elsewhere: ELSEWHERE });
  return withCard(title, plainBody(title, words.split('\n'), band, state));
}

/** The stand-in for a message's id, of which Teams tells none: the same on every attempt. Pure. */
export const teamsReceipt = (alert: Alert): string =>
  createHash('sha256').update(alert.id).digest('hex').slice(0, 32);

/** A follow-up stands by itself, so it says what has become of its incident before anything else. */
function frameOf(alert: Alert) {
  const { role, state, incident, severity } = alert;
  const follows = role === 'follow-up' && state !== null && incident !== null;
  return {
    title: ourWords(alertTitle(alert), MAX_TITLE_CHARACTERS),
    band: state === 'resolved' ? ('good' as const) : BAND[severity],
    state: follows ? ourWords(`${state.toUpperCase()}: more about incident ${incident}`, 100) : null,
  };
}

function withCard(title: string, body: readonly CardElement[]): TeamsMessage {
  const content: AdaptiveCard = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    fallbackText: title,
    body,
    msteams: { width: 'Full' },
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function sizeOf(message: TeamsMessage): number {
  const json = JSON.stringify(message);
  return Math.max(Buffer.byteLength(json), 2 * json.length);
}
