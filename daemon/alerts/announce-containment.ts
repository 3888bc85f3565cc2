import type { Alert } from '../../notifiers/index.js';
import type { Finding } from '../finding.js';
import type { ContainmentRefusal, ContainmentRule } from '../policy/containment/rule.js';
import { counted, listed } from '../wording.js';
import { type AlertContext, completeAlert } from './compose.js';

/** What was decided of one rule for one incident. */
export interface Contained {
  readonly site: string;
  readonly incident: string;
  readonly action: ContainmentRule;
  /** Null: it is done, or would be. */
  readonly refusal: ContainmentRefusal | null;
  readonly findings: readonly Finding[];
  readonly brakeFile: string;
}

const BECAUSE: Readonly<Record<ContainmentRefusal, string>> = {
  brake: 'the hand brake is drawn, or nobody can tell whether it is',
  blind: 'something of this site cannot be read or heard, so nobody knows what it would act on',
  unverified: 'there is no baseline that was verified whole, so nobody knows what it would act on',
  budget: 'as much was done at this site within a day as may be',
  'cool-down': 'something was done at this site too short a time ago',
};

/** The notice of what a rule of containment does, would do, or does not do and why. Names, paths and hosts are configured. */
export function composeContained(context: AlertContext, contained: Contained): Alert {
  const { incident, action, refusal, findings, brakeFile } = contained;
  const { name, dryRun } = action;
  const collections = [
    ...new Set(findings.flatMap(({ subject }) => ('collection' in subject ? [subject.collection] : []))),
  ];
  const says =
    refusal !== null
      ? `containment "${name}" is not done`
      : dryRun
        ? `containment "${name}" would be done now (dry run)`
        : `containment "${name}" is being done`;
  return completeAlert(context, {
    type: 'containment',
    role: 'notice',
    severity: refusal === null && !dryRun ? 'critical' : 'high',
    title: `${says}, for incident ${incident}`,
    consequence:
      refusal !== null
        ? `A rule of yours would act, and does not: ${BECAUSE[refusal]}.`
        : dryRun
          ? 'A rule of yours says so. Nothing was done: it is a dry run.'
          : 'A rule of yours says so. It is done once for this incident. Only people undo it.',
    facts: [
      { label: 'Action', text: whatOf(action) },
      { label: 'For', text: `${counted(findings.length, 'finding')} in ${listed(collections, 5)}` },
      { label: 'Hand brake', text: brakeFile },
    ],
    nextSteps: stepsOf(incident),
  });
}

/** An action that has ended. */
export interface EndedAction {
  readonly site: string;
  readonly incident: string;
  readonly action: string;
  readonly dryRun: boolean;
}

/** How it ended. `detail` is in our words and configured names. */
interface Ending {
  readonly result: 'done' | 'failed' | 'not-done';
  readonly code: string;
  readonly rows?: number;
  readonly detail?: string;
}

/** By code: why nothing was changed. */
const NOT_DONE: Readonly<Record<string, string>> = {
  BRAKE: 'the hand brake was drawn before it began',
  NO_RECORD: 'no record that was found says which rows are meant, or too many do',
  ROLE_MAY_MORE: 'its account may do more than set that column',
  FOREIGN_CODE: 'something that is not ours runs when that table is written',
  NOT_WRITABLE: 'that table or column cannot be set this way',
  TOO_MANY_ROWS: 'more rows would change than may; all were left as they are',
  NO_ROW: 'no row is meant',
  SERVER: 'the database could not be reached, or refused; what was begun was rolled back',
};

/** The notice of how it ended; of a dry run in SQL, of what it came to. */
export function composeContainmentEnded(context: AlertContext, about: EndedAction, ending: Ending): Alert {
  const { incident, action, dryRun } = about;
  const { result, code, detail } = ending;
  return completeAlert(context, {
    type: 'containment',
    role: 'notice',
    severity: result === 'done' || dryRun ? 'high' : 'critical',
    title: `containment "${action}" ${endedWords(dryRun, ending)}, for incident ${incident}`,
    consequence: meaningOf(dryRun, ending),
    facts: [
      { label: 'Ended with', text: code },
      ...(detail === undefined ? [] : [{ label: 'Found', text: detail }]),
    ],
    nextSteps: stepsOf(incident),
  });
}

function endedWords(dryRun: boolean, { result, rows }: Ending): string {
  const set = rows === undefined ? '' : ` ${counted(rows, 'row')}`;
  if (dryRun) return result === 'done' ? `would set${set} (dry run)` : 'would NOT be done (dry run)';
  switch (result) {
    case 'done':
      return rows === undefined ? 'was done' : `was done:${set} set`;
    case 'not-done':
      return 'was NOT DONE';
    case 'failed':
      return 'FAILED';
  }
}

function meaningOf(dryRun: boolean, { result, code, rows }: Ending): string {
  if (result === 'not-done') {
    const because = NOT_DONE[code] ?? 'something keeps it from it';
    return dryRun
      ? `Nothing was done, and armed it would not be either: ${because}.`
      : `Nothing was changed: ${because}. It is not tried again. Do it by hand, now.`;
  }
  if (result === 'failed')
    return 'Nobody knows how much of it was done, and it is not tried again. Do it by hand, now.';
  if (dryRun) return 'Nothing was done: it is a dry run. Everything but the change itself was tried.';
  return rows === 0
    ? 'Every row that is meant was so already. It stays so until people switch it on again, when the response is over.'
    : 'What it switched off stays off until people switch it on again, when the response is over.';
}

function stepsOf(incident: string): Alert['nextSteps'] {
  return [
    {
      text: 'Walk through the response; switch on again only at its end:',
      command: `tillwarden respond ${incident}`,
    },
  ];
}

function whatOf({ command, http, sql }: ContainmentRule): string {
  if (sql !== undefined) return `SQL: ${sql.column} of ${sql.table}, ${counted(sql.mostRows, 'row')} at most`;
  if (command !== undefined) return `command ${command[0]} with ${counted(command.length - 1, 'argument')}`;
  return `HTTP call to ${http === undefined ? 'nowhere' : new URL(http.url).host}`;
}
