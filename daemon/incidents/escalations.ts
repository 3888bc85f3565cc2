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

/** An incident that nobody answers for was owed to more channels. */
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
 * Passes incidents that nobody answers for to more people. Each step is taken, journaled and owed in one transaction (invariant 5), and taken
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
    store.incidents({ unresolvedOnly: true }).filter(({ unansweredMs }) => unansweredMs !== null);

  const due = createDue({ ...options, work: passOn });

  function passOn(): number | null {
    const now = clock();
    const open = unanswered();
    const taken = open.flatMap((incident) => store.transaction((tx) => climb(tx, incident, now)));
    for (const one of taken) options.onEscalated(one);
    if (taken.length > 0) options.onEnqueued();
    const next = open.flatMap(
      (incident) => nextStepMs(incident, store.escalations(incident.id), options.steps()) ?? [],
    );
    return next.length === 0 ? null : Math.min(...next) - now;
  }

  function climb(tx: StoreTransaction, incident: Incident, now: number): Escalated[] {
    const { id, site, page, severity } = incident;
    const channels = options.channels();
    return dueSteps(incident, store.escalations(id), options.steps(), now).flatMap(({ step, time }) => {
      const to = escalatedTo(step, channels, new Set(tx.notifiedChannels(id, channels, page)));
      const names = to.map(({ name }) => name);
      if (!tx.escalateIncident(incident, { step: stepName(step), time }, now)) return [];
      const { afterMs } = step;
      tx.journal('incident-escalated', { site, incident: id, page, afterMs, time, channels: names }, now);
      const pending = { incident: id, role: 'page', severity, reminds: true } as const;
      tx.addPending({ ...pending, mayWait: mayWait(severity, kindsOf(id)) }, to, now);
      return [{ incident: id, page, time, channels: names }];
    });
  }

  function kindsOf(id: string): (string | null)[] {
    const open = store.incident(id)?.open ?? [];
    return open.map(({ subject }) => ('kind' in subject ? subject.kind : null));
  }

  return { ...due, overdue: () => overdue(unanswered(), options.steps(), clock()) };
}
