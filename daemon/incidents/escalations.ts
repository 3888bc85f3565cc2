import type { Channel } from '../channel.js';
import type { Incident } from '../incident.js';
import {
  dueSteps,
  type EscalationStep,
  escalatedTo,
  nextStepMs,
  overdue,
  stepName,
} from '../policy/escalation.js';
import { mayWait } from '../policy/quiet-hours.js';
import type { Store, StoreTransaction } from '../store/store.js';
import { createDue, type Due } from '../time/due.js';
import type { Timers } from '../time/timers.js';

/** An incident that nobody answers for is to go to more channels. */
export interface Escalated {
  readonly incident: string;
  readonly page: number;
  /** 1 the first time, more for repeats. */
  readonly time: number;
  readonly channels: readonly string[];
}

/** `look` when something was recorded that may begin or end a ladder. */
export interface Escalations extends Due {
  /** Incidents that nobody has answered for in time. */
  overdue(): readonly Incident[];
}

/**
 * Passes incidents that nobody answers for to more people. Each step is taken, journaled and enqueued in one transaction (invariant 5), and taken
 * only while the incident is as it was when the step was decided, so that no restart repeats or forgets one.
 */
export function createEscalations(options: {
  readonly store: Store;
  readonly steps: () => readonly EscalationStep[];
  readonly channels: () => readonly Channel[];
  readonly clock: () => number;
  readonly timers: Timers;
  /** Something was enqueued. */
  readonly onEnqueued: () => void;
  readonly onEscalated: (escalated: Escalated) => void;
  readonly onStoreError: (error: unknown) => void;
}): Escalations {
  const { store, clock } = options;

  const unanswered = () =>
    store.incidents.list({ unresolvedOnly: true }).filter(({ unansweredMs }) => unansweredMs !== null);

  const due = createDue({ ...options, work: passOn });

  function passOn(): number | null {
    const nowMs = clock();
    const open = unanswered();
    const ladder = { steps: options.steps(), channels: options.channels(), nowMs };
    const taken = open.flatMap((incident) => store.transaction((tx) => climb(tx, incident, ladder)));
    for (const one of taken) options.onEscalated(one);
    if (taken.length > 0) options.onEnqueued();
    let next = Number.POSITIVE_INFINITY;
    for (const incident of open) {
      const steps = store.incidents.escalations(incident.id);
      next = Math.min(next, nextStepMs(incident, steps, options.steps()) ?? next);
    }
    return next === Number.POSITIVE_INFINITY ? null : next - nowMs;
  }

  return { ...due, overdue: () => overdue(unanswered(), options.steps(), clock()) };
}

/** Takes the steps of one incident that are due. */
function climb(
  tx: StoreTransaction,
  incident: Incident,
  ladder: {
    readonly steps: readonly EscalationStep[];
    readonly channels: readonly Channel[];
    readonly nowMs: number;
  },
): Escalated[] {
  const { id, site, page, severity } = incident;
  const { channels, nowMs } = ladder;
  const taken = tx.incidents.escalations(id);
  return dueSteps(incident, taken, ladder.steps, nowMs).flatMap(({ step, time }) => {
    const to = escalatedTo(step, channels, new Set(tx.outbox.notifiedChannels(id, channels, page)));
    const names = to.map(({ name }) => name);
    if (!tx.incidents.escalate(incident, { step: stepName(step), time }, nowMs)) return [];
    const body = { site, incident: id, page, afterMs: step.afterMs, time, channels: names };
    tx.journal.append({ type: 'incident-escalated', body }, nowMs);
    const pending = { incident: id, role: 'page', severity, reminds: true } as const;
    tx.outbox.addPending({ ...pending, mayWait: mayWait(severity, openKinds(tx, id)) }, to, nowMs);
    return [{ incident: id, page, time, channels: names }];
  });
}

/** Kinds of the collections that an incident's open findings are about; null for one that is about none. */
function openKinds(tx: StoreTransaction, incident: string): (string | null)[] {
  return tx.findings.openOf(incident).map(({ subject }) => ('kind' in subject ? subject.kind : null));
}
