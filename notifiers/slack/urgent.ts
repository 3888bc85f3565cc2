import type { Alert, AlertChange } from '../alert.js';
import { type ViewLimits, viewOf } from '../view.js';
import { ourWords, plural } from '../wording.js';
import { compactLine, richText, type SlackBlock, section, textElement } from './blocks.js';

/** Replies for one alert. Slack takes about one message a second; with these some 200 changed addresses are sent. */
const MAX_REPLIES = 10;
/** Characters of a reply's lines as JSON, with room for its heading below Slack's 10,000. */
const MAX_LINES_JSON = 9_000;
const LIMITS: ViewLimits = {
  maxChanges: 1_000,
  maxFieldsPerChange: 3,
  valueCharacters: 128,
  changesCharacters: MAX_REPLIES * MAX_LINES_JSON,
};

/** A reply with some of the changes, one on each line. */
export interface UrgentReply {
  /** "urgent changes 9 to 40 of 212": our words. */
  readonly heading: string;
  readonly blocks: readonly SlackBlock[];
}

/**
 * Replies with the changes which did not fit into an alert's message, whole addresses included, so that none is only a number. What
 * exceeds `MAX_REPLIES` is counted at the end, with where to see it. Pure.
 */
export function urgentReplies(
  alert: Alert,
  urgent: readonly AlertChange[],
  attempt: number,
): readonly UrgentReply[] {
  if (urgent.length === 0) return [];
  const { changes } = viewOf({ ...alert, facts: [], changes: urgent, changesLeftOut: 0 }, 1, LIMITS);
  const pages = packed(changes.map(compactLine)).slice(0, MAX_REPLIES);
  // A reply is read by itself: an earlier attempt may have posted it, or only the message before it.
  const repeat = attempt > 1 ? ` (possibly a repeat: attempt ${attempt})` : '';
  let sent = 0;
  return pages.map((lines, index) => {
    const heading = `urgent changes ${plural(sent + 1)} to ${plural(sent + lines.length)} of ${plural(urgent.length)} that did not fit${repeat}`;
    sent += lines.length;
    const left = urgent.length - sent;
    const tail = index === pages.length - 1 && left > 0 ? [textElement(remaining(alert, left))] : [];
    return {
      heading,
      blocks: [richText(section([textElement(`${heading}\n`, { bold: true }), ...lines.flat(), ...tail]))],
    };
  });
}

function packed<T>(lines: readonly T[]): T[][] {
  const pages: T[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const length = JSON.stringify(line).length;
    if (size + length > MAX_LINES_JSON) {
      pages.push([]);
      size = 0;
    }
    pages.at(-1)?.push(line);
    size += length;
  }
  return pages;
}

function remaining(alert: Alert, count: number): string {
  const where =
    alert.incident === null ? 'the mail of this alert' : ourWords(`tillwarden show ${alert.incident}`, 100);
  return `and ${plural(count, 'more urgent change')}: see ${where}`;
}
