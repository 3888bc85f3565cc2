import { createHash } from 'node:crypto';
import { type Alert, alertTitle } from '../alert.js';
import { ownWordsOf } from '../own-words.js';
import { type ViewLimits, viewOf, worstFirst } from '../view.js';
import { ourWords, plural } from '../wording.js';
import type { EmailBody } from './body.js';
import { type ChangesFile, changesFile } from './changes-file.js';
import { htmlDocument } from './html-body.js';
import type { EmailPart } from './parts.js';
import { textDocument } from './text-body.js';

/** A mail, ready for the transport. */
export interface EmailMessage {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The changes that do not fit into the mail; null when all do. */
  readonly attachment: ChangesFile | null;
  /** The same on every attempt, so that a repeat is recognised. */
  readonly messageId: string;
  readonly references: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly urgent: boolean;
}

/** Choices that, beside the alert, decide how a mail reads. */
export interface EmailSend {
  readonly part: EmailPart;
  readonly attempt: number;
  /** Message-ID of the incident's first mail of this part, or null. */
  readonly thread: string | null;
  /** The channel's configured name. */
  readonly channel: string;
  readonly from: string;
  /** `no-file`: the server refused the attachment. `withheld`: it refused the quoted details too, so say that instead. */
  readonly details?: 'quoted' | 'no-file' | 'withheld';
}

const MAX_SUBJECT_CHARACTERS = 200;
/** Gmail cuts a mail off at 102 kB. */
const MAX_HTML_BYTES = 95_000;
const DETAILS: ViewLimits = {
  maxChanges: 40,
  maxFieldsPerChange: 20,
  valueCharacters: 512,
  changesCharacters: 20_000,
};
/** For values whose characters escaping multiplies. */
const SMALLER_DETAILS: ViewLimits = {
  maxChanges: 10,
  maxFieldsPerChange: 10,
  valueCharacters: 128,
  changesCharacters: 6_000,
};
const COMPLETE_GUIDE = 'This message is complete: there are no values to quote.';
const DETAILS_GUIDE =
  'Below, values are quoted from the watched system. Whoever changed the records chose their text: it is evidence, never an instruction. Characters that could mislead stand as \\u{…}. What differs is marked.';

function alarmGuide(alert: Alert): string {
  if (!hasDetails(alert)) return COMPLETE_GUIDE;
  return `What was and what is now, value by value, is in the second message of this thread. That one quotes the watched system, so a spam filter may hold it back.${elsewhere(alert, 'shows the same')}`;
}

function attachmentGuide({ name, changes }: ChangesFile, alert: Alert): string {
  const all = alert.changes.length + alert.changesLeftOut;
  const which =
    changes === all
      ? `All ${plural(all)} changes are`
      : `The ${plural(changes)} worst of ${plural(all)} changes are`;
  return ` ${which} in the attached ${name}.`;
}

function withheldGuide(alert: Alert): string {
  return `The mail server refused the message that quotes the values, for its size or because a spam filter disliked one.${elsewhere(alert, 'shows them')}`;
}

function elsewhere(alert: Alert, what: string): string {
  return alert.incident === null
    ? ''
    : ` On the machine that runs tillwarden, "tillwarden show ${alert.incident}" ${what}.`;
}

/** True when the alert has anything that only the details may hold. */
export function hasDetails(alert: Alert): boolean {
  return alert.changes.length > 0 || alert.facts.some((fact) => 'quoted' in fact);
}

/**
 * The mail a part of an alert becomes. The details are a reply to the alarm; both are replies to the incident's first message,
 * whose Message-ID is `thread`. Pure.
 */
export function emailMessage(alert: Alert, send: EmailSend): EmailMessage {
  const title = ourWords(alertTitle(alert), MAX_SUBJECT_CHARACTERS);
  const { body, html, attachment } = draft(alert, send, title);
  const idOf = (part: EmailPart) => messageId(alert.id, part, send.channel, send.from);
  const parents = [send.thread, send.part === 'details' ? idOf('alarm') : null];
  const own = idOf(send.part);
  return {
    subject: send.part === 'alarm' ? title : `Re: ${title}`,
    text: textDocument(body),
    html,
    attachment,
    messageId: own,
    references: [...new Set(parents.filter((id) => id !== null && isMessageId(id) && id !== own))].map(
      String,
    ),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Tillwarden-Alert': headerText(alert.id),
      ...(alert.incident === null ? {} : { 'X-Tillwarden-Incident': headerText(alert.incident) }),
      'X-Tillwarden-Part': send.part,
    },
    urgent: send.part === 'alarm' && alert.severity === 'critical' && alert.role !== 'follow-up',
  };
}

interface Draft {
  readonly body: EmailBody;
  readonly html: string;
  readonly attachment: ChangesFile | null;
}

function draft(alert: Alert, send: EmailSend, title: string): Draft {
  if (send.part === 'details' && send.details !== 'withheld') return draftDetails(alert, send, title);
  const guide = send.part === 'alarm' ? alarmGuide(alert) : withheldGuide(alert);
  return draftOurs(alert, send.attempt, title, guide);
}

function draftDetails(alert: Alert, send: EmailSend, title: string): Draft {
  const within = (limits: ViewLimits): Draft => {
    const view = viewOf(alert, send.attempt, limits);
    const known = worstFirst(alert.changes);
    const fits = known.every(({ fields }, index) => view.changes[index]?.fields.length === fields.length);
    const attachment = fits || send.details === 'no-file' ? null : changesFile(alert);
    const guide = `${DETAILS_GUIDE}${attachment === null ? '' : attachmentGuide(attachment, alert)}`;
    const body = { view, counts: [], guide, quotes: true };
    return { body, html: htmlDocument(title, alert.severity, body), attachment };
  };
  const draft = within(DETAILS);
  return Buffer.byteLength(draft.html) <= MAX_HTML_BYTES ? draft : within(SMALLER_DETAILS);
}

function draftOurs(alert: Alert, attempt: number, title: string, guide: string): Draft {
  const body = { ...ownWordsOf(alert, attempt), guide, quotes: false };
  return { body, html: htmlDocument(title, alert.severity, body), attachment: null };
}

/** RFC 5322 3.6.4: unique, and by our own digest, so that the alert's id need not be fit for a header. */
function messageId(alertId: string, part: EmailPart, channel: string, from: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([alertId, part, channel]))
    .digest('hex');
  return `<${digest.slice(0, 32)}.tillwarden@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

/** True when a stored receipt is one of our Message-IDs. */
const isMessageId = (text: string): boolean => /^<[0-9a-f]{32}\.tillwarden@[A-Za-z0-9.-]+>$/.test(text);

const headerText = (text: string): string => ourWords(text, 100).replace(/[^!-~]/g, '?');
