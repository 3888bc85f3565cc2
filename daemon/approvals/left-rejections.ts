import { type LeftRejection, readRejections } from '../../baselines/index.js';
import type { Store } from '../store/store.js';
import type { RejectionRequest } from './rejections.js';

/**
 * Who left word on this machine, in the form of a person's name: what they call themselves, and the user that the system has for it. Nobody with a
 * token is called so: the number is the system's.
 */
export function leftBy({ name, uid }: Pick<LeftRejection, 'name' | 'uid'>): string {
  return `${name}-uid-${uid}`;
}

/** What people on this machine call hostile and is not marked so yet; `unused`: files that are no such word, or beyond the limit. */
export async function leftToMark(options: {
  readonly directory: string;
  readonly site: string;
  readonly store: Pick<Store, 'findings'>;
  readonly nowMs: number;
}): Promise<{ readonly requests: readonly RejectionRequest[]; readonly unused: number }> {
  const { directory, site, store, nowMs } = options;
  const { left, unused } = await readRejections(directory, site, nowMs);
  if (left.length === 0) return { requests: [], unused };
  const marked = new Set(store.findings.openRejections(site).map(({ fingerprint }) => fingerprint));
  const requests = left
    .map((one) => ({
      person: leftBy(one),
      fingerprints: one.fingerprints.filter((fingerprint) => !marked.has(fingerprint)),
    }))
    .filter(({ fingerprints }) => fingerprints.length > 0);
  return { requests, unused };
}
