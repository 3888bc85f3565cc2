import type { CollectionSnapshot } from '../../baselines/index.js';
import { observedEvent } from '../store/journal/verdict.js';
import type { ObservedDelta, Store } from '../store/store.js';
import { inSlices } from '../time/slices.js';
import { nextTurn } from '../time/turn.js';
import { observedDeltaInSteps, type Stored } from './delta.js';

/** Rows written in one transaction, while whatever else there is to do waits: some ten milliseconds. */
const ROWS_AT_ONCE = 1_000;

/** A collection was observed otherwise than it is stored. */
export interface LateDelta {
  readonly stored: Stored | null;
  readonly snapshot: CollectionSnapshot;
  readonly observedAtMs: number;
}

/** True where finding out what must be written, and writing it, would hold up the alert about it. */
export function isLarge({ stored, snapshot }: Pick<LateDelta, 'stored' | 'snapshot'>): boolean {
  const before = stored === null || typeof stored === 'string' ? 0 : stored.records.length;
  return Math.max(before, snapshot.records.length) > 2 * ROWS_AT_ONCE;
}

export interface LargeDeltasOptions {
  readonly site: string;
  readonly store: Pick<Store, 'transaction'>;
  readonly clock: () => number;
  /** The collection is stored as this snapshot says; null: nobody knows what is stored, and all of it must be written next time. */
  readonly onDone: (collection: string, stored: CollectionSnapshot | null) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Writes what changed in the records of a large collection: after the alert, some rows at a time, with turns of
 * the event loop between them. A crash or a stop on the way leaves the collection as never observed.
 */
export class LargeDeltas {
  readonly #options: LargeDeltasOptions;
  readonly #writing = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(options: LargeDeltasOptions) {
    this.#options = options;
  }

  /** True while a delta of the collection is being written. */
  isWriting(collection: string): boolean {
    return this.#writing.has(collection);
  }

  write(late: LateDelta): void {
    const collection = late.snapshot.definition.name;
    const written = this.#write(collection, late).finally(() => this.#writing.delete(collection));
    this.#writing.set(collection, written);
  }

  /** Ends what is being written at the next turn. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writing.values());
  }

  async #write(collection: string, { stored, snapshot, observedAtMs }: LateDelta): Promise<void> {
    const { site, store, clock, onDone, onError } = this.#options;
    try {
      // The alert is sent meanwhile.
      await nextTurn();
      const delta = await inSlices(observedDeltaInSteps(stored, snapshot, observedAtMs));
      if (delta === null) return;
      const isFew = !delta.replace && delta.upserts.length + delta.removals.length <= ROWS_AT_ONCE;
      for (const rows of isFew ? [] : slicesOf(delta)) {
        await nextTurn();
        if (this.#stopped) return;
        // Until `save`, which is durable, all of it counts as never observed.
        store.transaction((tx) => tx.observed.saveRows(site, rows), { durable: false });
      }
      if (this.#stopped) return;
      store.transaction((tx) => {
        tx.observed.save(site, isFew ? delta : { ...delta, replace: false, upserts: [], removals: [] });
        tx.journal.append(observedEvent(site, delta), clock());
      });
      onDone(collection, snapshot);
    } catch (error) {
      onDone(collection, null);
      onError(error);
    }
  }
}

function* slicesOf({ collection, replace, upserts, removals }: ObservedDelta) {
  if (replace) yield { collection, replace, upserts: [], removals: [] };
  for (let at = 0; at < removals.length; at += ROWS_AT_ONCE) {
    yield { collection, replace: false, upserts: [], removals: removals.slice(at, at + ROWS_AT_ONCE) };
  }
  for (let at = 0; at < upserts.length; at += ROWS_AT_ONCE) {
    yield { collection, replace: false, upserts: upserts.slice(at, at + ROWS_AT_ONCE), removals: [] };
  }
}
