import { type Definition, sha256Hex } from '../../baselines/index.js';
import type {
  Alert,
  AlertChange,
  AlertFact,
  AlertType,
  Attribution,
  DeliveryRole,
  Severity,
} from '../../notifiers/index.js';
import type { LogEvent } from '../logs/event.js';
import { type Described, headlineOf, urgencyOf } from './describe.js';
import type { PersonalColumns } from './masking.js';
import { type ChangeSubject, createQuoter } from './quoting.js';
import type { Guidance } from './runbook.js';
import { massCounts, unknownBecause } from './words.js';

/** Changes an alert carries in full beside the urgent ones, and how much text of the watched system, in UTF-16 code units. */
const MAX_CHANGES = 5_000;
const MAX_TEXT = 2 * 1024 * 1024;
/** How many collections that could not be compared an alert lists. */
const MAX_UNKNOWN = 10;

/** The surroundings of an alert, apart from its subject. */
export interface AlertContext {
  readonly site: string;
  readonly timeZone: string;
  readonly incident: string | null;
  /** True when people have a way to acknowledge: without the API there is none. */
  readonly canAcknowledge: boolean;
  /** Where the watch page is, without a slash at its end; null or absent: nothing links to it. */
  readonly pageUrl?: string | null;
  readonly observedAtMs: number;
  readonly head: Alert['head'];
  /** Configured and signed definitions by collection, for the names of columns. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** The fields that messages show masked. */
  readonly personal: PersonalColumns;
  /** What logs of the site said lately; absent where none is followed. */
  readonly logEvents?: readonly LogEvent[];
  /** Absent for what concerns no site that is configured. */
  readonly guidance?: Guidance;
}

/** The parts in which alerts differ; everything else comes from the context. */
export interface AlertDraft {
  readonly type: AlertType;
  readonly role: DeliveryRole;
  readonly severity: Severity;
  readonly title: string;
  readonly consequence: string;
  readonly who?: Attribution;
  readonly facts?: readonly AlertFact[];
  readonly changes?: readonly AlertChange[];
  readonly changesLeftOut?: number;
  readonly nextSteps?: Alert['nextSteps'];
}

/** Completes an announcement. Its id is a digest of what it says, so that composing the same thing again gives the same id. */
export function completeAlert(context: AlertContext, draft: AlertDraft): Alert {
  const { site, timeZone, observedAtMs, head } = context;
  const body = { facts: [], changes: [], changesLeftOut: 0, nextSteps: [], ...draft };
  const alert = { ...body, site, timeZone, incident: null, state: null, dedupKey: null, observedAtMs, head };
  return { id: sha256Hex(JSON.stringify(alert)).slice(0, 16), ...alert };
}

/** The form in which a change is shown: as what is so now; as what was so before it changed again, was signed, or was changed back. */
export type Form = 'now' | 'changed-again' | 'signed' | 'back';

export interface ChangeInForm {
  readonly described: Described;
  readonly form: Form;
}

const PREFIX: Readonly<Record<Form, string>> = {
  now: '',
  'changed-again': 'changed again since: ',
  signed: 'signed since: ',
  back: 'back to the baseline: ',
};

/**
 * The changes in full, in the order given. Those with an urgency are never left out, however many there are
 * (a source reads no more than its `maxRecords`); of the others those that come first, up to `MAX_CHANGES` and `MAX_TEXT`.
 */
export function quotedChanges(
  context: AlertContext,
  changes: readonly ChangeInForm[],
): { readonly changes: readonly AlertChange[]; readonly changesLeftOut: number } {
  const quoter = createQuoter();
  const all = changes.flatMap(({ described, form }) => {
    const { subject, severity } = described.condition;
    return subject.what === 'change' ? [{ described, form, subject, severity }] : [];
  });
  const quoted = new Map<number, AlertChange>();
  const quoteAll = (urgent: boolean) => {
    for (const [index, { described, form, subject, severity }] of all.entries()) {
      const urgency = urgencyOf(described);
      if ((urgency !== undefined) !== urgent) continue;
      if (!urgent && (quoted.size >= MAX_CHANGES || quoter.carried() >= MAX_TEXT)) return;
      const definition = context.definitions.get(subject.collection);
      const { personal } = context;
      const isSo = form === 'now' || form === 'signed';
      const words = `${PREFIX[form]}${headlineOf(subject, described.diverts, isSo)}`;
      const lines = form === 'back' ? swapped(subject) : subject;
      const ours = { severity, headline: words, definition, personal };
      const change = quoter.change(subject, ours, lines);
      const isOpen = form === 'now' || form === 'changed-again';
      quoted.set(index, urgency === undefined || !isOpen ? change : { ...change, urgency });
    }
  };
  quoteAll(true);
  quoteAll(false);
  const inOrder = [...quoted].sort(([a], [b]) => a - b).map(([, change]) => change);
  return { changes: inOrder, changesLeftOut: all.length - inOrder.length };
}

/** The two sides of a change that is over: what was observed came first, what is signed is there now. */
function swapped({ before, after }: ChangeSubject) {
  return { before: after[0] ?? null, after: before === null ? [] : [before] };
}

/** How many records of which collections, when it is more than one. */
export function touched(described: readonly Described[]): AlertFact[] {
  const counts = new Map<string, number>();
  for (const { condition } of described) {
    if (condition.subject.what !== 'change') continue;
    const { collection } = condition.subject;
    counts.set(collection, (counts.get(collection) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total < 2) return [];
  const list = [...counts].map(([collection, count]) => `${count} in ${collection}`).join(', ');
  return [{ label: 'Records touched', text: counts.size === 1 ? list : `${total}: ${list}` }];
}

export function details(described: readonly Described[]): AlertFact[] {
  const facts = described.flatMap(({ condition: { subject } }) => {
    switch (subject.what) {
      case 'change':
      case 'indicator':
      case 'log':
        return [];
      case 'mass-change':
        return [{ label: subject.collection, text: `not as signed: ${massCounts(subject.counts)}` }];
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
