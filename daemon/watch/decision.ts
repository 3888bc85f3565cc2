import type { SiteApprovals } from '../approvals/active/active-baseline.js';
import type { Verdict } from '../policy/judge.js';
import type { CollectionReading } from '../sources/source.js';

/** What one decision of the pipeline came to. */
export interface Decision {
  readonly verdict: Verdict;
  readonly approvals: SiteApprovals;
  readonly readings: ReadonlyMap<string, CollectionReading>;
  readonly observedAtMs: number;
}
