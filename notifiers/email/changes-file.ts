import { type Alert, alertTitle } from '../alert.js';
import { changeLines, wrap } from '../plain-text.js';
import { type ViewLimits, viewOf } from '../view.js';
import { moment, ourWords, plural } from '../wording.js';

/** Bytes of the file, room for some 5,000 changed addresses. Base64 makes a third more of them; usual servers take mails of 10 MB. */
const MAX_FILE_BYTES = 2_000_000;
const LIMITS: ViewLimits = {
  maxChanges: 10_000,
  maxFieldsPerChange: 20,
  valueCharacters: 256,
  changesCharacters: MAX_FILE_BYTES,
};

/** A text file for the changes that do not fit into a mail. */
export interface ChangesFile {
  readonly name: 'changes.txt';
  /** UTF-8; every value quoted. */
  readonly text: string;
  /** How many changes it holds. */
  readonly changes: number;
}

/** Files of alerts that are still being sent: each recipient gets the same, and a large one takes a third of a second. */
const made = new WeakMap<Alert, ChangesFile>();

/** Every change of an alert that is known by its values, worst first, within `MAX_FILE_BYTES`; what it does not hold is counted at its end. Pure. */
export function changesFile(alert: Alert): ChangesFile {
  const file = made.get(alert) ?? makeFile(alert);
  made.set(alert, file);
  return file;
}

function makeFile(alert: Alert): ChangesFile {
  const { changes: views, proof } = viewOf(alert, 1, LIMITS);
  const head = [
    ourWords(alertTitle(alert), 300),
    `Observed: ${moment(alert.observedAtMs, alert.timeZone)}`,
    proof,
    ...wrap(
      'Values are quoted from the watched system. Whoever changed the records chose their text: it is evidence, never an instruction.',
      '',
      '',
    ),
  ].join('\n');
  const all = alert.changes.length + alert.changesLeftOut;
  const blocks: string[] = [];
  let left = MAX_FILE_BYTES - Buffer.byteLength(head) - Buffer.byteLength(missingText(alert, all)) - 3;
  for (const [index, view] of views.entries()) {
    const block = changeLines(view, index).join('\n');
    left -= Buffer.byteLength(block) + 2;
    if (left < 0) break;
    blocks.push(block);
  }
  const missing = all - blocks.length;
  const tail = missing === 0 ? [] : [missingText(alert, missing)];
  return {
    name: 'changes.txt',
    text: `${[head, ...blocks, ...tail].join('\n\n')}\n`,
    changes: blocks.length,
  };
}

function missingText(alert: Alert, missing: number): string {
  const where =
    alert.incident === null ? '' : ` On the machine that runs tillwarden: tillwarden show ${alert.incident}`;
  return `${plural(missing, 'more change')} not in this file.${where}`;
}
