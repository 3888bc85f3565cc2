import type { UnreadableCause } from '../../source.js';
import type { Census } from './census.js';
import type { TreeMatcher } from './matcher.js';

/** The trees of one collection. */
export interface Trees {
  readonly paths: readonly string[];
  readonly matcher: TreeMatcher;
  /** Whether the census needs what files hold. */
  readonly wantsContent: boolean;
  /** Whether it needs attributes, where they can be had. */
  readonly wantsAttributes: boolean;
}

/** A way to reach files. */
export interface Walker {
  /**
   * Looks at everything of the trees, or at what is known to have moved alone, and tells the census; what must be hashed is hashed when it resolves.
   * Rejects with `ReachFailure` when the trees cannot be reached at all, and with what the census threw. Resolves to the folders that were
   * looked at; undefined: all of them.
   */
  survey(trees: Trees, census: Census, moved?: readonly string[]): Promise<readonly string[] | undefined>;
  close(): Promise<void>;
}

/** Levels of folders below a path of a collection. */
export const MAX_DEPTH = 100;

/** The cause that a code of the system stands for. */
export function causeOfCode(code: string): UnreadableCause {
  if (code === 'EACCES' || code === 'EPERM') return 'denied';
  return code === 'EMOVING' ? 'moving' : 'failed';
}
