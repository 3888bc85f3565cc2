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

/** The notice of how it ended. */
export function composeContainmentEnded(
  context: AlertContext,
  { incident, action }: { readonly incident: string; readonly action: string },
  { result, code }: { readonly result: 'done' | 'failed'; readonly code: string },
): Alert {
  return completeAlert(context, {
    type: 'containment',
    role: 'notice',
    severity: result === 'done' ? 'high' : 'critical',
    title: `containment "${action}" ${result === 'done' ? 'was done' : 'FAILED'}, for incident ${incident}`,
    consequence:
      result === 'done'
        ? 'What it switched off stays off until people switch it on again, when the response is over.'
        : 'Nobody knows how much of it was done, and it is not tried again. Do it by hand, now.',
    facts: [{ label: 'Ended with', text: code }],
    nextSteps: stepsOf(incident),
  });
}

function stepsOf(incident: string): Alert['nextSteps'] {
  return [
    {
      text: 'Walk through the response; switch on again only at its end:',
      command: `tillwarden respond ${incident}`,
    },
  ];
}

function whatOf({ command, http }: ContainmentRule): string {
  if (command !== undefined) return `command ${command[0]} with ${counted(command.length - 1, 'argument')}`;
  return `HTTP call to ${http === undefined ? 'nowhere' : new URL(http.url).host}`;
}
