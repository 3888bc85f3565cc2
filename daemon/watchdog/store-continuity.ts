import { composeStateEmpty, composeStateRestored } from '../alerts/announce-state.js';
import type { Approvals } from '../approvals/active/active-baseline.js';
import { programVersion } from '../built.js';
import type { Announcer } from '../outbox/announcer.js';
import type { ContinuityMark } from '../store/meta.js';
import type { Store } from '../store/store.js';

/** What is to be told of a state store that was empty at the start. */
export interface EmptyStore {
  /** The versions its memory begins with. */
  readonly sites: readonly { readonly site: string; readonly version: number }[];
  /** Whether there was something to remember: this is no first start. */
  readonly lost: boolean;
}

/**
 * Journals a start with a configuration, and marks a store that was just created. `hasMirror`: copies of signed files lie beside it, so there
 * was another store. Returns the digest of the configuration that was in force last; null when the store was just created.
 */
export function noteStart(
  store: Store,
  {
    configDigest,
    hasMirror,
    atMs,
  }: { readonly configDigest: string; readonly hasMirror: boolean; readonly atMs: number },
): string | null {
  return store.transaction((tx) => {
    const before = tx.meta.get('config');
    const body = { version: programVersion(), config: configDigest };
    tx.journal.append({ type: 'daemon-started', body }, atMs);
    if (before === null) {
      tx.meta.set('config', configDigest);
      tx.meta.set('memory', hasMirror ? 'lost' : 'begins');
    }
    return before;
  });
}

/** Tells once of a restore that has happened since the last start. */
export function announceRestore(store: Store, announce: Announcer['announce']): void {
  const note = store.meta.get('restored');
  if (note === null) return;
  announce(
    { type: 'restore-told', body: note },
    (meta) => meta.set('restored', null),
    (context) => composeStateRestored(context, note),
  );
}

/** Tells once of a store that was empty, when it is known what its memory begins with. The mark stays until then, whatever was remembered meanwhile. */
export function announceEmptyStore(
  store: Store,
  approvals: Approvals,
  announce: Announcer['announce'],
): void {
  const mark = store.meta.get('memory');
  if (mark === 'told' || approvals.trust === null) return;
  const empty = emptyStore(mark, approvals);
  if (empty === null) {
    store.transaction((tx) => tx.meta.set('memory', 'told'));
    return;
  }
  announce(
    { type: 'state-empty', body: empty },
    (meta) => meta.set('memory', 'told'),
    (context) => composeStateEmpty(context, empty),
  );
}

/**
 * What an empty store means, once the files of approval were read. A version above 1, or a copy of signed files beside the store, shows
 * that there was a memory. A first start with baseline 1 looks like a memory that was removed together with every later
 * version, so it is told as well, as what it probably is. Null when there is nothing to tell.
 */
export function emptyStore(mark: ContinuityMark | null, approvals: Approvals): EmptyStore | null {
  if (mark !== 'lost' && mark !== 'begins') return null;
  const sites = [...approvals.sites].flatMap(([site, { active }]) =>
    active === null ? [] : [{ site, version: active.version }],
  );
  const lost = mark === 'lost' || sites.some(({ version }) => version > 1);
  return lost || sites.length > 0 ? { sites, lost } : null;
}
