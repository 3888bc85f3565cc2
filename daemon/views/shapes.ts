/**
 * What our pages are given to show, as JSON: words of ours, and values of the watched system quoted already, in marked parts. This file imports
 * nothing: the pages in the browser read it as well.
 */

/** A stretch of a quoted value. `us`: our words; `value`: the watched system's, by allow-list. `differs`: where it is not as on the other side. */
export interface ShownPart {
  readonly text: string;
  readonly from: 'us' | 'value';
  readonly differs: boolean;
}
export type ShownValue = readonly ShownPart[];

export interface ShownNamed {
  readonly name: string;
  readonly value: ShownValue;
}

export type ShownSeverity = 'critical' | 'high' | 'medium' | 'low' | 'info';

/** One field of a changed record. Null on the side where the record does not exist. */
export interface ShownField {
  readonly name: string;
  readonly path: ShownValue | null;
  readonly before: ShownValue | null;
  readonly after: ShownValue | null;
  /** Why a second look is due: our words. */
  readonly notes: readonly string[];
  /** Characters of both values that are not shown; 0 when they are whole. */
  readonly hidden: number;
}

/** Who called a change hostile. */
export interface ShownCall {
  readonly person: string;
  readonly atMs: number;
}

/** A record that is not as people signed it. */
export interface ShownChange {
  readonly what: 'change';
  /** Its fingerprint: another one as soon as the record is another one. */
  readonly id: string;
  readonly severity: ShownSeverity;
  readonly headline: string;
  readonly collection: string;
  readonly kind: string;
  /** What happened to something that says where money goes; null when this says nothing of that. */
  readonly money: 'added' | 'removed' | 'modified' | 'ambiguous' | null;
  readonly key: readonly ShownNamed[];
  /** What tells people which record it is. */
  readonly about: readonly ShownNamed[];
  /** The key of a signed record whose name can be taken for this one's; null for none. */
  readonly lookalikeOf: readonly ShownNamed[] | null;
  readonly fields: readonly ShownField[];
  readonly fieldsLeftOut: number;
  readonly called: ShownCall | null;
}

/** Something that was found and is no changed record: a source that cannot be read, a file that does not count. */
export interface ShownOther {
  readonly what: 'other';
  readonly id: string;
  readonly severity: ShownSeverity;
  readonly words: string;
  readonly detail: ShownValue | null;
}

export type ShownFinding = ShownChange | ShownOther;

export interface ShownFact {
  readonly label: string;
  readonly value: ShownValue;
}

/** Something that happened: our words, and what a person typed. */
export interface ShownStep {
  readonly atMs: number;
  readonly words: string;
  readonly value: ShownValue | null;
}

export interface ShownAnswer {
  readonly person: string;
  readonly reason: ShownValue;
  readonly untilMs: number;
}

export type ShownState = 'open' | 'acknowledged' | 'resolved';

/** An incident in a list. */
export interface ListedIncident {
  readonly id: string;
  readonly site: string;
  readonly state: ShownState;
  readonly severity: ShownSeverity;
  readonly title: string;
  readonly openedMs: number;
  /** Since when nobody answers for it; null while somebody does. */
  readonly unansweredMs: number | null;
  readonly answeredBy: string | null;
  readonly resolvedMs: number | null;
  /** Since when the source it is about is well again: it closes when that lasts. Null while it is not; a daemon of an older version leaves it out. */
  readonly wellSinceMs?: number | null | undefined;
}

/** One incident whole. */
export interface ShownIncidentDetail extends ListedIncident {
  readonly revision: string;
  readonly consequence: string;
  readonly who: ShownValue | null;
  readonly facts: readonly ShownFact[];
  readonly nextSteps: readonly { readonly text: string; readonly command: string | null }[];
  /** Worst first, from the first one asked for on. */
  readonly findings: readonly ShownFinding[];
  readonly findingCount: number;
  /** Further findings, none of them worse, that whoever shows this was not told. */
  readonly findingsUntold?: number;
  readonly answer: ShownAnswer | null;
  readonly timeline: readonly ShownStep[];
  readonly timelineLeftOut: number;
  readonly timeZone: string;
}

export interface ShownSite {
  readonly site: string;
  /** The baseline that is compared with; null for none. */
  readonly version: number | null;
  readonly expiresMs: number | null;
  readonly same: number;
  readonly drifted: number;
  readonly unknown: number;
  /** Of its open incidents; null for none. */
  readonly worst: ShownSeverity | null;
}

/** What a page shows first: everything that is open, the worst first. */
export interface ShownOverview {
  readonly sites: readonly ShownSite[];
  readonly incidents: readonly ListedIncident[];
  /** Incidents that are open beyond those listed. */
  readonly incidentsLeftOut: number;
  readonly resolved: readonly ListedIncident[];
  /** What does not work as configured: our words. */
  readonly degraded: readonly string[];
  /** When this was so, by the clock of whoever says it, in UTC milliseconds. */
  readonly nowMs: number;
  readonly version: string;
}

/** Whom the page knows its reader as. */
export interface ShownReader {
  readonly name: string;
  readonly scopes: readonly string[];
}
