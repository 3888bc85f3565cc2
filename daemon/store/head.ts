import type { Alert } from '../../notifiers/index.js';
import { ALL_SITES } from '../channel.js';
import type { StoreNouns } from './store.js';

/** What a store must tell of itself for an alert's last line. */
export type Remembering = Pick<StoreNouns, 'baselines' | 'journal'>;

/** The proof in each alert: the highest baseline of the site, or of every site when it is about the monitor itself, and the journal's head. */
export function headOf(store: Remembering, site: string): Alert['head'] {
  const journal = store.journal.head();
  if (site === ALL_SITES) return { baselineVersion: null, baselines: store.baselines.all(), journal };
  return { baselineVersion: store.baselines.remembered(site)?.version ?? null, journal };
}
