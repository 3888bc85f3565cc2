import type { Alert, Severity } from '../../notifiers/index.js';
import type { Channel, RoutedSubject } from '../channel.js';
import type { Incident } from '../incident.js';
import { worseOf } from '../policy/pending-notification.js';
import { mayWait } from '../policy/quiet-hours.js';
import { routeOf } from '../policy/route.js';
import type { StoreTransaction } from '../store/store.js';

/** Enqueues an announcement for the channels that get it, in the transaction that records what it announces (invariant 5). */
export function enqueueNotice(
  tx: StoreTransaction,
  alert: Alert,
  channels: readonly Channel[],
  atMs: number,
): void {
  const { site, severity, changes } = alert;
  const routed = { site, subjects: [{ severity, kind: null }], continuedOn: new Set<string>() };
  const waits = mayWait(
    severity,
    changes.map(({ kind }) => kind),
  );
  tx.enqueue(alert, routeOf(routed, channels), atMs, waits);
}

/** What a step of an incident tells. */
export interface Notification {
  readonly role: 'page' | 'follow-up';
  readonly severity: Severity;
  readonly subjects: readonly RoutedSubject[];
}

/** Enqueues that the last step of an incident is to be told, in the transaction that records the step (invariant 5). */
export function enqueueStep(
  tx: StoreTransaction,
  { id, site, severity: worst }: Pick<Incident, 'id' | 'site' | 'severity'>,
  { role, severity, subjects }: Notification,
  channels: readonly Channel[],
  atMs: number,
): void {
  // Who was told of something hears how it goes on, also when the news itself would not have gone there.
  const continuedOn = new Set(role === 'page' ? [] : tx.notifiedChannels(id, channels));
  const waits = mayWait(
    worseOf(severity, worst),
    subjects.map(({ kind }) => kind),
  );
  const to = routeOf({ site, subjects, continuedOn }, channels);
  tx.addPending({ incident: id, role, severity, mayWait: waits }, to, atMs);
}
