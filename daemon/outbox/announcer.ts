import type { Alert } from '../../notifiers/index.js';
import type { AlertContext } from '../alerts/compose.js';
import { monitorContext } from '../alerts/self-alerts.js';
import { ALL_SITES, type Channel } from '../channel.js';
import { headOf } from '../store/head.js';
import type { JournalEvent } from '../store/journal/event.js';
import type { Store, StoreTransaction } from '../store/store.js';
import { enqueueNotice } from './enqueue.js';

type Compose = (context: AlertContext) => Alert;

/** Tells of the monitor itself: its configuration, trust roots and memory. */
export interface Announcer {
  /** Journals and enqueues for all channels, within a transaction of the caller's, who wakes the outbox afterwards. */
  notify(tx: StoreTransaction, event: JournalEvent, compose: Compose): void;
  /** The same in a transaction of its own, in which `remember` notes what is to be known afterwards (null: nothing); wakes the outbox. */
  announce(
    event: JournalEvent,
    remember: ((meta: StoreTransaction['meta']) => void) | null,
    compose: Compose,
  ): void;
}

export function createAnnouncer(options: {
  readonly store: Store;
  readonly channels: () => readonly Channel[];
  readonly onEnqueued: () => void;
  readonly clock: () => number;
}): Announcer {
  const { store, clock } = options;

  const notify: Announcer['notify'] = (tx, event, compose) => {
    const now = clock();
    tx.journal.append(event, now);
    const context = monitorContext(now, headOf(tx, ALL_SITES));
    enqueueNotice(tx, compose(context), { channels: options.channels(), atMs: now });
  };

  return {
    notify,
    announce: (event, remember, compose) => {
      store.transaction((tx) => {
        remember?.(tx.meta);
        notify(tx, event, compose);
      });
      options.onEnqueued();
    },
  };
}
