import type { Definition } from '../../baselines/index.js';
import { type AlertFact, attribution, quotation, SEVERITIES, type Severity } from '../../notifiers/index.js';
import { composeIncident } from '../alerts/compose-incident.js';
import { type Described, describeWorstFirst } from '../alerts/describe.js';
import type { PersonalColumns } from '../alerts/masking.js';
import { type Guidance, NO_GUIDANCE } from '../alerts/runbook.js';
import { title } from '../alerts/title.js';
import type { Finding } from '../finding.js';
import type { Acknowledgement, Incident } from '../incident.js';
import { changeView, partsOf, VALUE_CHARACTERS } from './change-view.js';
import type {
  ListedIncident,
  ShownCall,
  ShownFact,
  ShownFinding,
  ShownIncidentDetail,
  ShownStep,
  ShownValue,
} from './shapes.js';

/** Findings of one answer. */
export const FINDINGS_PER_PAGE = 100;

/** What is known of an incident, from a store or from a daemon elsewhere. */
export interface KnownIncident {
  readonly incident: Incident;
  readonly open: readonly Finding[];
  readonly answer: Pick<Acknowledgement, 'person' | 'reason' | 'untilMs'> | null;
  /** By fingerprint. */
  readonly called: ReadonlyMap<string, ShownCall>;
  /** Of an incident about a source, since when the source is well again, in UTC milliseconds; null while it is not. */
  readonly wellSinceMs: number | null;
}

/** What the words of a page need to know of a site. */
export interface PageWords {
  readonly timeZone: string;
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly personal: PersonalColumns;
  readonly guidance: Guidance;
}

export const NO_PAGE_WORDS: PageWords = {
  timeZone: 'UTC',
  definitions: new Map(),
  personal: new Map(),
  guidance: NO_GUIDANCE,
};

/** An incident in a list. */
export function incidentSummary({ incident, open, answer, wellSinceMs }: KnownIncident): ListedIncident {
  const { id, site, state, severity, openedMs, unansweredMs, resolvedMs } = incident;
  const words =
    state === 'resolved'
      ? `resolved: ${incident.resolution ?? ''}`
      : open.length === 0
        ? 'all of it went back, and nobody has dealt with it'
        : title(describeWorstFirst(open));
  return {
    ...{ id, site, state, severity, openedMs, unansweredMs, resolvedMs },
    title: words,
    answeredBy: answer?.person ?? null,
    wellSinceMs,
  };
}

/** Those that nobody answers for first, then by severity, then the newest. */
export function incidentsWorstFirst<I extends Pick<ListedIncident, 'state' | 'severity' | 'openedMs'>>(
  incidents: readonly I[],
): I[] {
  const rank = ({ state, severity }: I) =>
    (state === 'open' ? 0 : SEVERITIES.length) + SEVERITIES.indexOf(severity);
  return [...incidents].sort((a, b) => rank(a) - rank(b) || b.openedMs - a.openedMs);
}

/** An incident whole, with the words of an alert that would be composed now. */
export function incidentDetail(
  known: KnownIncident,
  words: PageWords,
  happened: { readonly timeline: readonly ShownStep[]; readonly timelineLeftOut: number },
): ShownIncidentDetail {
  const { incident, open, answer } = known;
  const alert = composeIncident(
    {
      ...words,
      site: incident.site,
      incident: incident.id,
      canAcknowledge: true,
      observedAtMs: incident.observedMs ?? incident.openedMs,
      head: { baselineVersion: null, journal: '' },
    },
    {
      ...{ incident, since: 0, fresh: open, ended: [], toldBefore: [], open: open.length, reverts: 0 },
      ...{ acknowledged: [], expired: [], resolved: incident.state === 'resolved', unanswered: null },
    },
    { id: incident.id, role: 'page', page: incident.page },
  );
  return {
    ...incidentSummary(known),
    revision: incident.revision,
    consequence: alert.consequence,
    who: alert.who === undefined ? null : partsOf(attribution(alert.who, VALUE_CHARACTERS)),
    facts: alert.facts.map(factView),
    nextSteps: alert.nextSteps.map(({ text, command }) => ({ text, command: command ?? null })),
    findings: findingsFrom(known, words, 0),
    findingCount: open.length,
    answer:
      answer === null
        ? null
        : {
            person: answer.person,
            reason: partsOf(quotation({ untrusted: answer.reason }, VALUE_CHARACTERS)),
            untilMs: answer.untilMs,
          },
    ...happened,
    timeZone: words.timeZone,
  };
}

/** A page of findings, the worst first. */
export function findingsFrom(known: KnownIncident, words: PageWords, from: number): ShownFinding[] {
  return describeWorstFirst(known.open)
    .slice(from, from + FINDINGS_PER_PAGE)
    .map((one) => findingView(one, known.called, words, false));
}

/** One finding with whole values; null when it is not open. */
export function unfoldedFinding(known: KnownIncident, words: PageWords, id: string): ShownFinding | null {
  const found = known.open.filter(({ fingerprint }) => fingerprint === id);
  const [described] = describeWorstFirst(found);
  return described === undefined ? null : findingView(described, known.called, words, true);
}

function findingView(
  described: Described,
  called: KnownIncident['called'],
  { definitions, personal }: PageWords,
  unfolded: boolean,
): ShownFinding {
  const { condition } = described;
  const { subject, severity, fingerprint } = condition;
  if (subject.what === 'change') {
    const definition = definitions.get(subject.collection);
    const by = called.get(fingerprint);
    return changeView(subject, { fingerprint, severity, definition, personal, called: by, unfolded });
  }
  return {
    what: 'other',
    id: fingerprint,
    severity,
    words: title([described]),
    detail: 'detail' in subject ? ours(subject.detail) : null,
  };
}

function factView(fact: AlertFact): ShownFact {
  const value = 'text' in fact ? ours(fact.text) : partsOf(quotation(fact.quoted, VALUE_CHARACTERS));
  return { label: fact.label, value };
}

function ours(text: string): ShownValue {
  return [{ text, from: 'us', differs: false }];
}

/** The worst of some; null of none. */
export function worstSeverity(all: readonly { readonly severity: Severity }[]): Severity | null {
  return SEVERITIES.find((one) => all.some(({ severity }) => severity === one)) ?? null;
}
