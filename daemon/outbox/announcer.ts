import type { Alert } from '../../notifiers/index.js';
import type { AlertContext } from '../alerts/compose.js';
import { monitorContext } from '../alerts/self-alerts.js';
import { ALL_SITES, type Channel } from '../channel.js';
import { headOf } from '../store/head.js';
import type { Store, StoreTransaction } from '../store/store.js';
import { enqueueNotice } from './enqueue.js';

/** Tells of the monitor itself: its configuration, trust roots and memory. */
export interface Announcer {
  /** Journals and enqueues for all channels, within a transaction of the caller's, who wakes the outbox afterwards. */
  notify(tx: StoreTransaction, type: string, body: object, compose: (context: AlertContext) => Alert): void;
  /** The same in a transaction of its own, which also remembers `remember`; wakes the outbox. */
  announce(
    type: string,
    body: object,
    remember: Readonly<Record<string, string>>,
    compose: (context: AlertContext) => Alert,
  ): void;
}

export function createAnnouncer(options: {
  readonly store: Store;
  readonly channels: () => readonly Channel[];
  readonly onEnqueued: () => void;
  readonly clock: () => number;
}): Announcer {
  const { store, clock } = options;

  const notify: Announcer['notify'] = (tx, type, body, compose) => {
    const now = clock();
    tx.journal(type, body, now);
    const context = monitorContext(now, headOf(tx, ALL_SITES));
    enqueueNotice(tx, compose(context), options.channels(), now);
  };

  return {
    notify,
    announce: (type, body, remember, compose) => {
      store.transaction((tx) => {
        for (const [name, value] of Object.entries(remember)) tx.setMeta(name, value);
        notify(tx, type, body, compose);
      });
      options.onEnqueued();
    },
  };
}
