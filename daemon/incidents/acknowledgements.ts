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
  /** Milliseconds of a clock that never goes back: none lasts longer because the other was set back. */
  readonly monotonic: () => number;
  readonly timers: Timers;
  /** Something was enqueued. */
  readonly onEnqueued: () => void;
  readonly onStoreError: (error: unknown) => void;
}): Acknowledgements {
  const { store, clock, monotonic } = options;
  /** By incident: which acknowledgement, and when its time is up by the clock that is never set. */
  const ends = new Map<string, { readonly untilMs: number; readonly atMs: number }>();
  const due = createDue({ ...options, work: expire });

  function expire(): number | null {
    const nowMs = clock();
    const over = store.incidents.acknowledgements().filter((one) => leftMs(one, nowMs) <= 0);
    for (const one of over) store.transaction((tx) => recordExpiry(tx, one, options.channels(), nowMs));
    if (over.length > 0) options.onEnqueued();
    let soonest: number | null = null;
    const lasting = store.incidents.acknowledgements();
    for (const one of lasting) soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, leftMs(one, nowMs));
    const known = new Set(lasting.map(({ incident }) => incident));
    for (const incident of ends.keys()) if (!known.has(incident)) ends.delete(incident);
    return soonest;
  }

  /** How long an acknowledgement lasts, by whichever clock ends it first. */
  function leftMs({ incident, untilMs, atMs }: Acknowledgement, nowMs: number): number {
    let end = ends.get(incident);
    if (end?.untilMs !== untilMs) {
      // After a start nobody knows by how much the clock was set back meanwhile: no longer than all of its time.
      end = { untilMs, atMs: monotonic() + Math.min(untilMs - nowMs, untilMs - atMs) };
      ends.set(incident, end);
    }
    return Math.min(untilMs - nowMs, end.atMs - monotonic());
  }

  return {
    acknowledge: (request) => {
      const recorded = store.transaction((tx) =>
        recordAcknowledgement(tx, request, { times: options.times(), channels: options.channels() }),
      );
      options.onEnqueued();
      due.look();
      return recorded;
    },
    start: due.start,
    stop: due.stop,
  };
}

/** Takes the step by which a person answers for an incident, or throws `IncidentError`. */
function recordAcknowledgement(
  tx: StoreTransaction,
  request: AcknowledgeRequest,
  { times, channels }: { readonly times: AcknowledgementTimes; readonly channels: readonly Channel[] },
): Acknowledged {
  const found = tx.incidents.find(request.incident);
  const untilMs = decideAcknowledgement(found?.incident ?? null, request, times);
  if (found === null) throw new RangeError('an unknown incident is refused');
  const { incident, open } = found;
  const { id, site, revision } = incident;
  const { person, nowMs } = request;
  const reason = request.reason.trim();
  if (!tx.incidents.acknowledge(incident, { person, reason, untilMs }, nowMs)) {
    throw new RangeError('the incident changed while it was acknowledged');
  }
  const body = { site, incident: id, revision, person, reason, untilMs };
  tx.journal.append({ type: 'acknowledged', body }, nowMs);
  enqueueStep(
    tx,
    { incident, role: 'follow-up', severity: 'info', subjects: notifiedSubjects(open) },
    { channels, atMs: nowMs },
  );
  return { incident: id, revision, untilMs };
}

/** Takes the step at the end of an acknowledgement's time. */
function recordExpiry(
  tx: StoreTransaction,
  { incident: id, person }: Acknowledgement,
  channels: readonly Channel[],
  nowMs: number,
): void {
  const found = tx.incidents.find(id);
  if (found === null) throw new RangeError('an acknowledgement is of an incident');
  const { incident, open } = found;
  const step = stepOfExpiry(incident, open);
  tx.incidents.endAcknowledgement(id, 'expired', nowMs);
  if (!tx.incidents.advance(incident, step, nowMs)) {
    throw new RangeError('the incident changed while its acknowledgement ended');
  }
  const body = { site: incident.site, incident: id, person, because: 'expired' } as const;
  tx.journal.append({ type: 'acknowledgement-ended', body }, nowMs);
  if (step.role === null) return;
  const severity = open.map((finding) => finding.severity).reduce<Severity>(worseOf, 'info');
  enqueueStep(
    tx,
    { incident, role: step.role, severity, subjects: notifiedSubjects(open) },
    { channels, atMs: nowMs },
  );
}

/** What people were told and is still so. */
function notifiedSubjects(open: readonly Finding[]): RoutedSubject[] {
  return open.filter(({ notifiedMs }) => notifiedMs !== null).map(routedSubjectOf);
}
