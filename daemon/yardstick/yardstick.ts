import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  BaselineError,
  type DocumentDirectory,
  installBaseline,
  installTrustRoot,
  type Problem,
  readSiteDirectory,
  readTrustDirectory,
  recordsBytes,
  recordsFile,
  type SignedDocument,
  siteDirectory,
  type VerifiedBaseline,
  type VerifiedTrust,
  verifyChain,
  verifyTrust,
} from '../../baselines/index.js';
import type { Severity } from '../../notifiers/index.js';
import type { RememberedBaseline } from '../store/store.js';
import { decideYardstick, type YardstickProblem } from './decide.js';
import { NO_EXCUSES, readSiteExcuses, type SiteExcuses } from './excuses.js';

/** Something about the files of approval that people must know of. */
export interface ApprovalProblem {
  /** Code of docs/errors.md. */
  readonly code: string;
  readonly file: string | null;
  readonly detail: string;
  readonly severity: Severity;
}

/** What a site is compared with, and what is wrong with the files that say so. */
export interface SiteApprovals {
  readonly inForce: VerifiedBaseline | null;
  /** `inForce` is not remembered yet: it takes effect now. */
  readonly adopted: boolean;
  /** What was in force before `inForce`, where that is known. */
  readonly previous: VerifiedBaseline | null;
  readonly problems: readonly ApprovalProblem[];
  /** What people signed in advance about changes. */
  readonly excuses: SiteExcuses;
}

/** What the files say, read at one instant. */
export interface Approvals {
  readonly trust: VerifiedTrust | null;
  readonly sites: ReadonlyMap<string, SiteApprovals>;
}

export interface YardstickOptions {
  /** Where people put trust roots and baselines. */
  readonly trustDirectory: string;
  readonly baselinesDirectory: string;
  /** Where the daemon keeps its own copy of everything that ever was in force. */
  readonly keptDirectory: string;
  /** Hex SHA-256 of trust root 1. */
  readonly pin: string;
  readonly sites: readonly string[];
  readonly remembered: (site: string) => RememberedBaseline | null;
  /** Digests of the excuses that were withdrawn at a site. */
  readonly withdrawn: (site: string) => ReadonlySet<string>;
  readonly clock: () => number;
}

/**
 * Returns a function that reads the files of approval and says what is in force. The highest version ever in force is the least that
 * is accepted; what vanishes from the disk is taken from the daemon's own copy, through the same verification. One call at a time.
 */
export function createYardstick(options: YardstickOptions): () => Promise<Approvals> {
  const keptTrust = join(options.keptDirectory, 'trust');
  const keptBaselines = join(options.keptDirectory, 'baselines');
  const inForce = new Map<string, VerifiedBaseline>();

  return async function readApprovals(): Promise<Approvals> {
    const { trust, problems } = await readTrust();
    const sites = new Map<string, SiteApprovals>();
    for (const site of options.sites) sites.set(site, await readSite(site, trust, problems));
    return { trust, sites };
  };

  /** Roots on disk and roots kept are walked as one set: a root that was in force cannot be taken away by deleting it. */
  async function readTrust(): Promise<{ trust: VerifiedTrust | null; problems: ApprovalProblem[] }> {
    const disk = await readTrustDirectory(options.trustDirectory);
    const kept = await readTrustDirectory(keptTrust);
    const problems = disk.problems.map(toApprovalProblem);
    try {
      const trust = verifyTrust([...disk.documents, ...missingFrom(disk, kept)], options.pin);
      const missing = trust.steps.filter(
        (step) => !disk.documents.some((document) => isVersion(document, step.version)),
      );
      if (missing.length > 0) problems.push(rootsMissing(missing.map((step) => step.version)));
      problems.push(...trust.problems.map(toApprovalProblem));
      for (const document of missingFrom(kept, disk)) {
        if (trust.steps.some((step) => isVersion(document, step.version))) {
          await installTrustRoot(keptTrust, document);
        }
      }
      if (options.clock() > trust.expiresMs) problems.push(trustExpired(trust));
      return { trust, problems };
    } catch (error) {
      if (!(error instanceof BaselineError)) throw error;
      const { code, message } = error;
      return {
        trust: null,
        problems: [...problems, { code, file: null, detail: message, severity: 'critical' }],
      };
    }
  }

  async function readSite(
    site: string,
    trust: VerifiedTrust | null,
    trustProblems: readonly ApprovalProblem[],
  ): Promise<SiteApprovals> {
    const previous = inForce.get(site) ?? null;
    if (trust === null) {
      return { inForce: previous, adopted: false, previous, problems: trustProblems, excuses: NO_EXCUSES };
    }
    const directory = await readSiteDirectory(options.baselinesDirectory, site);
    const disk = chainOf(site, trust, directory, previous);
    const remembered = options.remembered(site);
    const kept = remembered === null ? null : await keptHead(site, trust, remembered, previous);
    const decision = decideYardstick({ remembered, kept, disk });
    const problems = [
      ...trustProblems,
      ...directory.problems.map(toApprovalProblem),
      ...disk.problems.map(toApprovalProblem),
      ...(decision.problem === null || remembered === null ? [] : [ofDecision(decision.problem, remembered)]),
    ];
    if (decision.adopt && decision.inForce !== null) {
      const refusal = await keep(site, decision.inForce, directory);
      if (refusal !== null) {
        const known = [...problems, refusal];
        return { inForce: previous, adopted: false, previous, problems: known, excuses: NO_EXCUSES };
      }
    } else if (decision.inForce !== null) {
      problems.push(...recordsMissing(siteDirectory(options.baselinesDirectory, site), decision.inForce));
    }
    if (decision.inForce === null) inForce.delete(site);
    else inForce.set(site, decision.inForce);
    const excuses = await excusesOf(site, trust, decision.inForce);
    problems.push(...excuses.problems.map(toApprovalProblem));
    return {
      inForce: decision.inForce,
      adopted: decision.adopt,
      previous: kept ?? previous,
      problems,
      // Where nothing of the site is left on disk its excuses are not withdrawn; they only excuse nothing.
      excuses: directory.documents.length > 0 ? excuses : NO_EXCUSES,
    };
  }

  function excusesOf(site: string, trust: VerifiedTrust, baseline: VerifiedBaseline | null) {
    const directory = options.baselinesDirectory;
    return readSiteExcuses({ directory, site, trust, baseline, withdrawn: options.withdrawn(site) });
  }

  /** The remembered head: the one still in memory, or the one that our own copy yields. */
  async function keptHead(
    site: string,
    trust: VerifiedTrust,
    remembered: RememberedBaseline,
    previous: VerifiedBaseline | null,
  ): Promise<VerifiedBaseline | null> {
    if (previous?.digest === remembered.digest && previous.trust === trust.digest) return previous;
    const directory = await readSiteDirectory(keptBaselines, site);
    // A crash may have left a copy of a version that never came into force.
    const documents = directory.documents.filter((document) => versionIn(document) <= remembered.version);
    const { head } = chainOf(site, trust, { ...directory, documents }, null);
    return head?.digest === remembered.digest ? head : null;
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
  async function keep(
    site: string,
    head: VerifiedBaseline,
    disk: DocumentDirectory,
  ): Promise<ApprovalProblem | null> {
    const kept = await readSiteDirectory(keptBaselines, site);
    const steps = missingFrom(kept, disk).filter((document) =>
      head.ancestry.some((step) => isVersion(document, step.version)),
    );
    const records = [...head.collections.values()].map(
      (collection) => [collection.recordsDigest, recordsBytes(collection)] as const,
    );
    try {
      for (const document of steps) await installBaseline(keptBaselines, site, document, records);
      return null;
    } catch (error) {
      if (!(error instanceof BaselineError)) throw error;
      return { code: error.code, file: null, detail: error.message, severity: 'critical' };
    }
  }
}

function versionIn(document: SignedDocument): number {
  return Number(/([0-9]+)\.json$/.exec(document.file)?.[1] ?? Number.NaN);
}

function isVersion(document: SignedDocument, version: number): boolean {
  return versionIn(document) === version;
}

/** Documents of `other` that `directory` has not. */
function missingFrom(directory: DocumentDirectory, other: DocumentDirectory): SignedDocument[] {
  return other.documents.filter(
    (document) => !directory.documents.some((one) => versionIn(one) === versionIn(document)),
  );
}

/** The records of a head that is in memory are not read again, so that they are gone must be looked for. */
function recordsMissing(directory: string, head: VerifiedBaseline): ApprovalProblem[] {
  const gone = [...head.collections].filter(
    ([, collection]) => !existsSync(join(directory, recordsFile(collection.recordsDigest))),
  );
  if (gone.length === 0) return [];
  const names = gone.map(([name]) => name).join(', ');
  return [
    {
      code: 'BASELINE_RECORDS_MISSING',
      file: null,
      detail: `The records of ${names} in version ${head.version} are gone from the baseline directory; the daemon's copy stays the yardstick. Restore them.`,
      severity: 'critical',
    },
  ];
}

function toApprovalProblem({ code, file, detail, weight }: Problem): ApprovalProblem {
  return { code, file, detail, severity: SEVERITY_OF[code] ?? (weight === 'refused' ? 'high' : 'medium') };
}

/** Refusals that look like an attack rather than a slip. */
const SEVERITY_OF: Readonly<Record<string, Severity>> = {
  BASELINE_EQUIVOCATION: 'critical',
  BASELINE_EXPIRED: 'high',
  BASELINE_FILE_UNEXPECTED: 'low',
};

function ofDecision(problem: YardstickProblem, { version }: RememberedBaseline): ApprovalProblem {
  switch (problem) {
    case 'rolled-back':
      return {
        code: 'BASELINE_ROLLED_BACK',
        file: null,
        detail: `Version ${version} was in force and is gone from the baseline directory; it stays the yardstick. Restore its files.`,
        severity: 'critical',
      };
    case 'equivocation':
      return {
        code: 'BASELINE_EQUIVOCATION',
        file: null,
        detail: `The baseline directory holds another document of version ${version} than the one in force, which stays the yardstick.`,
        severity: 'critical',
      };
    case 'not-verifiable':
      return {
        code: 'BASELINE_NOT_VERIFIABLE',
        file: null,
        detail: `Version ${version} was in force and cannot be verified any more, so nothing is compared. Restore its files or the pinned trust root.`,
        severity: 'critical',
      };
  }
}

function rootsMissing(versions: readonly number[]): ApprovalProblem {
  return {
    code: 'TRUST_ROOT_MISSING',
    file: null,
    detail: `Trust root ${versions.join(', ')} was in force and is gone from the trust directory; the copy the daemon kept stays in force. Restore it.`,
    severity: 'high',
  };
}

function trustExpired({ version, root }: VerifiedTrust): ApprovalProblem {
  return {
    code: 'TRUST_EXPIRED',
    file: null,
    detail: `Trust root ${version} expired at ${root.expires}; it still counts. Sign a new one.`,
    severity: 'high',
  };
}
