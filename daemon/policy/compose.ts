import { type Definition, sha256Hex } from '../../baselines/index.js';
import {
  type Alert,
  type AlertChange,
  type AlertFact,
  type AlertType,
  type Attribution,
  SEVERITIES,
  type Severity,
  type Standing,
} from '../../notifiers/index.js';
import { type Described, describeWorstFirst, isUrgent } from './describe.js';
import type { Condition, Ending, Finding } from './finding.js';
import type { PersonalColumns } from './masking.js';
import { type ChangeSubject, createQuoter } from './quoting.js';
import { stepsFor } from './steps.js';
import { duration, title } from './title.js';
import { headline, unknownBecause } from './words.js';

/** How many changes an alert carries in full. The worst come first; the rest is counted. */
const MAX_CHANGES = 50;
/** How many collections that could not be compared an alert lists. */
const MAX_UNKNOWN = 10;

/** Nothing that is read says yet who wrote a row. */
const NOBODY_KNOWN: Attribution = { confidence: 'unknown' };

/** What an alert needs besides what it is about. */
export interface AlertContext {
  readonly site: string;
  readonly timeZone: string;
  readonly incident: string | null;
  readonly observedAtMs: number;
  readonly head: Alert['head'];
  /** Configured and signed definitions by collection, for the names of columns. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** What messages show masked. */
  readonly personal: PersonalColumns;
}

/** The parts in which alerts differ; everything else comes from the context. */
export interface Draft {
  readonly type: AlertType;
  readonly standing: Standing;
  readonly severity: Severity;
  readonly title: string;
  readonly consequence: string;
  readonly who?: Attribution;
  readonly facts?: readonly AlertFact[];
  readonly changes?: readonly AlertChange[];
  readonly changesLeftOut?: number;
  readonly nextSteps?: Alert['nextSteps'];
}

/** Completes an alert. Its id is a digest of what it says, so that composing the same thing again gives the same id. */
export function completeAlert(context: AlertContext, draft: Draft): Alert {
  const { site, timeZone, incident, observedAtMs, head } = context;
  const body = { facts: [], changes: [], changesLeftOut: 0, nextSteps: [], ...draft };
  const state = incident === null ? null : ('open' as const);
  const alert = { ...body, site, timeZone, incident, state, dedupKey: incident, observedAtMs, head };
  return { id: sha256Hex(JSON.stringify(alert)).slice(0, 16), ...alert };
}

/**
 * Tells of conditions of one topic that people must deal with. `open` counts all open findings of the incident, these included.
 * Everything but the values inside of `Untrusted` is our own words, configured names and counts (invariant 8).
 */
export function composeConditions(context: AlertContext, told: readonly Condition[], open: number): Alert {
  const described = describeWorstFirst(told);
  const [first] = described;
  if (first === undefined) throw new RangeError('an alert needs something to tell');
  const change = described.find(({ condition }) => condition.subject.what === 'change');
  const others = open - told.length;
  return completeAlert(context, {
    type: typeOf((change ?? first).condition),
    standing: 'page',
    severity: first.condition.severity,
    title: title(described),
    consequence: first.consequence,
    ...(change === undefined ? {} : { who: NOBODY_KNOWN }),
    facts: [
      ...touched(described),
      ...details(described),
      ...(others > 0 ? [{ label: 'Also open in this incident', text: String(others) }] : []),
    ],
    ...quotedChanges(context, described, false),
    nextSteps: stepsFor(context, (change ?? first).condition.subject),
  });
}

/** Tells that findings ended without people having signed them: reverted, or readable, heard and verifiable again. */
export function composeEndings(
  context: AlertContext,
  ended: readonly { readonly finding: Finding; readonly ending: Ending }[],
  after: {
    /** Findings of the incident still open. */
    readonly open: number;
    /** Whether the incident is resolved by this. */
    readonly resolved: boolean;
    readonly nowMs: number;
  },
): Alert {
  const described = describeWorstFirst(ended.map(({ finding }) => finding));
  const [first] = described;
  if (first === undefined) throw new RangeError('an alert needs something to tell');
  const changes = described.filter(({ condition }) => condition.subject.what === 'change');
  const rest = described.filter(({ condition }) => condition.subject.what !== 'change');
  const lasted = duration(after.nowMs - Math.min(...ended.map(({ finding }) => finding.firstSeenMs)));
  const back = `${changes.length} ${changes.length === 1 ? 'record is' : 'records are'} back to the baseline after ${lasted}`;
  const over = `over after ${lasted}: ${title(rest)}`;
  const reverted = changes.length > 0;
  return completeAlert(context, {
    type: reverted
      ? 'back-to-baseline'
      : first.condition.subject.what === 'blind'
        ? 'sight-restored'
        : 'readable-again',
    standing: 'follow-up',
    severity: reverted ? atMostHigh(first.condition.severity) : 'low',
    title: [...(reverted ? [back] : []), ...(rest.length > 0 ? [over] : [])].join(', '),
    consequence: reverted
      ? 'What was changed has been changed back. Somebody did both, and neither was signed.'
      : 'It is compared with what people signed again.',
    ...(reverted ? { who: NOBODY_KNOWN } : {}),
    facts: [
      { label: 'Still open in this incident', text: String(after.open) },
      ...(after.open === 0 && !after.resolved
        ? [{ label: 'Incident', text: 'stays open until people sign a baseline of this site' }]
        : []),
    ],
    ...quotedChanges(context, changes, true),
    nextSteps: reverted ? stepsFor(context, null) : [],
  });
}

/** The changes in full, worst first, as many as fit; urgent ones are never left out for others. */
export function quotedChanges(
  context: AlertContext,
  described: readonly Described[],
  reverted: boolean,
): { readonly changes: readonly AlertChange[]; readonly changesLeftOut: number } {
  const quoter = createQuoter();
  const all = described.flatMap((one) => {
    const { subject, severity } = one.condition;
    return subject.what === 'change' ? [{ ...one, subject, severity }] : [];
  });
  const urgent = all.filter(isUrgent).slice(0, MAX_CHANGES);
  const kept = new Set([...urgent, ...all.filter((one) => !isUrgent(one))].slice(0, MAX_CHANGES));
  const changes = all
    .filter((one) => kept.has(one))
    .map(({ subject, severity, diverts }) => {
      const definition = context.definitions.get(subject.collection);
      const personal = context.personal.get(subject.collection);
      const words = headline(subject.kind, subject.type, diverts);
      return reverted
        ? quoter.change(
            subject,
            { severity, headline: `back to the baseline: ${words}`, definition, personal },
            swapped(subject),
          )
        : quoter.change(subject, { severity, headline: words, definition, personal });
    });
  return { changes, changesLeftOut: all.length - changes.length };
}

/** What was observed came first, what is signed is there now. */
function swapped({ before, after }: ChangeSubject) {
  return { before: after[0] ?? null, after: before === null ? [] : [before] };
}

/** How many records of which collections, when it is more than one. */
function touched(described: readonly Described[]): AlertFact[] {
  const counts = new Map<string, number>();
  for (const { condition } of described) {
    if (condition.subject.what !== 'change') continue;
    const { collection } = condition.subject;
    counts.set(collection, (counts.get(collection) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total < 2) return [];
  const list = [...counts].map(([collection, count]) => `${count} in ${collection}`).join(', ');
  return [{ label: 'Records touched', text: `${total}: ${list}` }];
}

function details(described: readonly Described[]): AlertFact[] {
  const facts = described.flatMap(({ condition: { subject } }) => {
    switch (subject.what) {
      case 'change':
        return [];
      case 'unknown':
        return subject.cause === 'unapproved'
          ? [{ label: 'Not signed', text: subject.collection }]
          : [
              {
                label: 'Not compared',
                text: `${subject.collection}: ${unknownBecause(subject.cause)} (${subject.detail})`,
              },
            ];
      case 'approval':
        return [{ label: subject.file ?? 'Files of approval', text: `${subject.detail} (${subject.code})` }];
      default:
        return [{ label: 'Found', text: subject.detail }];
    }
  });
  return atMost(MAX_UNKNOWN, facts);
}

/** The first facts, and how many there are besides. */
export function atMost(most: number, facts: readonly AlertFact[]): AlertFact[] {
  const rest = facts.length - most;
  return [...facts.slice(0, most), ...(rest > 0 ? [{ label: 'And more', text: String(rest) }] : [])];
}

function typeOf({ subject }: Condition): AlertType {
  switch (subject.what) {
    case 'change':
      return 'drift';
    case 'unknown':
    case 'unreachable':
      return 'unknown';
    case 'blind':
      return 'blind';
    case 'config':
      return 'config-changed';
    case 'approval':
      return subject.code === 'BASELINE_ROLLED_BACK' ? 'baseline-missing' : 'baseline-refused';
  }
}

function atMostHigh(severity: Severity): Severity {
  return SEVERITIES.indexOf(severity) < SEVERITIES.indexOf('high') ? 'high' : severity;
}
