import {
  LIMITS,
  type Problem,
  problemOf,
  readExcuses,
  type VerifiedBaseline,
  type VerifiedExcuse,
  type VerifiedTrust,
  verifyExcuse,
} from '../../../baselines/index.js';

/** What people signed in advance about changes of a site. */
export interface SiteExcuses {
  /** Those that count, also when their time is over. */
  readonly inForce: readonly VerifiedExcuse[];
  /** Ids of all that lie on disk, whether they count or not; null when that could not be seen. */
  readonly present: ReadonlySet<string> | null;
}

/** Clocks of two machines may differ by this much. */
const CLOCK_SKEW_MS = 10 * 60_000;

export const NO_EXCUSES: SiteExcuses = { inForce: [], present: null };

/** Reads and verifies the excuses of a site by the trust root and baseline in force. What does not count is a problem and excuses nothing. */
export async function readSiteExcuses(options: {
  readonly directory: string;
  readonly site: string;
  readonly trust: VerifiedTrust;
  readonly baseline: VerifiedBaseline | null;
  /** Digests of those that were withdrawn before: they never count again. */
  readonly withdrawn: ReadonlySet<string>;
  readonly nowMs: number;
}): Promise<SiteExcuses & { readonly problems: readonly Problem[] }> {
  const { documents, problems: unread } = await readExcuses(options.directory, options.site);
  const problems = [...unread];
  const inForce: VerifiedExcuse[] = [];
  for (const document of documents.slice(0, LIMITS.excuses)) {
    try {
      const { excuse, notices } = verifyExcuse(options, document);
      problems.push(...notices);
      if (options.withdrawn.has(excuse.digest)) problems.push(cameBack(document.file));
      else if (excuse.createdMs > options.nowMs + CLOCK_SKEW_MS) problems.push(early(document.file));
      else inForce.push(excuse);
    } catch (error) {
      problems.push(problemOf(error, 'refused', document.file, null));
    }
  }
  if (documents.length > LIMITS.excuses) problems.push(tooMany(documents.length));
  const isWhole = !unread.some(({ weight }) => weight === 'refused');
  const present = isWhole ? new Set(documents.map(({ file }) => file.slice(0, -'.json'.length))) : null;
  return { inForce, present, problems };
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
    detail: `There are ${found} excuses; only the first ${LIMITS.excuses} by name are looked at. Remove those that are over.`,
    weight: 'refused',
  };
}
