import type { Alert } from '../../notifiers/index.js';
import { type Channel, type Routed, routeOf } from '../policy/route.js';
import type { Incident, StoreTransaction } from '../store/store.js';

/** Enqueues an announcement for the channels that get it, in the transaction that records what it announces (invariant 5). */
export function enqueueNotice(
  tx: StoreTransaction,
  alert: Alert,
  channels: readonly Channel[],
  atMs: number,
): void {
  tx.enqueue(alert, routeOf(alert, channels), atMs);
}

/** Enqueues that the last step of an incident is to be told, in the transaction that records the step (invariant 5). */
export function enqueueStep(
  tx: StoreTransaction,
  { id, site }: Pick<Incident, 'id' | 'site'>,
  told: Pick<Routed, 'severity'> & { readonly standing: 'page' | 'follow-up' },
  channels: readonly Channel[],
  atMs: number,
): void {
  tx.owe({ incident: id, ...told }, routeOf({ site, ...told }, channels), atMs);
}
