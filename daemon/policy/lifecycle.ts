import type { Kind } from '../../baselines/index.js';
import { type DeliveryRole, type IncidentState, SEVERITIES, type Severity } from '../../notifiers/index.js';
import type { Condition } from '../finding.js';
import type { Incident } from '../incident.js';
import { paysElsewhere } from './cost.js';
import { IncidentError } from './incident-error.js';

/**
 * The life of an incident. Every arrow is one compare-and-set in the store, in the transaction that records what caused it.
 *
 * ```
 *         first notified: page 1
 *   (recorded) ─────────────────▶ open ──────── acknowledge(revision as seen) ───────▶ acknowledged ─┐
 *                                 │ ▲ ▲ ▲                                               │  │  ▲      │ acknowledge
 *    something new wakes people:  └─┘ │ └── anything new: page n+1 ─────────────────────┘  │  └──────┘ again: renewed
 *    page n+1                         └──── the time is up ────────────────────────────────┘
 *                                           (something critical is open: page n+1; else a follow-up)
 *
 *   open, acknowledged ── nothing is left, and no person is needed (`incidentMayResolve`) ──▶ resolved
 * ```
 *
 * What wakes people while an incident is open (`wakes`): what is critical, what is worse than anything they were paged for, and every new terminal,
 * administrator and destination of money, whatever its severity.
 *
 * New is what has a fingerprint of which nobody was notified: another record, and the same record changed again. All else that goes out
 * (lesser news while it is open, what ended, an acknowledgement, its expiry, the resolution) is a follow-up of the last page.
 */
export interface IncidentStep {
  readonly state: Exclude<IncidentState, 'resolved'>;
  /** Pages so far, this step's included. */
  readonly page: number;
  /** The role of the message about it; null: there is none. */
  readonly role: Exclude<DeliveryRole, 'notice'> | null;
  /** Why an acknowledgement ends with this step; null when it stays, or when there is none. */
  readonly endsAcknowledgement: 'something-new' | 'expired' | null;
}

/** The step that follows from one decision of the pipeline about an incident that is not resolved. */
export function stepOfVerdict(
  { state, page }: Pick<Incident, 'state' | 'page'>,
  news: {
    /** Of what people are notified for the first time. */
    readonly notified: readonly Wakeful[];
    /** The worst severity that people were notified of before this, in this incident; null: of nothing. */
    readonly worstNotified: Severity | null;
    /** True when something of which people were notified ended in a way that they must be notified of. */
    readonly endings: boolean;
  },
): IncidentStep {
  // A person answered for what they saw, and for nothing beyond it (invariant 12).
  const beyond = state === 'acknowledged';
  if (news.notified.length === 0) {
    const role = news.endings && page > 0 ? 'follow-up' : null;
    return { state: beyond ? 'acknowledged' : 'open', page, role, endsAcknowledgement: null };
  }
  const pages = page === 0 || beyond || news.notified.some((one) => wakes(one, news.worstNotified));
  return {
    state: 'open',
    page: pages ? page + 1 : page,
    role: pages ? 'page' : 'follow-up',
    endsAcknowledgement: beyond ? 'something-new' : null,
  };
}

/** True for what wakes people by being worse than all that they were notified of before. */
export function isMeasured({ severity }: Pick<Condition, 'severity'>): boolean {
  return severity !== 'critical' && severity !== 'info';
}

/** A condition as far as it decides whether it wakes people. */
export type Wakeful = Pick<Condition, 'severity' | 'subject'>;

/** True for what pages although the incident it belongs to was told before. */
function wakes({ severity, subject }: Wakeful, worstNotified: Severity | null): boolean {
  if (severity === 'critical') return true;
  // What people signed to be quiet about is not more than what they signed.
  if (!isMeasured({ severity })) return false;
  if (worstNotified !== null && SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(worstNotified)) return true;
  if (subject.what !== 'change') return false;
  const isNew = subject.type === 'added' || subject.type === 'ambiguous';
  if (isNew) return NEW_ONES_WAKE.has(subject.kind);
  return subject.type === 'modified' && paysElsewhere(subject);
}

const NEW_ONES_WAKE: ReadonlySet<Kind> = new Set(['terminal', 'admin', 'wallet-route']);

/** The step at the end of an acknowledgement's time. What is critical and still open wakes people again. */
export function stepOfExpiry(
  { page }: Pick<Incident, 'page'>,
  open: readonly { readonly severity: Severity; readonly notifiedMs: number | null }[],
): IncidentStep {
  const pages = open.some(({ severity, notifiedMs }) => severity === 'critical' && notifiedMs !== null);
  return {
    state: 'open',
    page: pages ? page + 1 : page,
    role: pages ? 'page' : 'follow-up',
    endsAcknowledgement: 'expired',
  };
}

/** How long an acknowledgement lasts, in milliseconds. */
export interface AcknowledgementTimes {
  readonly acknowledgeCriticalForMs: number;
  readonly acknowledgeOthersForMs: number;
}

export interface AcknowledgeRequest {
  readonly incident: string;
  /** The revision the person saw: hex SHA-256. */
  readonly revision: string;
  /** Name of the person, as the configuration or the trust root has it. */
  readonly person: string;
  /** Why, in the person's own words. */
  readonly reason: string;
  readonly nowMs: number;
}

/** Characters of a reason. */
const LONGEST_REASON = 500;

/**
 * Decides whether a person may acknowledge an incident, and until when it holds (UTC milliseconds). Throws `IncidentError`: it binds what
 * the person saw (invariant 12), so another revision is refused.
 */
export function decideAcknowledgement(
  incident: Incident | null,
  request: AcknowledgeRequest,
  times: AcknowledgementTimes,
): number {
  if (incident === null) {
    throw new IncidentError(
      'INCIDENT_UNKNOWN',
      'no incident has this id: copy it from the alert or from status',
    );
  }
  if (incident.state === 'resolved') {
    throw new IncidentError(
      'INCIDENT_RESOLVED',
      `incident ${incident.id} is resolved already: there is nothing to acknowledge`,
    );
  }
  if (incident.page === 0) {
    throw new IncidentError(
      'INCIDENT_NOT_TOLD',
      `incident ${incident.id} was not told to anybody yet: it may pass by itself within its grace; wait until it is told, or over`,
    );
  }
  if (incident.revision !== request.revision) {
    throw new IncidentError(
      'INCIDENT_OTHER_REVISION',
      `incident ${incident.id} has changed since it was looked at: look again with "tillwarden show ${incident.id}", then acknowledge what is there`,
    );
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/.test(request.person)) {
    throw new IncidentError(
      'INCIDENT_PERSON_INVALID',
      'a person is named by 1 to 64 letters, digits, blanks and . _ @ -',
    );
  }
  const { length } = request.reason.trim();
  if (length === 0 || length > LONGEST_REASON) {
    throw new IncidentError(
      'INCIDENT_REASON_NEEDED',
      `found a reason of ${length} characters, needed one of 1 to ${LONGEST_REASON}: others read it and must understand why`,
    );
  }
  const isCritical = incident.severity === 'critical';
  return request.nowMs + (isCritical ? times.acknowledgeCriticalForMs : times.acknowledgeOthersForMs);
}
