import type { Claim, OutboxMessage, Store } from '../../daemon/store/store.js';
import type { Alert } from '../../notifiers/index.js';

/** Claims a message as a worker does. */
export function claim(
  store: Store,
  channel: string,
  nowMs: number,
  wanted: Omit<Claim, 'channel' | 'nowMs'> = {},
): OutboxMessage | null {
  return store.transaction((tx) => tx.deliveries.claim({ ...wanted, channel, nowMs }));
}

/** Acknowledges a claimed message. */
export function noteDelivered(
  store: Store,
  id: number,
  receipt: string,
  atMs: number,
  alert?: Alert,
): boolean {
  return store.transaction((tx) => tx.deliveries.delivered(id, { receipt, atMs, alert }));
}

/** Puts a claimed message back; `nextAttemptMs` null gives it up. */
export function noteNotDelivered(
  store: Store,
  id: number,
  reason: string,
  nextAttemptMs: number | null,
  atMs: number,
): boolean {
  return store.transaction((tx) => tx.deliveries.notDelivered(id, { reason, nextAttemptMs, atMs }));
}

export function retryUndelivered(store: Store, nowMs: number): number {
  return store.transaction((tx) => tx.deliveries.retryUndelivered(nowMs));
}
