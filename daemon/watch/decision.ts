import type { SiteApprovals } from '../approvals/active/active-baseline.js';
import type { Verdict } from '../policy/judge.js';
import type { LogNews } from '../policy/log-news.js';
import type { TouchNews } from '../policy/touches.js';
import type { CollectionReading, FollowedLogs } from '../sources/source.js';

/** What one decision of the pipeline came to. */
export interface Decision {
  readonly verdict: Verdict;
  readonly approvals: SiteApprovals;
  /** Records that were written and are as before, of which people are to be told. */
  readonly touches: readonly TouchNews[];
  /** What people are to be told of change logs; absent where there is none. */
  readonly logNews?: LogNews;
  readonly readings: ReadonlyMap<string, CollectionReading>;
  readonly observedAtMs: number;
  /** By source, what logs were found to hold that is not written down yet; absent where nobody follows any. */
  readonly followed?: ReadonlyMap<string, FollowedLogs>;
}
