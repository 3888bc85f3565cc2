import type { Definition } from '../../baselines/index.js';
import {
  type AlertChange,
  type AlertField,
  LONGEST_ADDRESS,
  noteWords,
  type Quotation,
  quotation,
  quotePair,
  type Severity,
  type Untrusted,
} from '../../notifiers/index.js';
import { headlineOf } from '../alerts/describe.js';
import type { PersonalColumns } from '../alerts/masking.js';
import { type ChangeSubject, createQuoter, NO_QUOTING_LIMITS } from '../alerts/quoting.js';
import { touchesDestination } from '../policy/cost.js';
import type { ShownCall, ShownChange, ShownField, ShownNamed } from './shapes.js';

/** Characters of one value before it must be unfolded; of a longer one both ends are shown, and what is left out is counted. */
export const VALUE_CHARACTERS = 400;
/** For whoever unfolds a value. */
export const EVERY_CHARACTER = 1_000_000;
/** Fields of one change before it must be unfolded. */
const FIELDS = 40;

/** What a changed record is shown with. */
export interface ChangeViewContext {
  readonly fingerprint: string;
  readonly severity: Severity;
  readonly definition: Definition | undefined;
  /** Columns that are shown masked, by collection. */
  readonly personal?: PersonalColumns;
  readonly called?: ShownCall | undefined;
  /** Whole values and all fields. */
  readonly unfolded?: boolean;
}

/** A changed record as pages show it: every value of the watched system quoted, what differs marked (invariant 8). */
export function changeView(subject: ChangeSubject, context: ChangeViewContext): ShownChange {
  const { fingerprint, severity, definition, personal, called, unfolded = false } = context;
  const namesMoney = touchesDestination(subject, definition?.destination);
  const limits = unfolded ? NO_QUOTING_LIMITS : { ...NO_QUOTING_LIMITS, maxFields: FIELDS };
  const change = createQuoter(limits).change(subject, {
    ...{ severity, definition, personal },
    headline: headlineOf(subject, namesMoney),
  });
  const most = unfolded ? EVERY_CHARACTER : VALUE_CHARACTERS;
  return {
    what: 'change',
    id: fingerprint,
    severity,
    headline: change.headline,
    collection: change.collection,
    kind: change.kind,
    money: namesMoney ? subject.type : null,
    key: named(change.key, most),
    about: named(change.about ?? [], most),
    lookalikeOf: change.lookalikeOf === undefined ? null : named(change.lookalikeOf, most),
    fields: change.fields.map((field) => fieldView(field, subject.type, most)),
    fieldsLeftOut: change.fieldsLeftOut,
    called: called ?? null,
  };
}

function named(parts: AlertChange['key'], most: number): ShownNamed[] {
  return parts.map(({ name, value }) => ({ name, value: partsOf(quotation(value, most)) }));
}

function fieldView(field: AlertField, type: ChangeSubject['type'], most: number): ShownField {
  const { before, after } = quotePair(field.before, field.after, most);
  return {
    name: field.name,
    path: field.path === undefined ? null : partsOf(quotation(field.path, most)),
    before: type === 'added' ? null : partsOf(before),
    after: type === 'removed' ? null : partsOf(after),
    notes: (field.notes ?? []).map((note) => noteWords(note, field)),
    hidden: hiddenOf(field.before, most) + hiddenOf(field.after, most),
  };
}

/** Characters that a quotation leaves out; of what stands as a digest or masked, none can be unfolded. */
function hiddenOf(value: Untrusted | null, most: number): number {
  if (value === null || value.untrusted === null || value.form === 'masked') return 0;
  if (value.form === 'digest' || value.form === 'hmac') return 0;
  return Math.max(0, value.untrusted.length - Math.max(most, LONGEST_ADDRESS));
}

/** A quotation as plain data. */
export function partsOf(value: Quotation): ShownNamed['value'] {
  return value.map(({ text, from, differs }) => ({ text, from, differs }));
}
