import { type Definition, parseRecordLine } from '../../../baselines/index.js';
import {
  type AlertChange,
  type AlertField,
  LOOKALIKE,
  noteWords,
  type Quotation,
  quote,
  quotePair,
  type Severity,
} from '../../../notifiers/index.js';
import { headlineOf } from '../../alerts/describe.js';
import { type ChangeSubject, createQuoter, NO_QUOTING_LIMITS } from '../../alerts/quoting.js';
import { indicatorFacts } from '../../alerts/words/indicators.js';
import type { Change } from '../../drift/change.js';
import { explain } from '../../drift/explain.js';
import type { ChangedLines } from '../../drift/fields.js';
import type { Condition } from '../../finding.js';
import type { Annotations } from '../../policy/annotations.js';
import { touchesDestination } from '../../policy/cost.js';
import { raised } from '../../policy/evidence/indicated.js';
import { sensorChange } from '../../policy/sensor-reach.js';
import { type SeverityRule, severityOf } from '../../policy/severity.js';
import type { Terminal } from '../terminal/terminal.js';

/** Characters of one quoted value; of a longer one both ends, its length and digest. */
const VALUE_CHARACTERS = 400;

export interface ChangeContext {
  readonly rules: readonly SeverityRule[];
  /** By collection; for the names of key columns. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Digits of the fingerprint that are shown. */
  readonly digits?: number;
  /** What else is known of the record. */
  readonly annotations?: Annotations | undefined;
}

/** Digits of a fingerprint that are enough unless two share them. */
export const ID_DIGITS = 8;

/** A change in the words of an alert, with every field of it. */
export interface WordedChange {
  readonly subject: ChangeSubject;
  readonly alert: AlertChange;
}

export function wordedChange(change: Change, context: Omit<ChangeContext, 'digits'>): WordedChange {
  const { collection, kind, type } = change;
  const lines = { before: change.before?.line ?? null, after: change.after.map(({ line }) => line) };
  const definition = context.definitions.get(collection);
  const severity = changeSeverity(context.rules, change, context.annotations);
  const subject: ChangeSubject = {
    ...{ what: 'change', collection, kind, type, key: change.key, ...lines },
    ...context.annotations,
  };
  const alert = createQuoter(NO_QUOTING_LIMITS).change(subject, {
    severity,
    headline: headlineOf(subject, touchesDestination(subject, definition?.destination)),
    definition,
  });
  return { subject, alert };
}

/**
 * A change as a person reads it on a terminal: what happened to which record, then each field with what it was and what it is. Every
 * value of the watched system is quoted.
 */
export function describeChange(
  terminal: Pick<Terminal, 'paint'>,
  change: Change,
  context: ChangeContext,
): string[] {
  const { collection, type } = change;
  const { subject, alert } = wordedChange(change, context);
  const { severity } = alert;
  const id = change.fingerprint.slice(0, context.digits ?? ID_DIGITS);
  const named = (parts: AlertChange['key']) =>
    parts.map((part) => `${shownName(part.name)} ${quote(part.value, VALUE_CHARACTERS)}`).join(', ');
  const loud = severity === 'critical' ? 'red' : 'yellow';
  return [
    `${terminal.paint('dim', id)}  ${terminal.paint(loud, severity.toUpperCase())}  ${terminal.paint('bold', alert.headline)}`,
    `  ${[collection, named(alert.key), named(alert.about ?? [])].filter((part) => part !== '').join(', ')}`,
    ...(alert.lookalikeOf === undefined
      ? []
      : [`  ${terminal.paint('yellow', '!')} ${LOOKALIKE}, ${named(alert.lookalikeOf)}`]),
    ...alert.fields.flatMap((field) => fieldLines(terminal, field, type)),
    ...knownLines(subject),
    ...(alert.fieldsLeftOut > 0 ? [`  and ${alert.fieldsLeftOut} more fields`] : []),
  ];
}

/** What is known of a record from incidents elsewhere. Values of feeds are quoted. */
export function knownLines(subject: Condition['subject']): string[] {
  return indicatorFacts([{ subject }]).map((fact) => {
    const value = 'text' in fact ? fact.text : quote(fact.quoted, VALUE_CHARACTERS);
    return `  ! ${fact.label}: ${value}`;
  });
}

/** How severe a change is by the rules. */
export function changeSeverity(
  rules: readonly SeverityRule[],
  { collection, kind, type, before, after }: Change,
  /** What is known of it from elsewhere raises it. */
  annotations?: Annotations,
): Severity {
  const lines = { before: before?.line ?? null, after: after.map(({ line }) => line) };
  const names = changedNames(lines);
  const fields = type === 'modified' ? names : [null, ...names];
  const ranking = severityOf(rules, { kind, collection, fields, sensor: sensorChange(kind, type, lines) });
  return raised(ranking, annotations?.indicators).severity;
}

function changedNames(lines: ChangedLines): string[] {
  return explain(lines).flatMap(({ field, path }) => (path === undefined ? [field] : [field, path]));
}

function fieldLines(terminal: Pick<Terminal, 'paint'>, field: AlertField, type: Change['type']): string[] {
  const { before, after } = quotePair(field.before, field.after, VALUE_CHARACTERS);
  const place = field.path === undefined ? '' : ` at ${quote(field.path, VALUE_CHARACTERS)}`;
  const was = `      ${terminal.paint('red', '-')} ${marked(terminal, before)}`;
  const is = `      ${terminal.paint('green', '+')} ${marked(terminal, after)}`;
  return [
    `    ${shownName(field.name)}${place}`,
    ...(type === 'added' ? [] : [was]),
    ...(type === 'removed' ? [] : [is]),
    ...(field.notes ?? []).map((note) => `      ${terminal.paint('yellow', '!')} ${noteWords(note, field)}`),
  ];
}

/** Where two values differ is bold: a person compares addresses by their ends. */
function marked(terminal: Pick<Terminal, 'paint'>, value: Quotation): string {
  return value
    .map((part) =>
      part.from === 'us'
        ? terminal.paint('dim', part.text)
        : part.differs
          ? terminal.paint('bold', part.text)
          : part.text,
    )
    .join('');
}

/**
 * A name out of a definition as it is, when it is visible ASCII. A proposal nobody has reviewed holds definitions too, so
 * anything else is quoted.
 */
export function shownName(name: string): string {
  return /^[ -~]{1,255}$/.test(name) ? name : quote({ untrusted: name }, VALUE_CHARACTERS);
}

/** A whole record, every field of it, for those who want to see what they would sign. */
export function describeRecord(line: string, definition: Definition, valueCharacters: number): string[] {
  const { key, fields } = parseRecordLine(line);
  const quoter = createQuoter();
  const quoted = (value: string | null) => quote(quoter.value(value), valueCharacters);
  const name = (field: string) => shownName(definition.columns.includes(field) ? field : 'column');
  return [
    key.map((part, index) => `${shownName(definition.key[index] ?? 'key')} ${quoted(part)}`).join(', '),
    ...[...fields].map(([field, value]) => `  ${name(field)} ${quoted(value)}`),
  ];
}
