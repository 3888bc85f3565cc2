import type { Kind } from '../../baselines/index.js';
import type { UnknownCause } from '../drift/compare.js';

/**
 * Causes that may go away by themselves, of which people are notified after the grace: a restart, a network hiccup, a busy table. All others come from a
 * definition, a right, or the shape of the watched system; a hiccup never looks like them, so people are notified at once.
 */
const MAY_PASS: ReadonlySet<UnknownCause> = new Set<UnknownCause>(['unreachable', 'timeout', 'failed']);

/** The longest a collection may stay unread without a word while the rest of its source is read, in milliseconds: data and locks are made by people. */
export const LONGEST_UNREAD_MS = 5_000;

/**
 * True when a collection that is unknown for this cause is given time to recover. The sensor gets none but for a lost connection:
 * everything else that stops it looks like somebody stopping it.
 */
export function mayPass(kind: Kind, cause: UnknownCause): boolean {
  return cause === 'unreachable' || (MAY_PASS.has(cause) && kind !== 'sensor');
}

/** How long a collection may be unknown for this cause, in all of its times together, before people are notified; in milliseconds. */
export function graceOf(kind: Kind, cause: UnknownCause, unknownGraceMs: number): number {
  // What data can cause is no weather.
  if (!mayPass(kind, cause) || cause === 'failed') return 0;
  return cause === 'unreachable' ? unknownGraceMs : Math.min(unknownGraceMs, LONGEST_UNREAD_MS);
}

/**
 * The identity of an unknown state among those of its collection. Causes that may go away by themselves share one, so that somebody who alternates
 * between them cannot start the grace anew each time.
 */
export function unknownIdentity(kind: Kind, cause: UnknownCause, detail: string): readonly string[] {
  if (mayPass(kind, cause)) return ['unreadable'];
  return cause === 'definition-differs' ? [cause, detail] : [cause];
}
