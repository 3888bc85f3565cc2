import { createHash } from 'node:crypto';
import { type Alert, alertTitle, type Severity } from '../alert.js';
import { plainMessage } from '../plain-message.js';
import { ourWords } from '../wording.js';

/** The message that ntfy publishes (docs.ntfy.sh/publish/#publish-as-json). No click, action, attachment, icon or markdown. */
export interface NtfyMessage {
  readonly topic: string;
  readonly title: string;
  readonly message: string;
  readonly priority: 1 | 2 | 3 | 4 | 5;
  readonly tags: readonly string[];
  /** The same on every attempt: servers from 2.16 show a repeat in the place of the first. */
  readonly sequence_id: string;
}

/** Longer messages become an attachment or are refused. The limit is 4,096 bytes. */
const MAX_MESSAGE_BYTES = 4_000;
/** Servers from 2.28 refuse titles above 1,024 bytes; 200 characters take at most 800. */
const MAX_TITLE_CHARACTERS = 200;

/** From 5, which sounds through "do not disturb", to 2, which makes no sound. */
const PRIORITY: Readonly<Record<Severity, NtfyMessage['priority']>> = {
  critical: 5,
  high: 4,
  medium: 3,
  low: 2,
  info: 2,
};
const SYMBOL: Readonly<Record<Severity, readonly string[]>> = {
  critical: ['rotating_light'],
  high: ['warning'],
  medium: [],
  low: [],
  info: [],
};
const ELSEWHERE = 'What was and what is now, value by value, never comes this way.';

/**
 * The push an alert becomes: our own words alone, because the start of it stands on a lock screen. Within ntfy's limits whatever the
 * alert's size: what does not fit is left out from the end, the first command and the proof never. Pure.
 */
export function ntfyMessage(alert: Alert, attempt: number, topic: string): NtfyMessage {
  const title = ourWords(alertTitle(alert), MAX_TITLE_CHARACTERS);
  // A watch and some lock screens show the message alone.
  const maxBytes = MAX_MESSAGE_BYTES - Buffer.byteLength(title) - 1;
  return {
    topic,
    title,
    message: `${title}\n${plainMessage(alert, attempt, { maxBytes, elsewhere: ELSEWHERE })}`,
    priority: priorityOf(alert),
    tags: alert.role === 'follow-up' ? [] : SYMBOL[alert.severity],
    sequence_id: createHash('sha256').update(alert.id).digest('hex').slice(0, 32),
  };
}

/** Only pages and announcements may wake people; a test has the sound of a usual message. */
function priorityOf({ type, role, severity }: Alert): NtfyMessage['priority'] {
  if (type === 'test') return 3;
  const priority = PRIORITY[severity];
  return role === 'follow-up' && priority > 3 ? 3 : priority;
}
