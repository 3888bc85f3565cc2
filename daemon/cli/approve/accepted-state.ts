import { type AcceptedChange, acceptChanges, type CollectionSnapshot } from '../../../baselines/index.js';
import type { Difference } from './differences.js';

/** The parent's collections with what was accepted and nothing else (invariant 11). */
export function acceptedState(
  parent: ReadonlyMap<string, CollectionSnapshot>,
  accepted: readonly Difference[],
): CollectionSnapshot[] {
  const state = new Map(parent);
  const records = new Map<string, AcceptedChange[]>();
  for (const one of accepted) {
    if (one.what === 'record') {
      const { collection, key, before, after } = one.change;
      const change = { key, before, after: after[0] ?? null };
      const own = records.get(collection) ?? [];
      own.push(change);
      records.set(collection, own);
    } else if (one.after === null) state.delete(one.name);
    else state.set(one.name, one.after);
  }
  for (const [name, changes] of records) {
    const before = parent.get(name);
    if (before === undefined) throw new Error('a changed record has a signed collection');
    state.set(name, acceptChanges(before, changes));
  }
  return [...state.values()];
}
