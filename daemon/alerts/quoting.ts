import {
  type Definition,
  decodeValue,
  encodeValue,
  type Kind,
  parseRecordLine,
  sha256Hex,
} from '../../baselines/index.js';
import type { AlertChange, AlertField, FieldNote, Severity, Untrusted } from '../../notifiers/index.js';
import type { FieldChange } from '../drift/change.js';
import { namesDestination } from '../drift/destination.js';
import { explain } from '../drift/explain.js';
import type { ChangedLines } from '../drift/fields.js';
import { membersOfOneSide } from '../drift/one-sided.js';
import type { BorrowedLabel, DestinationVerdict, Subject } from '../finding.js';
import { masked, type PersonalColumns } from './masking.js';
import { destinationNotes, notesOf } from './notes.js';
import { withCatalogWords } from './words/catalog-letters.js';
import { indicatorNotes } from './words/indicators.js';

export type ChangeSubject = Extract<Subject, { what: 'change' }>;

/** How much of the watched system's text is carried. Lengths are in UTF-16 code units. */
export interface QuotingLimits {
  /** Fields of one change; the rest is counted. */
  readonly maxFields: number;
  /** A longer value is carried as its length and SHA-256. */
  readonly longestValue: number;
  /** Once all values together are this long, `longestValueBeyond` is the limit for each further one. */
  readonly budget: number;
  readonly longestValueBeyond: number;
}

/** Limits of what an alert carries: it lies in the outbox once and goes to every channel. */
const OF_ALERTS: QuotingLimits = {
  maxFields: 40,
  longestValue: 16 * 1024,
  budget: 256 * 1024,
  longestValueBeyond: 256,
};

/** Everything, for a person at a terminal. */
export const NO_QUOTING_LIMITS: QuotingLimits = {
  maxFields: Number.POSITIVE_INFINITY,
  longestValue: Number.POSITIVE_INFINITY,
  budget: Number.POSITIVE_INFINITY,
  longestValueBeyond: Number.POSITIVE_INFINITY,
};

/** Configured names of columns by which people know a record. */
const NAMING = /name|login|currency|coin|serial|e-?mail|label/i;
const MAX_ABOUT = 3;
const LONGEST_ABOUT = 64;

/** Changes as an alert carries them, within limits for all of them together. */
export interface Quoter {
  change(
    subject: ChangeSubject,
    ours: {
      readonly severity: Severity;
      readonly headline: string;
      readonly definition: Definition | undefined;
      /** Columns whose values are shown masked, by collection. */
      readonly personal?: PersonalColumns | undefined;
    },
    lines?: ChangedLines,
  ): AlertChange;
  value(encoded: string | null): Untrusted;
  /** Text of the watched system carried so far, in UTF-16 code units. */
  carried(): number;
}

export function createQuoter(limits: QuotingLimits = OF_ALERTS): Quoter {
  let carried = 0;

  /** Everything of the watched system goes through here, into `Untrusted`. */
  function within(full: Untrusted): Untrusted {
    const text = full.untrusted ?? '';
    const limit = carried < limits.budget ? limits.longestValue : limits.longestValueBeyond;
    carried += Math.min(text.length, limit);
    if (text.length <= limit) return full;
    return { untrusted: sha256Hex(text), form: 'digest', bytes: Buffer.byteLength(text) };
  }

  return {
    value: (encoded) => within(untrustedValue(encoded)),
    carried: () => carried,
    change: (subject, { severity, headline, definition, personal }, lines = subject) => {
      const showOf =
        (collection: string): Show =>
        (encoded, column) => {
          const value = untrustedValue(encoded);
          const hidden = column !== undefined && personal?.get(collection)?.has(column) === true;
          return within(hidden ? masked(value) : value);
        };
      const isPersonal = (column: string) => personal?.get(subject.collection)?.has(column) === true;
      const show = showOf(subject.collection);
      const explained = explain(lines);
      const shown = subject.kind === 'sensor' ? forPeople(subject.key, explained) : explained;
      const fields = byMeaning(shown, subject.kind, definition?.label);
      const shownFields = fields.slice(0, limits.maxFields);
      const placesLeftOut = fields.reduce((sum, { placesLeftOut = 0 }) => sum + placesLeftOut, 0);
      return {
        severity,
        collection: subject.collection,
        kind: subject.kind,
        headline,
        key: keyParts(subject.key, definition, show),
        about: [
          ...(definition?.label === undefined
            ? aboutRecord(lines, fields, definition, show)
            : labelOf(lines, fields, { ...definition, label: definition.label }, show)),
          ...borrowedLabel(subject.labelFrom, showOf),
        ],
        ...(subject.lookalikeOf === undefined
          ? {}
          : { lookalikeOf: keyParts(subject.lookalikeOf, definition, show) }),
        fields: shownFields.map((change) => {
          const verdict = verdictOn(change, subject.destinations);
          const known = indicatorNotes(change, shownFields, subject.indicators);
          return fieldOf(change, definition, { hidden: isPersonal(change.field), verdict, known }, show);
        }),
        fieldsLeftOut: Math.max(0, fields.length - limits.maxFields) + placesLeftOut,
      };
    },
  };
}

/**
 * Of an object of a sensor what people read: a new one is one JSON text, and what it does stands in the middle of it. Letters of the catalog have
 * their words, and the word by which severity is decided is left out unless nothing else differs.
 */
function forPeople(key: string, explained: readonly FieldChange[]): readonly FieldChange[] {
  const fields = explained.flatMap(membersOfOneSide).map((one) => withCatalogWords(key, one));
  const others = fields.filter(({ path }) => path !== '/reach');
  return others.length === 0 ? fields : others;
}

/** Shows a value as a message may: masked where its column is personal, before anything else sees it. */
type Show = (encoded: string | null, column: string | undefined) => Untrusted;

function fieldOf(
  { field, path: place, before, after, record, times }: FieldChange,
  definition: Definition | undefined,
  {
    hidden,
    verdict,
    known,
  }: {
    readonly hidden: boolean;
    readonly verdict: DestinationVerdict | undefined;
    readonly known: readonly FieldNote[];
  },
  show: Show,
): AlertField {
  const isOurs = definition?.columns.includes(field) === true;
  // A name we did not configure is not ours to print: it is quoted like a place inside the record.
  const path = isOurs ? place : `${field}${place ?? ''}`;
  const name = isOurs ? field : 'column';
  const side = (encoded: string | null | undefined) =>
    encoded === undefined ? null : untrustedValue(encoded);
  const notes: readonly FieldNote[] = [
    ...(times === undefined ? [] : [{ note: 'stands-twice' as const, times }]),
    ...known,
    ...(verdict === undefined ? [] : destinationNotes(verdict)),
    ...notesOf(side(before), side(after), hidden),
  ];
  return {
    name: record === undefined ? name : `${name} (record ${record} with this key)`,
    ...(path === undefined ? {} : { path: show(encodeValue({ form: 'text', text: path }), field) }),
    before: before === undefined ? null : show(before, field),
    after: after === undefined ? null : show(after, field),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** What is known of the address that a change put there. */
function verdictOn(
  { field, path }: FieldChange,
  verdicts: readonly DestinationVerdict[] = [],
): DestinationVerdict | undefined {
  return verdicts.find((one) => one.field === field && one.path === path);
}

/**
 * Fields by what they mean: where money goes, and of those what stood there before, which nobody can multiply, first; then the name of the
 * record, then the rest; last what holds nothing on either side.
 */
function byMeaning(
  fields: readonly FieldChange[],
  kind: Kind,
  label: readonly string[] | undefined,
): FieldChange[] {
  const names = (field: string) => label?.includes(field) ?? NAMING.test(field);
  const rank = ({ field, path, before, after }: FieldChange): number => {
    if ((before ?? null) === null && (after ?? null) === null) return 4;
    if (namesDestination(kind, field) || (path !== undefined && namesDestination(kind, path))) {
      return (before ?? null) === null ? 1 : 0;
    }
    return path === undefined && names(field) ? 2 : 3;
  };
  return fields
    .map((one) => ({ one, rank: rank(one) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}

/** Short fields that did not change and name the record. A record that is new or gone shows all its fields anyway. */
function aboutRecord(
  { after }: ChangedLines,
  changed: readonly FieldChange[],
  definition: Definition | undefined,
  show: Show,
) {
  const [line] = after;
  if (line === undefined || definition === undefined) return [];
  const { fields } = parseRecordLine(line);
  return definition.columns
    .filter((name) => NAMING.test(name) && !definition.secret.includes(name))
    .filter((name) => !changed.some((change) => change.field === name))
    .flatMap((name) => {
      const text = fields.get(name);
      return text && text.length <= LONGEST_ABOUT ? [{ name, value: show(text, name) }] : [];
    })
    .slice(0, MAX_ABOUT);
}

/** The label of a record, as it is signed where it is: what changed of it stands among the fields. Parts of the key stand there already. */
function labelOf(
  { before, after }: ChangedLines,
  changed: readonly FieldChange[],
  { label, key }: Definition & { readonly label: readonly string[] },
  show: Show,
) {
  const line = before ?? after[0];
  if (line === undefined) return [];
  const both = before !== null && after.length > 0;
  const { fields } = parseRecordLine(line);
  return label
    .filter((name) => !key.includes(name))
    .filter((name) => !both || !changed.some((change) => change.field === name))
    .flatMap((name) => {
      const text = fields.get(name);
      return text ? [{ name, value: show(text, name) }] : [];
    })
    .slice(0, MAX_ABOUT);
}

function borrowedLabel(label: BorrowedLabel | undefined, showOf: (collection: string) => Show) {
  if (label === undefined) return [];
  const { collection, fields } = label;
  const show = showOf(collection);
  return fields
    .slice(0, MAX_ABOUT)
    .map(({ name, value }) => ({ name: `${collection} ${name}`, value: show(value, name) }));
}

/** The parts of a key, given as canonical text, under the names of its columns. */
function keyParts(key: string, definition: Definition | undefined, show: Show): AlertChange['key'] {
  return parseRecordLine(`{"fields":{},"key":${key}}`).key.map((part, index) => {
    const column = definition?.key[index];
    return { name: column ?? `key ${index + 1}`, value: show(part, column) };
  });
}

/** An encoded value of a record as the notifiers take it: raw, apart, with its form. */
export function untrustedValue(encoded: string | null): Untrusted {
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
    case 'set':
      return { untrusted: '', form: 'hmac' };
  }
}
