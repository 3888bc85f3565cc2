import {
  type Alert,
  type AlertChange,
  type AlertField,
  alertTitle,
  SEVERITIES,
  urgencyRank,
} from './alert.js';
import { attribution, LOOKALIKE, noteWords } from './notes.js';
import { type Quotation, quotation, quotationText, quotePair } from './quote.js';
import { moment, ourWords, plural } from './wording.js';

/** How much of an alert a message may hold. The worst changes come first; the rest is counted, never dropped silently. */
export interface ViewLimits {
  readonly maxChanges: number;
  readonly maxFieldsPerChange: number;
  /** Characters of one quoted value; see `quotation`. */
  readonly valueCharacters: number;
  /** Characters of all changes together; the first change is always shown. */
  readonly changesCharacters: number;
}

export interface LineView {
  readonly label: 'was' | 'now';
  readonly value: Quotation;
  /** True when the value leaves room for words beside it on a phone; an address does not. */
  readonly short: boolean;
}

export interface FieldView {
  readonly name: Quotation;
  /** True when name and value share one line. */
  readonly compact: boolean;
  readonly lines: readonly LineView[];
  /** Why the values deserve a second look, in our words. */
  readonly notes: readonly string[];
}

export interface ChangeView {
  /** "CRITICAL: wallet route changed" */
  readonly headline: string;
  /** "wallet_routes, id “7”" */
  readonly record: Quotation;
  /** "Its name can be taken for that of a signed record, id “3”", or null. */
  readonly lookalike: Quotation | null;
  readonly fields: readonly FieldView[];
  /** "and 3 more fields", or null. */
  readonly more: string | null;
}

/** An alert in the words a person reads, in reading order. Each channel only lays it out. */
export interface AlertView {
  readonly title: string;
  readonly consequence: string;
  /** Present on every attempt but the first. */
  readonly repeat: string | null;
  /** Who did it comes first; when it was observed comes last. */
  readonly facts: readonly { readonly label: string; readonly value: Quotation }[];
  readonly changes: readonly ChangeView[];
  /** Changes that are counted only, in our words. */
  readonly rest: readonly string[];
  readonly steps: readonly { readonly text: string; readonly command: string | null }[];
  /** Baseline version, journal head and alert id: proof against a cut tail, and the key that tells repeats apart. */
  readonly proof: string;
}

const MAX_FACTS = 20;
/** What was found, the folder in which it is put right, and where a copy lies. */
const MAX_FACT_CHARACTERS = 600;
/** More than any channel takes. */
const MAX_ALIKE_CHARACTERS = 40_000;
const MAX_STEPS = 10;
const MAX_KEY_PARTS = 6;
const MAX_ABOUT = 6;
const MAX_NOTES = 4;
const MAX_HEADLINES = 8;
const MAX_SHORT_CHARACTERS = 24;
/** 80 bits: who rewrites the journal cannot search for an entry that has the same beginning. */
const HEAD_DIGITS = 20;
/** Sites whose baseline stands in the last line of an alert about all of them. */
const MAX_BASELINES = 8;

/** Puts an alert into words within limits. Pure: the same alert reads the same on every attempt and channel. */
export function viewOf(alert: Alert, attempt: number, limits: ViewLimits): AlertView {
  const sorted = worstFirst(alert.changes);
  const shown = withinBudget(sorted, limits);
  return {
    title: ourWords(alertTitle(alert), 300),
    consequence: ourWords(alert.consequence, 600),
    repeat:
      attempt > 1
        ? `Possibly a repeat: this is attempt ${attempt}, and an earlier one may have arrived. The alert id below is the same unless something new joined it.`
        : null,
    facts: factsOf(alert, limits),
    changes: shown,
    rest: restOf(sorted.slice(shown.length), alert.changesLeftOut),
    steps: alert.nextSteps.slice(0, MAX_STEPS).map((step) => ({
      text: ourWords(step.text, 300),
      command: step.command === undefined ? null : ourWords(step.command, 200),
    })),
    proof: channelTestOf(alert),
  };
}

/** Counts changes by headline: "2 × administrator added". Only our words. `leftOut` more are known by their number alone. */
export function countByHeadline(changes: readonly AlertChange[], leftOut: number): readonly string[] {
  const counts = new Map<string, number>();
  for (const { headline } of worstFirst(changes)) counts.set(headline, (counts.get(headline) ?? 0) + 1);
  const lines = [...counts].map(([headline, count]) => `${plural(count)} × ${ourWords(headline, 120)}`);
  const others = lines.length - MAX_HEADLINES;
  return [
    ...lines.slice(0, MAX_HEADLINES),
    ...(others > 0 ? [`and ${plural(others, 'other kind')} of change`] : []),
    ...(leftOut > 0 ? [`${plural(leftOut)} × other`] : []),
  ];
}

/** By urgency, then by severity; those alike in both stay in their order. */
export function worstFirst(changes: readonly AlertChange[]): readonly AlertChange[] {
  return [...changes].sort(
    (a, b) =>
      urgencyRank(a.urgency) - urgencyRank(b.urgency) ||
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
}

function factsOf(alert: Alert, limits: ViewLimits): AlertView['facts'] {
  const most = alert.facts.length > MAX_FACTS ? MAX_FACTS - 1 : MAX_FACTS;
  const facts = alert.facts.slice(0, most).map((fact) => ({
    label: ourWords(fact.label, 60),
    value:
      'text' in fact
        ? ours(ourWords(fact.text, MAX_FACT_CHARACTERS))
        : quotation(fact.quoted, limits.valueCharacters),
  }));
  const more = alert.facts.length - facts.length;
  return [
    ...whoOf(alert, limits),
    ...alikeOf(alert),
    ...facts,
    ...(more > 0 ? [{ label: 'Not shown here', value: ours(plural(more, 'more line')) }] : []),
    { label: 'Observed', value: ours(moment(alert.observedAtMs, alert.timeZone)) },
  ];
}

/** Every site by its name: what is left out here would be told nowhere. A channel takes no more of them than it has room for. */
function alikeOf({ alike = [] }: Alert): AlertView['facts'] {
  if (alike.length === 0) return [];
  const list = alike.map(({ site, incident }) => `${site} (${incident})`).join(', ');
  return [{ label: 'The same at', value: ours(ourWords(list, MAX_ALIKE_CHARACTERS)) }];
}

function whoOf({ who }: Alert, limits: ViewLimits): AlertView['facts'] {
  return who === undefined ? [] : [{ label: 'Who', value: attribution(who, limits.valueCharacters) }];
}

function withinBudget(changes: readonly AlertChange[], limits: ViewLimits): readonly ChangeView[] {
  const shown: ChangeView[] = [];
  let left = limits.changesCharacters;
  for (const change of changes.slice(0, limits.maxChanges)) {
    const view = changeView(change, limits, shown.length === 0 ? left : Number.POSITIVE_INFINITY);
    left -= sizeOf(view);
    if (left < 0 && shown.length > 0) break;
    shown.push(view);
  }
  return shown;
}

/** A change with as many of its fields as `budget` allows, at least one. */
function changeView(change: AlertChange, limits: ViewLimits, budget: number): ChangeView {
  const fields: FieldView[] = [];
  let left = budget;
  for (const field of change.fields.slice(0, limits.maxFieldsPerChange)) {
    const view = fieldView(field, change, limits);
    left -= fieldSize(view);
    if (left < 0 && fields.length > 0) break;
    fields.push(view);
  }
  const more = change.fields.length - fields.length + change.fieldsLeftOut;
  return {
    headline: `${change.severity.toUpperCase()}: ${ourWords(change.headline, 150)}`,
    record: recordOf(change, limits),
    lookalike: lookalikeLine(change, limits),
    fields,
    more: more > 0 ? `and ${plural(more, 'more field')}` : null,
  };
}

function lookalikeLine({ lookalikeOf }: AlertChange, limits: ViewLimits): Quotation | null {
  if (lookalikeOf === undefined) return null;
  const key = lookalikeOf.slice(0, MAX_KEY_PARTS).flatMap((part) => named(part, limits));
  return [...ours(LOOKALIKE), ...key];
}

function named(part: AlertChange['key'][number], limits: ViewLimits): Quotation {
  return [...ours(`, ${ourWords(part.name, 130)} `), ...quotation(part.value, limits.valueCharacters)];
}

function recordOf(change: AlertChange, limits: ViewLimits): Quotation {
  const parts = (some: AlertChange['key']) => some.flatMap((part) => named(part, limits));
  const key = parts(change.key.slice(0, MAX_KEY_PARTS));
  const about = parts((change.about ?? []).slice(0, MAX_ABOUT));
  const more = change.key.length - MAX_KEY_PARTS;
  const tail = more > 0 ? ours(`, and ${plural(more, 'more key column')}`) : [];
  return [...ours(ourWords(change.collection, 130)), ...key, ...tail, ...about];
}

function fieldView(field: AlertField, change: AlertChange, limits: ViewLimits): FieldView {
  const { before, after } = quotePair(field.before, field.after, limits.valueCharacters);
  const path =
    field.path === undefined ? [] : [...ours(' at '), ...quotation(field.path, limits.valueCharacters)];
  const existed = change.fields.some((one) => one.before !== null);
  const exists = change.fields.some((one) => one.after !== null);
  const lines = [
    ...(existed || !exists ? [lineView('was', before)] : []),
    ...(exists || !existed ? [lineView('now', after)] : []),
  ];
  return {
    name: [...ours(ourWords(field.name, 130)), ...path],
    lines,
    notes: (field.notes ?? []).slice(0, MAX_NOTES).map((note) => noteWords(note, field)),
    compact: lines.length === 1 && lines.every((line) => line.short),
  };
}

function lineView(label: LineView['label'], value: Quotation): LineView {
  const quoted = value.filter((part) => part.from === 'value');
  return { label, value, short: quotationText(quoted).length <= MAX_SHORT_CHARACTERS };
}

function restOf(changes: readonly AlertChange[], leftOut: number): readonly string[] {
  const total = changes.length + leftOut;
  if (total === 0) return [];
  return [`${plural(total, 'more change')} not shown here`, ...countByHeadline(changes, leftOut)];
}

function channelTestOf(alert: Alert): string {
  const journal = ourWords(alert.head.journal, 64).slice(0, HEAD_DIGITS);
  return `${baselineWords(alert.head)} · journal ${journal} · alert ${ourWords(alert.id, 80)}`;
}

function baselineWords({ baselineVersion, baselines }: Alert['head']): string {
  const one = baselines?.length === 1 ? baselines[0]?.version : baselineVersion;
  if (one !== null && one !== undefined) return `baseline ${one}`;
  const shown = (baselines ?? []).slice(0, MAX_BASELINES);
  if (baselines === undefined || shown.length === 0) return 'no baseline yet';
  const rest = baselines.length > shown.length ? `, and ${baselines.length - shown.length} more sites` : '';
  return `baselines ${shown.map(({ site, version }) => `${version} of ${ourWords(site, 63)}`).join(', ')}${rest}`;
}

function sizeOf(view: ChangeView): number {
  const fields = view.fields.reduce((sum, field) => sum + fieldSize(field), 0);
  const about = quotationText([...view.record, ...(view.lookalike ?? [])]);
  return view.headline.length + about.length + fields;
}

function fieldSize(field: FieldView): number {
  const parts = [field.name, ...field.lines.map(({ value }) => value)].map(quotationText);
  return [...parts, ...field.notes].reduce((sum, text) => sum + text.length, 0);
}

const ours = (text: string): Quotation => [{ text, from: 'us', differs: false }];
