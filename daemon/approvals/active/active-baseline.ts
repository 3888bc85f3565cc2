import { join } from 'node:path';
import {
  type DocumentDirectory,
  installBaseline,
  installTrustRoot,
  parseStatement,
  readSiteDirectory,
  readTrustDirectory,
  recordsBytes,
  type SignedDocument,
  siteDirectory,
  type VerifiedBaseline,
  type VerifiedTrust,
  verifyChain,
  verifyTrust,
} from '../../../baselines/index.js';
import type { RememberedBaseline } from '../../store/store.js';
import { decideActive } from './decide.js';
import { isVersion, missingFrom, versionIn } from './documents.js';
import {
  type ApprovalProblem,
  baselineExpiry,
  ofDecision,
  recordsMissing,
  refusalOf,
  rootsReplaced,
  toApprovalProblem,
  trustExpiry,
} from './problems.js';
import { NO_SUPPRESSIONS, readSiteSuppressions, type SiteSuppressions } from './suppressions.js';

/** What a site is compared with, and what is wrong with the files that say so. */
export interface SiteApprovals {
  readonly active: VerifiedBaseline | null;
  /** `inForce` is not remembered yet: it takes effect now. */
  readonly adopted: boolean;
  /** What was in force before `inForce`, where that is known. */
  readonly previous: VerifiedBaseline | null;
  readonly problems: readonly ApprovalProblem[];
  /** What people signed in advance about changes. */
  readonly suppressions: SiteSuppressions;
}

/** What the files say, read at one instant. */
export interface Approvals {
  readonly trust: VerifiedTrust | null;
  readonly sites: ReadonlyMap<string, SiteApprovals>;
}

interface TrustReading {
  readonly trust: VerifiedTrust | null;
  /** All roots there are, kept ones and those on disk. */
  readonly documents: readonly SignedDocument[];
  readonly problems: readonly ApprovalProblem[];
}

export interface ActiveBaselineOptions {
  /** Where people put trust roots and baselines. */
  readonly trustDirectory: string;
  readonly baselinesDirectory: string;
  /** Where the daemon keeps its own copy of everything that ever was in force. */
  readonly mirrorDirectory: string;
  /** Hex SHA-256 of trust root 1. */
  readonly pin: string;
  readonly sites: readonly string[];
  readonly remembered: (site: string) => RememberedBaseline | null;
  /** Digests of the excuses that were withdrawn at a site. */
  readonly withdrawn: (site: string) => ReadonlySet<string>;
  readonly clock: () => number;
}

/** Where, inside a state directory, the daemon keeps its own copy of what was in force. */
export const MIRROR_FOLDER = 'approved';

/**
 * Returns a function that reads the files of approval and says what is in force. The highest version ever in force is the least that
 * is accepted; what vanishes from the disk is taken from the daemon's own copy, through the same verification. One call at a time.
 */
export function createActiveBaseline(options: ActiveBaselineOptions): () => Promise<Approvals> {
  // Roots that another root 1 led to are nothing to this one.
  const mirroredTrust = join(options.mirrorDirectory, 'trust', options.pin.slice(0, 16));
  const mirroredBaselines = join(options.mirrorDirectory, 'baselines');
  const active = new Map<string, VerifiedBaseline>();

  return async function readApprovals(): Promise<Approvals> {
    const reading = await readTrust();
    const sites = new Map<string, SiteApprovals>();
    for (const site of options.sites) sites.set(site, await readSite(site, reading));
    return { trust: reading.trust, sites };
  };

  /**
   * Roots kept and roots on disk are walked as one set, and the kept ones win: a root that was in force cannot be taken away by
   * deleting it or by putting another file in its place.
   */
  async function readTrust(): Promise<TrustReading> {
    const disk = await readTrustDirectory(options.trustDirectory);
    const mirrored = await readTrustDirectory(mirroredTrust);
    const problems = disk.problems.map(toApprovalProblem);
    const documents = [...mirrored.documents, ...missingFrom(mirrored, disk)];
    try {
      const newest = verifyTrust(documents, options.pin, disk.problems);
      const refusal = await mirrorRoots(newest, missingFrom(mirrored, disk));
      if (refusal !== null) problems.push(refusal);
      const trust = refusal === null ? newest : verifyTrust(mirrored.documents, options.pin);
      problems.push(...rootsReplaced(trust, disk), ...newest.problems.map(toApprovalProblem));
      problems.push(...trustExpiry(trust, options.clock()));
      return { trust, documents, problems };
    } catch (error) {
      return { trust: null, documents, problems: [...problems, refusalOf(error)] };
    }
  }

  /** Copies roots before they take effect. Null when that worked: what cannot be kept does not take effect. */
  async function mirrorRoots(
    { steps }: VerifiedTrust,
    fresh: readonly SignedDocument[],
  ): Promise<ApprovalProblem | null> {
    try {
      for (const document of fresh) {
        if (steps.some((step) => isVersion(document, step.version))) {
          await installTrustRoot(mirroredTrust, document);
        }
      }
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  }

  async function readSite(site: string, reading: TrustReading): Promise<SiteApprovals> {
    const { trust, problems: trustProblems } = reading;
    const previous = active.get(site) ?? null;
    if (trust === null) {
      return {
        active: previous,
        adopted: false,
        previous,
        problems: trustProblems,
        suppressions: NO_SUPPRESSIONS,
      };
    }
    const directory = await readSiteDirectory(options.baselinesDirectory, site);
    const disk = chainOf(site, trust, directory, previous);
    const remembered = options.remembered(site);
    const mirrored =
      remembered === null ? null : await mirroredHead(site, trust, remembered, [previous, disk.head]);
    const decision = decideActive({ remembered, mirrored, disk });
    const problems = [
      ...trustProblems,
      ...directory.problems.map(toApprovalProblem),
      ...disk.problems.map(toApprovalProblem),
      ...(decision.problem === null || remembered === null ? [] : [ofDecision(decision.problem, remembered)]),
    ];
    if (decision.adopt && decision.active !== null) {
      const refusal = await mirror(site, decision.active, directory);
      if (refusal !== null) {
        const known = [...problems, refusal];
        return { active: previous, adopted: false, previous, problems: known, suppressions: NO_SUPPRESSIONS };
      }
    } else if (decision.active !== null) {
      problems.push(...recordsMissing(siteDirectory(options.baselinesDirectory, site), decision.active));
    }
    problems.push(...baselineExpiry(decision.active, options.clock()));
    if (decision.active === null) active.delete(site);
    else active.set(site, decision.active);
    const before =
      mirrored ?? previous ?? (decision.adopt ? await headOfThen(site, reading, remembered) : null);
    const suppressions = await suppressionsOf(site, trust, decision.active);
    problems.push(...suppressions.problems.map(toApprovalProblem));
    return {
      active: decision.active,
      adopted: decision.adopt,
      previous: before,
      problems,
      // Where nothing of the site is left on disk its excuses are not withdrawn; they only excuse nothing.
      suppressions: directory.documents.length > 0 ? suppressions : NO_SUPPRESSIONS,
    };
  }

  function suppressionsOf(site: string, trust: VerifiedTrust, baseline: VerifiedBaseline | null) {
    const directory = options.baselinesDirectory;
    return readSiteSuppressions({
      directory,
      site,
      trust,
      baseline,
      withdrawn: options.withdrawn(site),
      nowMs: options.clock(),
    });
  }

  /**
   * The remembered head: one that is verified already, or the one that our own copy yields. A large baseline is neither verified twice nor
   * held twice after a restart.
   */
  async function mirroredHead(
    site: string,
    trust: VerifiedTrust,
    remembered: RememberedBaseline,
    verified: readonly (VerifiedBaseline | null)[],
  ): Promise<VerifiedBaseline | null> {
    const known = verified.find((one) => one?.digest === remembered.digest && one.trust === trust.digest);
    if (known) return known;
    const directory = await readSiteDirectory(mirroredBaselines, site);
    // A crash may have left a copy of a version that never came into force.
    const documents = directory.documents.filter((document) => versionIn(document) <= remembered.version);
    const { head } = chainOf(site, trust, { ...directory, documents }, null);
    return head?.digest === remembered.digest ? head : null;
  }

  /**
   * The remembered head by an older trust root: the one in force pins a later step, so it says nothing of this one. It is good for
   * telling what changed since, and for nothing else.
   */
  async function headOfThen(
    site: string,
    { trust, documents }: TrustReading,
    remembered: RememberedBaseline | null,
  ): Promise<VerifiedBaseline | null> {
    if (remembered === null || trust === null) return null;
    for (let version = trust.version - 1; version >= 1; version--) {
      const older = documents.filter((document) => versionIn(document) <= version);
      const head = await mirroredHead(site, verifyTrust(older, options.pin), remembered, []);
      if (head !== null) return head;
    }
    return null;
  }

  function chainOf(
    site: string,
    trust: VerifiedTrust,
    { documents, records }: DocumentDirectory,
    known: VerifiedBaseline | null,
  ) {
    const input = { trust, site, documents, records, nowMs: options.clock() };
    return verifyChain(known === null ? input : { ...input, known });
  }

  /** Copies what takes effect, before it does. Null when that worked: what cannot be kept does not take effect. */
  async function mirror(
    site: string,
    head: VerifiedBaseline,
    disk: DocumentDirectory,
  ): Promise<ApprovalProblem | null> {
    const mirrored = await readSiteDirectory(mirroredBaselines, site);
    const steps = missingFrom(mirrored, disk).filter((document) =>
      head.ancestry.some((step) => isVersion(document, step.version)),
    );
    const records = [...head.collections.values()].map(
      (collection) => [collection.recordsDigest, recordsBytes(collection)] as const,
    );
    try {
      for (const document of steps) {
        const own = recordsWithAuthors(document, disk);
        await installBaseline(mirroredBaselines, site, document, [...own, ...records]);
      }
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  }
}

/** Records by which a rule may leave authors out: they are needed to verify the step again, also when it is no head any more. */
function recordsWithAuthors(document: SignedDocument, { records }: DocumentDirectory) {
  return parseStatement(document.bytes).collections.flatMap(({ definition, records: digest }) => {
    const bytes = definition.author === undefined ? undefined : records(digest);
    return bytes === undefined ? [] : [[digest, bytes] as const];
  });
}
