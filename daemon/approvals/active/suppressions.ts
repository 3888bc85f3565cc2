import {
  LIMITS,
  type Problem,
  problemOf,
  readSuppressions,
  type VerifiedBaseline,
  type VerifiedSuppression,
  type VerifiedTrust,
  verifySuppression,
} from '../../../baselines/index.js';

/** What people signed in advance about changes of a site. */
export interface SiteSuppressions {
  /** Those that count, also when their time is over. */
  readonly active: readonly VerifiedSuppression[];
  /** Ids of all that lie on disk, whether they count or not; null when that could not be seen. */
  readonly present: ReadonlySet<string> | null;
}

/** Clocks of two machines may differ by this much. */
const CLOCK_SKEW_MS = 10 * 60_000;

export const NO_SUPPRESSIONS: SiteSuppressions = { active: [], present: null };

/** Reads and verifies the excuses of a site by the trust root and baseline in force. What does not count is a problem and excuses nothing. */
export async function readSiteSuppressions(options: {
  readonly directory: string;
  readonly site: string;
  readonly trust: VerifiedTrust;
  readonly baseline: VerifiedBaseline | null;
  /** Digests of those that were withdrawn before: they never count again. */
  readonly withdrawn: ReadonlySet<string>;
  readonly nowMs: number;
}): Promise<SiteSuppressions & { readonly problems: readonly Problem[] }> {
  const { documents, problems: unread } = await readSuppressions(options.directory, options.site);
  const problems = [...unread];
  const active: VerifiedSuppression[] = [];
  for (const document of documents.slice(0, LIMITS.suppressions)) {
    try {
      const { suppression, notices } = verifySuppression(options, document);
      problems.push(...notices);
      if (options.withdrawn.has(suppression.digest)) problems.push(cameBack(document.file));
      else if (suppression.createdMs > options.nowMs + CLOCK_SKEW_MS) problems.push(early(document.file));
      else active.push(suppression);
    } catch (error) {
      problems.push(problemOf(error, 'refused', document.file, null));
    }
  }
  if (documents.length > LIMITS.suppressions) problems.push(tooMany(documents.length));
  const isWhole = !unread.some(({ weight }) => weight === 'refused');
  const present = isWhole ? new Set(documents.map(({ file }) => file.slice(0, -'.json'.length))) : null;
  return { active, present, problems };
}

function cameBack(file: string): Problem {
  return {
    code: 'BASELINE_EXCUSE_WITHDRAWN',
    file,
    version: null,
    detail: 'An excuse that was withdrawn lies there again; it does not count. Remove it, or sign a new one.',
    weight: 'refused',
  };
}

/** Made ahead, an excuse would outlast what its length says to whoever reads of it. */
function early(file: string): Problem {
  return {
    code: 'BASELINE_EXCUSE_EARLY',
    file,
    version: null,
    detail:
      'An excuse says that it was made at a time that is yet to come; it does not count. Remove it, and look at the clocks of this machine and of whoever made it.',
    weight: 'refused',
  };
}

function tooMany(found: number): Problem {
  return {
    code: 'BASELINE_DIRECTORY_TOO_LARGE',
    file: null,
    version: null,
    detail: `There are ${found} excuses; only the first ${LIMITS.suppressions} by name are looked at. Remove those that are over.`,
    weight: 'refused',
  };
}
