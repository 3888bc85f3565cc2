import type { IncidentState, Severity } from '../notifiers/index.js';
import type { Ending, Finding } from './finding.js';

/** Drift (or blindness, or a refused approval) that people must deal with. */
export interface Incident {
  /** Short hex id, four digits or more: `7f3a`. Unique in this store for ever. */
  readonly id: string;
  readonly site: string;
  /** The topic its findings have in common: `drift`, `blind:<source>`, `approvals`, `config`. One open incident for each site and topic. */
  readonly topic: string;
  readonly state: IncidentState;
  /** Worst severity it ever had. */
  readonly severity: Severity;
  /** Hex SHA-256 over the sorted fingerprints of its open findings: what a human decision binds (invariant 12). */
  readonly revision: string;
  /** Pages so far: 0 while nobody was notified. */
  readonly page: number;
  /** Recorded steps so far. What is notified or ends next belongs to the step after this one. */
  readonly event: number;
  readonly openedMs: number;
  /** UTC milliseconds of the read that led to the last step; null when none did. */
  readonly observedMs: number | null;
  /** Since when nobody answers for its last page, in UTC milliseconds; null while somebody does, nobody was notified, or it is resolved. */
  readonly unansweredMs: number | null;
  readonly resolvedMs: number | null;
  /** Why it was resolved, in our words. */
  readonly resolution: string | null;
}

/** Why an incident is resolved, in the words that are stored and told. */
export const RESOLUTION = {
  /** Nobody had signed anything about it before. */
  firstSigned: 'people signed what nobody had signed before',
  signed: 'people signed what had changed',
  signedAfterRevert: 'people signed a baseline after critical changes had been reverted',
  wellAgain: 'it is so no more',
  /**
   * Something of it may still be so: what takes the place of a finding is in the same incident, unless people suppressed it in advance, or it
   * is suppressed no more.
   */
  moved: 'what people signed in advance about it began or ended',
  partlyMoved: 'people signed some of it, and what they signed in advance about the rest began or ended',
} as const;

/** True when an incident was resolved for one of these reasons. */
export function isResolvedBy(
  { resolution }: Pick<Incident, 'resolution'>,
  ...reasons: readonly (keyof typeof RESOLUTION)[]
): boolean {
  return reasons.some((reason) => RESOLUTION[reason] === resolution);
}

export interface EndedFinding extends Finding {
  readonly ending: Ending;
  readonly endedMs: number;
}

/** A person answers for an incident for some time, and for what they saw of it. */
export interface Acknowledgement {
  readonly incident: string;
  readonly person: string;
  /** In the person's own words. */
  readonly reason: string;
  /** The revision of the incident that the person saw. */
  readonly revision: string;
  readonly atMs: number;
  readonly untilMs: number;
  readonly endedMs: number | null;
  /** Why it ended; null while it holds. */
  readonly ending: 'expired' | 'something-new' | 'renewed' | 'resolved' | null;
}

/** An incident as one part of a channel is notified of it: the state now, and what came since the last message that arrived there. */
export interface IncidentNews {
  readonly incident: Incident;
  /** The event up to which that part was notified. */
  readonly since: number;
  /** Notified since, and still so; in a reminder, and when an acknowledgement ran out, everything that is still so. */
  readonly fresh: readonly Finding[];
  /** Ended since. `unnotified`: it began since as well, and ended before it could be sent. */
  readonly ended: readonly (EndedFinding & { readonly unnotified: boolean })[];
  /** Told before, and of the same minute as an access link among these, or as what may have come of one: what is still so, and what ended. */
  readonly toldBefore: readonly (Finding | EndedFinding)[];
  /** Findings that are open now, the fresh ones included. */
  readonly open: number;
  /** How often the record among these that was changed back most often has been, in this incident. */
  readonly reverts: number;
  readonly acknowledged: readonly Acknowledgement[];
  /** Ended since by running out. */
  readonly expired: readonly Acknowledgement[];
  /** True when it was resolved since. */
  readonly resolved: boolean;
  /** Set in a reminder: since when nobody answers for it, and when that was noticed. */
  readonly unanswered: { readonly sinceMs: number; readonly noticedMs: number } | null;
}

/** A step that an incident took since it became unanswered. */
export interface TakenStep {
  /** `stepName` of the step. */
  readonly step: string;
  /** 1 the first time, more for repeats. */
  readonly time: number;
  /** UTC milliseconds. */
  readonly atMs: number;
}
