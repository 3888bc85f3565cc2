import { StoreError } from '../../store/errors.js';
import { openStoreReadOnly } from '../../store/sqlite/open.js';
import type { ChannelDeliveries } from '../../store/store.js';

/** What the state says of deliveries; nothing where there is none yet, and null where it cannot be read, which is a symptom of its own. */
export function readStoreTolerantly(stateDirectory: string): readonly ChannelDeliveries[] | null {
  try {
    const store = openStoreReadOnly(stateDirectory);
    try {
      return store === null ? [] : store.deliveries.channels();
    } finally {
      store?.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}
