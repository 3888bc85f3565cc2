import type { Severity } from '../../notifiers/index.js';
import type { Channel, RoutedSubject } from '../channel.js';
import type { Finding } from '../finding.js';
import type { Acknowledgement } from '../incident.js';
import { enqueueStep } from '../outbox/enqueue.js';
import {
  type AcknowledgementTimes,
  type AcknowledgeRequest,
  decideAcknowledgement,
  stepOfExpiry,
} from '../policy/lifecycle.js';
import { worseOf } from '../policy/pending-notification.js';
import { routedSubjectOf } from '../policy/route.js';
import type { Store, StoreTransaction } from '../store/store.js';
import { createDue } from '../time/due.js';
import type { Timers } from '../time/timers.js';

export interface Acknowledged {
  /** The whole id of the incident. */
  readonly incident: string;
  readonly revision: string;
  /** UTC milliseconds. */
  readonly untilMs: number;
}

export interface Acknowledgements {
  /**
   * A person answers for an incident as they saw it. Recorded, written to the journal and announced in one transaction. Throws
   * `IncidentError` when it is refused, `StoreError` when it could not be recorded; nothing happened then.
   */
  acknowledge(request: AcknowledgeRequest): Acknowledged;
  /** Ends those whose time is up, now and from now on. */
  start(): void;
  stop(): void;
}

/** People's answers for incidents, and their ends. */
export function createAcknowledgements(options: {
  readonly store: Store;
  readonly times: () => AcknowledgementTimes;
  readonly channels: () => readonly Channel[];
  readonly clock: () => number;
  readonly timers: Timers;
  /** Something was enqueued. */
  readonly onEnqueued: () => void;
  readonly onStoreError: (error: unknown) => void;
}): Acknowledgements {
  const { store, clock } = options;
  const due = createDue({ ...options, work: expire });

  function acknowledge(request: AcknowledgeRequest): Acknowledged {
    const acknowledged = store.transaction((tx) => {
      const found = store.incident(request.incident);
      const incident = found?.incident ?? null;
      const untilMs = decideAcknowledgement(incident, request, options.times());
      if (incident === null) throw new RangeError('an unknown incident is refused');
      const { id, site, revision } = incident;
      const { person, nowMs } = request;
      const reason = request.reason.trim();
      if (!tx.acknowledgeIncident(incident, { person, reason, untilMs }, nowMs)) {
        throw new RangeError('the incident changed while it was acknowledged');
      }
      tx.journal('acknowledged', { site, incident: id, revision, person, reason, untilMs }, nowMs);
      const notified = {
        role: 'follow-up',
        severity: 'info',
        subjects: routedSubjectsOf(found?.open ?? []),
      } as const;
      enqueueStep(tx, incident, notified, options.channels(), nowMs);
      return { incident: id, revision, untilMs };
    });
    options.onEnqueued();
    due.look();
    return acknowledged;
  }

  function expire(): number | null {
    const now = clock();
    const over = store.acknowledgements().filter(({ untilMs }) => untilMs <= now);
    for (const one of over) store.transaction((tx) => end(tx, one, now));
    if (over.length > 0) options.onEnqueued();
    const [first] = store.acknowledgements();
    return first === undefined ? null : first.untilMs - now;
  }

  function end(tx: StoreTransaction, { incident: id, person }: Acknowledgement, now: number): void {
    const found = store.incident(id);
    if (found === null) throw new RangeError('an acknowledgement is of an incident');
    const { incident, open } = found;
    const step = stepOfExpiry(incident, open);
    tx.endAcknowledgement(id, 'expired', now);
    if (!tx.advanceIncident(incident, step, now)) {
      throw new RangeError('the incident changed while its acknowledgement ended');
    }
    tx.journal(
      'acknowledgement-ended',
      { site: incident.site, incident: id, person, because: 'expired' },
      now,
    );
    const severity = open.map((finding) => finding.severity).reduce<Severity>(worseOf, 'info');
    if (step.role !== null) {
      const notified = { role: step.role, severity, subjects: routedSubjectsOf(open) };
      enqueueStep(tx, incident, notified, options.channels(), now);
    }
  }

  return { acknowledge, start: due.start, stop: due.stop };
}

/** What was told and is still so. */
function routedSubjectsOf(open: readonly Finding[]): RoutedSubject[] {
  return open.filter(({ notifiedMs }) => notifiedMs !== null).map(routedSubjectOf);
}
