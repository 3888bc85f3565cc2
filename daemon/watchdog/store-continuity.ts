import { composeStateEmpty, composeStateRestored } from '../alerts/announce-state.js';
import type { Approvals } from '../approvals/active/active-baseline.js';
import type { Announcer } from '../outbox/announcer.js';
import type { Store } from '../store/store.js';
import { programVersion } from '../version.js';

/** Where the store keeps word of a restore until it has been told. */
export const RESTORED_META = 'restored';
/** Where the store keeps how its memory began: `lost`, `begins`, and `told` once people know. */
const CONTINUITY_META = 'memory';

/** What `tillwarden state restore` leaves for the next start. */
export interface RestoreNote {
  /** Head of the journal in the backup, hex SHA-256. */
  readonly backupHead: string;
  /** Head of the journal that was replaced; null when there was none, or it could not be read. */
  readonly replacedHead: string | null;
  /** ISO UTC instant. */
  readonly backupCreated: string;
}

/** What is to be told of a state store that was empty at the start. */
export interface EmptyStore {
  /** The versions its memory begins with. */
  readonly sites: readonly { readonly site: string; readonly version: number }[];
  /** Whether there was something to remember: this is no first start. */
  readonly lost: boolean;
}

/**
 * Journals a start with a configuration, and marks a store that was just created. `kept`: copies of signed files lie beside it, so there
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
    const before = tx.meta('config');
    tx.journal('daemon-started', { version: programVersion(), config: configDigest }, atMs);
    if (before === null) {
      tx.setMeta('config', configDigest);
      tx.setMeta(CONTINUITY_META, hasMirror ? 'lost' : 'begins');
    }
    return before;
  });
}

/** Tells once of a restore that has happened since the last start. */
export function announceRestore(store: Store, announce: Announcer['announce']): void {
  const meta = store.meta(RESTORED_META);
  if (meta === null || meta === '') return;
  const note = JSON.parse(meta) as RestoreNote;
  announce('restore-told', note, { [RESTORED_META]: '' }, (context) => composeStateRestored(context, note));
}

/** Tells once of a store that was empty, when it is known what its memory begins with and before anything is remembered. */
export function announceEmptyStore(
  store: Store,
  approvals: Approvals,
  announce: Announcer['announce'],
): void {
  const meta = store.meta(CONTINUITY_META);
  if (meta === 'told' || approvals.trust === null) return;
  const empty = emptyStore(meta, approvals);
  if (empty === null) store.transaction((tx) => tx.setMeta(CONTINUITY_META, 'told'));
  else
    announce('state-empty', empty, { [CONTINUITY_META]: 'told' }, (context) =>
      composeStateEmpty(context, empty),
    );
}

/**
 * What an empty store means, once the files of approval were read. A version above 1, or a copy of signed files beside the store, shows
 * that there was a memory. A first start with baseline 1 looks like a memory that was removed together with every later
 * version, so it is told as well, as what it probably is. Null when there is nothing to tell.
 */
export function emptyStore(meta: string | null, approvals: Approvals): EmptyStore | null {
  if (meta !== 'lost' && meta !== 'begins') return null;
  const sites = [...approvals.sites].flatMap(([site, { active }]) =>
    active === null ? [] : [{ site, version: active.version }],
  );
  const lost = meta === 'lost' || sites.some(({ version }) => version > 1);
  return lost || sites.length > 0 ? { sites, lost } : null;
}
