import type { StoreTransaction } from '../store/store.js';
import type { Enqueueing } from './enqueue.js';

/** An alert goes to another channel, or another part of its own, because what it was for is not configured any more. */
export interface Adopted {
  readonly from: string;
  readonly to: string;
  readonly alert: string;
}

/**
 * Passes on what waits for channels, and for recipients of channels, that are not configured any more, in the transaction of its caller: one that fails is
 * taken out of the configuration because of what waits for it. What nobody else tells goes to the first channel; the rest ends, so that it counts as waiting no more.
 */
export function adoptOrphans(tx: StoreTransaction, { channels, atMs }: Enqueueing): readonly Adopted[] {
  const [to] = channels;
  if (to === undefined) return [];
  const adopted = new Map<string, Adopted>();
  for (const orphan of tx.deliveries.orphans(channels)) {
    const { id, alertId: alert, incident, channel: from, standing } = orphan;
    const reason = standing === 'stranger' ? 'what it was for is not configured any more' : null;
    if (standing === 'untold') tx.deliveries.passOn(id, to, atMs);
    tx.deliveries.end(id, reason, atMs);
    const key = `${from} ${alert}`;
    if (standing !== 'untold' || adopted.has(key)) continue;
    // An alert has several parts on some channels.
    adopted.set(key, { from, to: to.name, alert });
    tx.journal.append({ type: 'alert-passed-on', body: { alert, incident, from, to: to.name } }, atMs);
  }
  return [...adopted.values()];
}
