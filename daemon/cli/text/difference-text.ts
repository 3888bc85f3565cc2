import type { CollectionSnapshot, Definition } from '../../../baselines/index.js';
import { moment, quote } from '../../../notifiers/index.js';
import type { RejectedChange } from '../../approvals/approval-backend.js';
import { DEFINITION_ASPECTS } from '../../drift/definition-difference.js';
import type { SeverityRule } from '../../policy/severity.js';
import { grouped } from '../../wording.js';
import { type CollectionDifference, type Difference, movesMoney } from '../approve/differences.js';
import { recordsToSign } from '../approve/records-to-sign.js';
import type { Terminal } from '../terminal/terminal.js';
import { describeChange, describeRecord, shownName } from './change-text.js';
import { suppressedLines } from './finding-text.js';

/** Changed records below a new definition that are shown at once; all of them when asked to explain. */
const CHANGES_SHOWN = 20;
/** For those who ask to see everything: no value is cut short of this. */
const EVERYTHING = 1_000_000;

export interface DifferenceContext {
  readonly rules: readonly SeverityRule[];
  /** Digits of the fingerprint that are shown. */
  readonly digits: number;
  /** By fingerprint: what somebody has called hostile. */
  readonly hostile?: ReadonlyMap<string, RejectedChange>;
}

/** A line that begins with our exclamation mark, in a colour or without one. */
const WARNING = /^\s*(?:\p{Cc}\[\d+m)?!/u;

type Paint = Pick<Terminal, 'paint'>;

/** A difference as it is shown before somebody is asked about it. */
export function describeDifference(
  terminal: Paint,
  difference: Difference,
  { rules, digits, hostile }: DifferenceContext,
  definitions: ReadonlyMap<string, Definition>,
): string[] {
  if (difference.what === 'record') {
    const { change, annotations, suppression, leads = 0 } = difference;
    const called = hostile?.get(change.fingerprint);
    return [
      ...describeChange(terminal, change, { rules, definitions, digits, annotations }),
      ...suppressedLines(suppression),
      ...(leads === 0
        ? []
        : [
            `  with it: ${grouped(leads, 'record')} of ${change.collection} that differ only in what another place writes otherwise; accepted along with this one`,
          ]),
      ...(called === undefined ? [] : [`  ${rejectedWords(terminal, called)}`]),
    ];
  }
  const id = terminal.paint('dim', difference.fingerprint.slice(0, digits));
  const { changes: shown, count } = recordsToSign(difference, CHANGES_SHOWN);
  const more = count - shown.length;
  return [
    `${id}  ${terminal.paint('yellow', 'DEFINITION')}  ${terminal.paint('bold', definitionHeadline(difference))}`,
    ...definitionLines(terminal, difference).map((line) => `  ${line}`),
    ...shown.flatMap((change) =>
      describeChange(terminal, change, { rules, definitions, digits }).map((line) => `  ${line}`),
    ),
    ...(more > 0 ? [`  and ${grouped(more, 'more record')} (e shows all)`] : []),
  ];
}

/** Everything about it: each field of each record on both sides, whole values. */
export function explainDifference(
  difference: Difference,
  definitions: ReadonlyMap<string, Definition>,
): string[] {
  if (difference.what === 'collection') {
    const snapshot = difference.after ?? difference.before;
    return snapshot === null ? [] : explainCollection(snapshot);
  }
  const { change } = difference;
  const definition = definitions.get(change.collection);
  if (definition === undefined) return [];
  const whole = (line: string) => describeRecord(line, definition, EVERYTHING).map((text) => `  ${text}`);
  return [
    'signed:',
    ...(change.before === null ? ['  (does not exist)'] : whole(change.before.line)),
    'in the database:',
    ...(change.after.length === 0 ? ['  (does not exist)'] : change.after.flatMap(({ line }) => whole(line))),
  ];
}

/**
 * A difference that was shown before, in few lines: what it is and of which record, warnings, and of what moves money the values. For a last look
 * before signing.
 */
export function shortDifference(
  terminal: Paint,
  difference: Difference,
  context: DifferenceContext,
  definitions: ReadonlyMap<string, Definition>,
): string[] {
  const lines = describeDifference(terminal, difference, context, definitions);
  if (difference.what === 'collection') return lines.slice(0, 1);
  if (movesMoney(difference)) return lines;
  const isHostile = context.hostile?.has(difference.fingerprint) ?? false;
  return lines.filter(
    (line, index) => index < 2 || WARNING.test(line) || (isHostile && index === lines.length - 1),
  );
}

/** A difference in one line: its id, what it is about, and who called it hostile. */
export function labelOf(
  difference: Difference,
  { digits, hostile }: Pick<DifferenceContext, 'digits' | 'hostile'>,
): string {
  const id = difference.fingerprint.slice(0, digits);
  if (difference.what === 'collection') return `${id}  definition of ${difference.name}`;
  const called = hostile?.get(difference.fingerprint);
  const mark = called === undefined ? '' : `, called hostile by ${called.person}`;
  return `${id}  ${difference.change.collection}: record ${difference.change.type}${mark}`;
}

/** "called hostile by alice 2026-11-25 13:09:28 UTC": a warning to whoever is asked next. */
export function rejectedWords(terminal: Paint, { person, atMs }: RejectedChange): string {
  return terminal.paint('red', `called hostile by ${person} ${moment(atMs, 'UTC')}`);
}

/** Every field of every record. */
export function explainCollection({ definition, records }: CollectionSnapshot): string[] {
  return [
    `${definition.name}:`,
    ...records.flatMap(({ line }) => describeRecord(line, definition, EVERYTHING).map((text) => `  ${text}`)),
  ];
}

/** One line for each collection: what it is, how many records, and their digest. */
export function collectionLine({ definition, records, recordsDigest }: CollectionSnapshot): string {
  const { name, kind, table } = definition;
  const count = grouped(records.length, 'record');
  return `${name.padEnd(20)} ${kind.padEnd(13)} ${count.padStart(15)}  sha256:${recordsDigest.slice(0, 16)}…  ${shownName(table)}`;
}

/** The rest of what is signed of how a collection is read, in one line: columns, conditions, files, doors. */
export function readingLine({ definition }: Pick<CollectionSnapshot, 'definition'>): string {
  return DEFINITION_ASPECTS.filter(
    (aspect) => !IN_COLLECTION_LINE.has(aspect) && definition[aspect] !== undefined,
  )
    .map((aspect) => `${aspect} ${aspectOf(definition, aspect)}`)
    .join('; ');
}

const IN_COLLECTION_LINE: ReadonlySet<keyof Definition> = new Set(['name', 'kind', 'table']);

/** What is new about a definition, in one line. */
export function definitionHeadline({ before, after, name, aspects, changes }: CollectionDifference): string {
  if (before === null) return `${name} is new: ${grouped(after?.records.length ?? 0, 'record')}`;
  if (after === null) {
    return `${name} is not configured any more; accepting ends its watch (${grouped(before.records.length, 'record')})`;
  }
  const records =
    changes === null
      ? 'its records cannot be compared with the signed ones'
      : `${grouped(changes.length, 'record')} changed in what both read`;
  return `${name} is read in another way (${aspects.join(', ')}); ${records}`;
}

function definitionLines(terminal: Paint, difference: CollectionDifference): string[] {
  return definitionRows(difference).flatMap(({ aspect, before, after }) => [
    ...(before === null ? [] : [`${terminal.paint('red', '-')} ${aspect}: ${before}`]),
    ...(after === null ? [] : [`${terminal.paint('green', '+')} ${aspect}: ${after}`]),
  ]);
}

/** One aspect of a definition on both sides, quoted where it is not visible ASCII; null on the side where there is no definition. */
export interface DefinitionRow {
  readonly aspect: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The aspects in which two definitions differ; all that there are of one that is new or gone. */
export function definitionRows({ before, after, aspects }: CollectionDifference): DefinitionRow[] {
  const holds = (aspect: keyof Definition) =>
    [before, after].some((side) => side?.definition[aspect] !== undefined);
  const shown =
    before !== null && after !== null
      ? aspects
      : DEFINITION_ASPECTS.filter((aspect) => aspect !== 'name' && holds(aspect));
  return shown.map((aspect) => ({
    aspect,
    before: before && aspectOf(before.definition, aspect),
    after: after && aspectOf(after.definition, aspect),
  }));
}

/** What is signed is shown whole. */
function shownJson(value: object): string {
  const text = JSON.stringify(value);
  return /^[ -~]*$/.test(text) ? text : quote({ untrusted: text }, EVERYTHING);
}

function aspectOf(definition: Definition, aspect: keyof Definition): string {
  const value: unknown = definition[aspect];
  if (value === undefined) return '(none)';
  if (Array.isArray(value)) return value.map(listedName).join(', ') || '(none)';
  if (typeof value === 'object' && value !== null) return shownJson(value);
  return shownName(String(value));
}

/** A name among others: one that could be taken for two, or for none, is quoted. */
function listedName(name: string): string {
  return /^[!-+\--~](?:[ -+\--~]*[!-+\--~])?$/.test(name) && name !== '(none)'
    ? shownName(name)
    : quote({ untrusted: name }, EVERYTHING);
}
