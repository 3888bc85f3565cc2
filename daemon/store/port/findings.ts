import type { Severity } from '../../../notifiers/index.js';
import type { Condition, Ending, Finding } from '../../finding.js';
import type { EndedFinding } from '../../incident.js';

/** A change that a person called hostile. */
export interface Rejection {
  readonly fingerprint: string;
  /** Who, by the name of their token. */
  readonly person: string;
  readonly atMs: number;
}

/** Something that came and went, or still does. */
export interface Outage extends Finding {
  readonly endedMs: number | null;
}

/** What was found, open and ended. */
export interface FindingReader {
  /** Open findings of a site, in the order in which they were found. */
  open(site: string): Finding[];
  openOf(incident: string): Finding[];
  countOpenOf(incident: string): number;
  endedOf(incident: string): EndedFinding[];
  /** The worst severity that people were ever notified of in an incident; null: of nothing. */
  worstNotifiedOf(incident: string): Severity | null;
  /** Everything ever found about a collection, in the order in which it was found; of one record, when its key is given. */
  ofCollection(site: string, collection: string, key?: string | null): (Finding | EndedFinding)[];
  /** What people called hostile of an incident's findings, there or while the same change stood in another one, oldest first. */
  rejections(incident: string): Rejection[];
  /** What people ever called hostile of the findings that are open at a site, oldest first. */
  openRejections(site: string): Rejection[];
  /** Sources that were disconnected or could not be read at some time after `sinceMs`. */
  outagesSince(sinceMs: number): Outage[];
}

/** A finding that begins. */
export interface NewFinding {
  readonly incident: string;
  readonly site: string;
  readonly condition: Condition;
  /** Whether the step under way tells people of it. */
  readonly notified: boolean;
}

export interface FindingWriter extends FindingReader {
  /** Returns it as `open` gives it from now on. */
  add(finding: NewFinding, atMs: number): Finding;
  /** Writes down what is known of an open finding now: what it is about stays the same. */
  update(site: string, condition: Pick<Condition, 'fingerprint' | 'subject'>): void;
  markNotified(incident: string, fingerprints: readonly string[], atMs: number): void;
  end(
    incident: string,
    endings: readonly { readonly fingerprint: string; readonly ending: Ending }[],
    atMs: number,
  ): void;
  /** Marks a finding of an incident as hostile. False when it was marked before. */
  reject(incident: string, rejection: Rejection): boolean;
}
