import type { Alert, Severity } from '../../notifiers/index.js';
import type { FormerAddressNotice } from '../alerts/former-address.js';
import type { Channel, RoutedSubject } from '../channel.js';
import type { Incident } from '../incident.js';
import { worseOf } from '../policy/pending-notification.js';
import { mayWait } from '../policy/quiet-hours.js';
import { routeOf } from '../policy/route.js';
import type { StoreTransaction } from '../store/store.js';

/** Where something may go, and when it was enqueued. */
export interface Enqueueing {
  readonly channels: readonly Channel[];
  readonly atMs: number;
}

/** Enqueues an announcement for the channels that get it, in the transaction that records what it announces (invariant 5). */
export function enqueueNotice(tx: StoreTransaction, alert: Alert, { channels, atMs }: Enqueueing): void {
  const { site, severity, changes } = alert;
  const routed = { site, subjects: [{ severity, kind: null }], continuedOn: new Set<string>() };
  const waits = mayWait(
    severity,
    changes.map(({ kind }) => kind),
  );
  tx.outbox.enqueue(alert, routeOf(routed, channels), { atMs, mayWait: waits });
}

/** Enqueues a notice to somebody's former address on the first channel of the site that writes to such people. False where none does. */
export function enqueueFormer(
  tx: StoreTransaction,
  { address, alert }: FormerAddressNotice,
  { channels, atMs }: Enqueueing,
): boolean {
  const channel = channels.find(
    (one) => one.formerPart !== undefined && (one.for?.sites?.includes(alert.site) ?? true),
  );
  const part = channel?.formerPart?.(address) ?? null;
  if (channel === undefined || part === null) return false;
  tx.outbox.enqueue(alert, [{ ...channel, parts: [part] }], { atMs });
  return true;
}

/** What a step of an incident tells. */
export interface Notification {
  readonly incident: Pick<Incident, 'id' | 'site' | 'severity'>;
  readonly role: 'page' | 'follow-up';
  readonly severity: Severity;
  readonly subjects: readonly RoutedSubject[];
}

/** Enqueues that the last step of an incident is to be told, in the transaction that records the step (invariant 5). */
export function enqueueStep(
  tx: StoreTransaction,
  { incident, role, severity, subjects }: Notification,
  { channels, atMs }: Enqueueing,
): void {
  const { id, site } = incident;
  // Who was told of something hears how it goes on, also when the news itself would not have gone there.
  const continuedOn = new Set(role === 'page' ? [] : tx.outbox.notifiedChannels(id, channels));
  const waits = mayWait(
    worseOf(severity, incident.severity),
    subjects.map(({ kind }) => kind),
  );
  const to = routeOf({ site, subjects, continuedOn }, channels);
  tx.outbox.addPending({ incident: id, role, severity, mayWait: waits }, to, atMs);
}
