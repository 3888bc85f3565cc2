import type { IncidentState } from '../../../notifiers/index.js';
import type { Finding } from '../../finding.js';
import type { Acknowledgement, EndedFinding, Incident, TakenStep } from '../../incident.js';

/** An incident with everything that was ever found of it. */
export interface IncidentRecord {
  readonly incident: Incident;
  readonly open: readonly Finding[];
  readonly ended: readonly EndedFinding[];
  /** Oldest first. */
  readonly acknowledgements: readonly Acknowledgement[];
}

/** Incidents, and who answers for them. */
export interface IncidentReader {
  /** Newest first. */
  list(filter: { readonly site?: string; readonly unresolvedOnly?: boolean }): Incident[];
  /** The newest that are over, newest first. */
  resolved(limit: number): Incident[];
  /** By id or unambiguous prefix of it. Throws `STORE_AMBIGUOUS_ID` when several incidents begin with it. */
  find(id: string): IncidentRecord | null;
  /** The acknowledgements in force, the one that ends first first. */
  acknowledgements(): Acknowledgement[];
  /** The steps that an incident took since it became unanswered. */
  escalations(incident: string): TakenStep[];
}

/** The life of incidents, step by step. Each step names what it starts from, and is not taken from anywhere else. */
export interface IncidentWriter extends IncidentReader {
  /** The one incident of a site and topic that is not resolved. */
  unresolved(site: string, topic: string): Incident | null;
  create(incident: Pick<Incident, 'site' | 'topic' | 'severity'>, atMs: number): Incident;
  /** Derives revision and worst severity anew from the findings, and returns the incident with the number of those that are open. */
  refresh(id: string): Incident & { readonly open: number };
  /**
   * One step of an incident. A page, and the end of an acknowledgement, begin its ladder anew. False, and nothing changed, when it is not any
   * more as `from` has it.
   */
  advance(
    from: Pick<Incident, 'id' | 'state' | 'event' | 'page'>,
    to: {
      readonly state: Exclude<IncidentState, 'resolved'>;
      readonly page: number;
      /** The read that led to it; absent when none did. */
      readonly observedMs?: number;
    },
    atMs: number,
  ): boolean;
  /**
   * The step that resolves an incident, and any acknowledgement with it. `observedMs`: the read that led to it; absent when none did. False, and nothing
   * changed, when it is resolved already.
   */
  resolve(id: string, resolution: string, atMs: number, observedMs?: number): boolean;
  /** The step by which a person answers for an incident. False, and nothing changed, when it is not any more as `from` has it. */
  acknowledge(
    from: Pick<Incident, 'id' | 'state' | 'event' | 'revision'>,
    by: Pick<Acknowledgement, 'person' | 'reason' | 'untilMs'>,
    atMs: number,
  ): boolean;
  /** Ends the acknowledgement in force, as part of the incident's next step. False when there is none. */
  endAcknowledgement(incident: string, ending: NonNullable<Acknowledgement['ending']>, atMs: number): boolean;
  /** A step of the ladder. False, and nothing changed, when it was taken already or the ladder is not any more as `from` has it. */
  escalate(
    from: Pick<Incident, 'id' | 'page' | 'unansweredMs'>,
    step: Pick<TakenStep, 'step' | 'time'>,
    atMs: number,
  ): boolean;
}
