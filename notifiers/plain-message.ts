import type { Alert } from './alert.js';
import { ownWordsOf } from './own-words.js';
import { quotationText } from './quote.js';
import type { AlertView } from './view.js';
import { plural } from './wording.js';

/** Room for a message in our own words, and what it says of the values that are not in it. */
export interface PlainLimits {
  /** UTF-8 bytes. */
  readonly maxBytes: number;
  /** Where the values are, said when there are changes: "What was and what is now never comes this way." */
  readonly elsewhere: string;
}

/**
 * An alert below its title, in lines of our own words alone and within `maxBytes`, whatever the alert's size: what does not fit is left out from
 * the end and counted, the first command and the proof never. Pure.
 */
export function plainMessage(alert: Alert, attempt: number, { maxBytes, elsewhere }: PlainLimits): string {
  const { view, counts } = ownWordsOf(alert, attempt);
  const lines: readonly Line[] = [
    ...[view.consequence, ...(view.repeat === null ? [] : [view.repeat])].map(needed),
    ...counts.map((line) => optional(`• ${line}`)),
    ...view.facts.map(({ label, value }) => optional(`${label}: ${quotationText(value)}`)),
    ...view.steps.flatMap(({ text, command }, index) => [
      optional(`${index + 1}. ${text}`),
      ...(command === null ? [] : [index === firstCommand(view.steps) ? needed(command) : optional(command)]),
    ]),
    ...(alert.changes.length + alert.changesLeftOut === 0 ? [] : [needed(elsewhere)]),
    needed(view.proof),
  ];
  const left = maxBytes - lines.reduce((sum, line) => sum + (line.needed ? bytesOf(line.text) : 0), 0);
  const all = fitting(lines, left);
  if (all.length === lines.length) return all.join('\n');
  const shown = fitting(lines, left - MISSING_BYTES);
  const missing = `${plural(lines.length - shown.length, 'line')} of this message did not fit.`;
  return [...shown.slice(0, -1), missing, ...shown.slice(-1)].join('\n');
}

/** Room for the line that says how many are missing. */
const MISSING_BYTES = 60;

interface Line {
  readonly text: string;
  readonly needed: boolean;
}

/** Those that are needed, and of the others as many as fit into so many bytes. */
function fitting(lines: readonly Line[], bytes: number): string[] {
  let left = bytes;
  return lines.flatMap(({ text, needed: isNeeded }) => {
    if (isNeeded) return [text];
    left -= bytesOf(text);
    return left >= 0 ? [text] : [];
  });
}

const firstCommand = (steps: AlertView['steps']): number =>
  steps.findIndex(({ command }) => command !== null);
const needed = (text: string) => ({ text, needed: true });
const optional = (text: string) => ({ text, needed: false });
const bytesOf = (line: string): number => Buffer.byteLength(line) + 1;
