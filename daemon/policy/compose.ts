import {
  type Definition,
  decodeValue,
  parseRecordLine,
  recordLine,
  sha256Hex,
} from '../../baselines/index.js';
import {
  type Alert,
  type AlertChange,
  type AlertFact,
  type AlertType,
  SEVERITIES,
  type Severity,
  type Untrusted,
} from '../../notifiers/index.js';
import type { FieldChange } from '../drift/change.js';
import { explain } from '../drift/explain.js';
import type { Condition, Subject } from './finding.js';
import { consequence, divertsMoney, happened, headline, unknownBecause } from './words.js';

/** How many changes an alert carries in full. The worst come first; the rest is counted. */
const MAX_CHANGES = 50;
/** How many things a title names before it counts the rest. */
const MAX_TITLE_PARTS = 3;

/** What an alert needs besides what it is about. */
export interface AlertContext {
  readonly site: string;
  readonly timeZone: string;
  readonly incident: string | null;
  readonly observedAtMs: number;
  readonly head: Alert['head'];
  /** Configured and signed definitions by collection, for the names of key columns. */
  readonly definitions: ReadonlyMap<string, Definition>;
}

/** The parts in which alerts differ; everything else comes from the context. */
interface Draft {
  readonly type: AlertType;
  readonly severity: Severity;
  readonly title: string;
  readonly consequence: string;
  readonly facts?: readonly AlertFact[];
  readonly changes?: readonly AlertChange[];
  readonly nextSteps?: Alert['nextSteps'];
}

/** Completes an alert. Its id is a digest of what it says, so that composing the same thing again gives the same id. */
export function completeAlert(context: AlertContext, draft: Draft): Alert {
  const { definitions: _definitions, ...common } = context;
  const all = draft.changes ?? [];
  const body = {
    ...common,
    ...draft,
    facts: draft.facts ?? [],
    changes: all.slice(0, MAX_CHANGES),
    changesLeftOut: Math.max(0, all.length - MAX_CHANGES),
    nextSteps: draft.nextSteps ?? [],
  };
  return { id: sha256Hex(JSON.stringify(body)).slice(0, 16), ...body };
}

/** Tells of conditions of one topic that people must deal with. `open` counts all open findings of the incident, these included. */
export function composeConditions(context: AlertContext, told: readonly Condition[], open: number): Alert {
  const worst = [...told].sort(bySeverity);
  const [first] = worst;
  if (!first) throw new RangeError('an alert needs something to tell');
  const described = worst.map((condition) => ({ condition, ...describe(condition, context.definitions) }));
  const others = open - told.length;
  return completeAlert(context, {
    type: typeOf(first.subject),
    severity: first.severity,
    title: joinTitle(titleParts(described)),
    consequence: described[0]?.consequence ?? '',
    facts: [
      { label: 'Who', text: 'unknown' },
      ...(others > 0 ? [{ label: 'Also open in this incident', text: String(others) }] : []),
    ],
    changes: described.flatMap((entry) => entry.change ?? []),
    nextSteps: stepsFor(context, first.subject),
  });
}

interface Described {
  readonly condition: Condition;
  /** Same group, same words: they are counted together in a title. */
  readonly group: string;
  readonly words: (count: number) => string;
  readonly consequence: string;
  readonly change: AlertChange | null;
}

function describe(
  condition: Condition,
  definitions: AlertContext['definitions'],
): Omit<Described, 'condition'> {
  const { subject, severity } = condition;
  switch (subject.what) {
    case 'change': {
      const fields = explainSubject(subject);
      const diverts = divertsMoney(subject.kind, [...new Set(fields.map((entry) => entry.field))]);
      return {
        group: `${subject.kind} ${subject.type} ${diverts}`,
        words: (count) => happened(subject.kind, subject.type, diverts, count),
        consequence: consequence(subject.kind),
        change: alertChange(subject, severity, fields, diverts, definitions.get(subject.collection)),
      };
    }
    case 'unknown': {
      const because = unknownBecause(subject.cause);
      if (subject.cause === 'unapproved') {
        return {
          group: 'unapproved',
          words: (count) =>
            `${count} ${count === 1 ? 'collection has' : 'collections have'} no approved baseline`,
          consequence:
            'Nobody has signed what is there, so a change of it cannot be told from what should be.',
          change: null,
        };
      }
      return {
        group: `unknown ${subject.collection}`,
        words: () => `${subject.collection} is unknown: ${because}`,
        consequence:
          'What is there could not be compared with what people signed. Treat it as changed until it can.',
        change: null,
      };
    }
    case 'unreachable':
      return {
        group: `unreachable ${subject.source}`,
        words: () => `source ${subject.source} cannot be read`,
        consequence: 'Nothing of this source can be compared with what people signed while this lasts.',
        change: null,
      };
    case 'blind':
      return {
        group: `blind ${subject.source}`,
        words: () => `source ${subject.source} cannot be heard`,
        consequence: 'Changes are found by the timed read alone, later than usual, while this lasts.',
        change: null,
      };
    case 'approval':
      return {
        group: `approval ${condition.fingerprint}`,
        words: () => subject.detail,
        consequence: 'The baseline remembered from before stays the yardstick; nothing was accepted.',
        change: null,
      };
    case 'config':
      return {
        group: 'config',
        words: () => 'the configuration on disk cannot be used',
        consequence: 'The configuration in force before stays in force.',
        change: null,
      };
  }
}

type ChangeSubject = Extract<Subject, { what: 'change' }>;

function explainSubject(subject: ChangeSubject): FieldChange[] {
  const { collection, kind, type, key, before, after } = subject;
  const line = (text: string) => ({ key, line: text, digest: '' });
  return explain({
    fingerprint: '',
    site: '',
    collection,
    kind,
    type,
    key,
    before: before === null ? null : line(before),
    after: after.map(line),
  });
}

function alertChange(
  subject: ChangeSubject,
  severity: Severity,
  fields: readonly FieldChange[],
  diverts: boolean,
  definition: Definition | undefined,
): AlertChange {
  const { key } = parseRecordLine(`{"fields":{},"key":${subject.key}}`);
  return {
    severity,
    collection: subject.collection,
    kind: subject.kind,
    headline: headline(subject.kind, subject.type, diverts),
    key: key.map((value, index) => ({
      name: definition?.key[index] ?? `key ${index + 1}`,
      value: untrusted(value),
    })),
    fields: fields.map((entry) => ({
      name: entry.field,
      ...(entry.path === undefined ? {} : { path: { untrusted: entry.path } }),
      before: entry.before === undefined ? null : untrusted(entry.before),
      after: entry.after === undefined ? null : untrusted(entry.after),
    })),
    fieldsLeftOut: 0,
  };
}

/** An encoded value as the notifiers take it: raw, apart, with its form. */
export function untrusted(encoded: string | null): Untrusted {
  if (encoded === null) return { untrusted: null };
  const value = decodeValue(encoded);
  switch (value.form) {
    case 'text':
      return { untrusted: value.text };
    case 'digest':
      return { untrusted: value.sha256, form: 'digest', bytes: value.bytes };
    case 'hmac':
      return { untrusted: value.hmac, form: 'hmac' };
    case 'raw-json':
      return { untrusted: value.text, form: 'raw-json' };
  }
}

function bySeverity(a: { severity: Severity }, b: { severity: Severity }): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
}

function typeOf(subject: Subject): AlertType {
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

/** Groups in order of first appearance, which is worst first. */
function titleParts(described: readonly Described[]): string[] {
  const groups = new Map<string, { entry: Described; count: number }>();
  for (const entry of described) {
    const group = groups.get(entry.group);
    if (group) group.count++;
    else groups.set(entry.group, { entry, count: 1 });
  }
  return [...groups.values()].map(({ entry, count }) => entry.words(count));
}

function joinTitle(parts: readonly string[]): string {
  const shown = parts.slice(0, MAX_TITLE_PARTS);
  const rest = parts.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

function stepsFor(context: AlertContext, subject: Subject): Alert['nextSteps'] {
  const { incident, site } = context;
  const show =
    incident === null ? [] : [{ text: 'See everything about it:', command: `tillwarden show ${incident}` }];
  switch (subject.what) {
    case 'change':
      return [
        { text: 'If you did not expect this: stop the admin services and deactivate the terminals first.' },
        ...show,
        { text: 'If it is right, sign it:', command: `tillwarden approve ${site}` },
      ];
    case 'unknown':
      return [
        ...show,
        ...(subject.cause === 'unapproved' || subject.cause === 'definition-differs'
          ? [{ text: 'Review what is there and sign it:', command: `tillwarden approve ${site}` }]
          : [{ text: 'Look for yourself:', command: `tillwarden check ${site}` }]),
      ];
    case 'unreachable':
    case 'blind':
      return [{ text: 'Look for yourself:', command: `tillwarden check ${site}` }, ...show];
    case 'approval':
      return [
        { text: 'Find out who wrote to the baseline or trust directory.' },
        { text: 'Check the files offline:', command: `tillwarden verify ${site}` },
      ];
    case 'config':
      return [{ text: 'Repair the configuration file; it is read again by itself.' }];
  }
}

/** Tells that findings ended without people having signed them: reverted, or readable, heard and verifiable again. */
export function composeEndings(
  context: AlertContext,
  ended: readonly Condition[],
  open: number,
  lastedMs: number,
  awaitsPerson: boolean,
): Alert {
  const described = ended.map((condition) => ({ condition, ...describe(condition, context.definitions) }));
  const [first] = described;
  if (!first) throw new RangeError('an alert needs something to tell');
  const isChange = first.condition.subject.what === 'change';
  const what = isChange
    ? `${ended.length} ${ended.length === 1 ? 'record is' : 'records are'} back to the baseline after ${duration(lastedMs)}`
    : `over after ${duration(lastedMs)}: ${joinTitle(titleParts(described))}`;
  return completeAlert(context, {
    type: isChange
      ? 'back-to-baseline'
      : first.condition.subject.what === 'blind'
        ? 'sight-restored'
        : 'readable-again',
    severity: isChange ? 'high' : 'low',
    title: what,
    consequence: isChange
      ? 'What was changed has been changed back. Somebody did both, and neither was signed.'
      : 'It is compared with what people signed again.',
    facts: [
      { label: 'Who', text: 'unknown' },
      { label: 'Still open in this incident', text: String(open) },
      ...(awaitsPerson
        ? [{ label: 'Incident', text: 'stays open until people sign a baseline of this site' }]
        : []),
    ],
    changes: described.flatMap((entry) => entry.change ?? []),
    nextSteps:
      context.incident === null || !isChange
        ? []
        : [{ text: 'See everything about it:', command: `tillwarden show ${context.incident}` }],
  });
}

/** "412 ms", "9 s", "4 min 12 s", "3 h 5 min", "2 d 4 h". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.floor(ms / 1000);
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
