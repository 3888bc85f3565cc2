import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  type DocumentDirectory,
  digestOfFile,
  LIMITS,
  problemOf,
  readSiteDirectory,
  recordsFile,
  type Steps,
  sha256Hex,
  siteDirectory,
  statementFile,
  type VerifiedBaseline,
  type VerifiedTrust,
  verifyStepsInSteps,
} from '../../../baselines/index.js';
import { inSlices } from '../../time/slices.js';
import { isVersion, versionIn } from './documents.js';
import { type ApprovalProblem, toApprovalProblem } from './problems.js';

/** The files of a site's chain as they lie on disk now. */
export interface ChainOnDisk {
  readonly site: string;
  readonly trust: VerifiedTrust;
  /** What they led to when they were verified. */
  readonly active: VerifiedBaseline;
  /** Where the daemon keeps its own copy of the site's files. */
  readonly copy: string;
  /** The directory of all sites, and what was read of this one. */
  readonly folder: string;
  readonly directory: DocumentDirectory;
}

interface SignaturesSeen {
  readonly fingerprint: string;
  readonly problems: readonly ApprovalProblem[];
}

/**
 * Looks at every file of the chain in force again, whole, whatever sizes and times say (invariant 15): a baseline in memory needs them no
 * more, and the next start does. Records are hashed a slice at a time; signatures are verified again only when their bytes are others.
 */
export class WholeFiles {
  /** By site. */
  readonly #seen = new Map<string, SignaturesSeen>();

  async problems(chain: ChainOnDisk): Promise<ApprovalProblem[]> {
    const records = await recordsChanged(chain.folder, chain.site, chain.active, chain.copy);
    return [...records, ...(await this.#signatures(chain))];
  }

  /** Every step of the chain was verified just now, from these very files. */
  async walked(chain: ChainOnDisk): Promise<void> {
    this.#seen.set(chain.site, { fingerprint: await inSlices(signaturesFingerprint(chain)), problems: [] });
  }

  async #signatures(chain: ChainOnDisk): Promise<readonly ApprovalProblem[]> {
    const fingerprint = await inSlices(signaturesFingerprint(chain));
    const seen = this.#seen.get(chain.site);
    if (seen?.fingerprint === fingerprint) return seen.problems;
    const problems = await signersGone(chain);
    this.#seen.set(chain.site, { fingerprint, problems });
    return problems;
  }
}

/** Whether a copy of the chain in force holds each of its statements and the head's records, as they were verified. */
export async function holdsChain(folder: string, site: string, active: VerifiedBaseline): Promise<boolean> {
  const { documents } = await readSiteDirectory(folder, site);
  const digests = new Map(documents.map((document) => [versionIn(document), sha256Hex(document.bytes)]));
  if (!active.ancestry.every(({ version, digest }) => digests.get(version) === digest)) return false;
  return (await recordsChanged(folder, site, active, '')).length === 0;
}

async function recordsChanged(
  folder: string,
  site: string,
  { version, collections }: VerifiedBaseline,
  copy: string,
): Promise<ApprovalProblem[]> {
  const problems: ApprovalProblem[] = [];
  for (const [name, { recordsDigest }] of collections) {
    const file = recordsFile(recordsDigest);
    const restore = `Find out who wrote there, and restore ${file} in ${siteDirectory(folder, site)}; the daemon's own copy lies in ${copy}.`;
    try {
      const found = await digestOfFile(join(siteDirectory(folder, site), file), LIMITS.recordsBytes);
      if (found === recordsDigest) continue;
      const [code, what] =
        found === undefined
          ? ['BASELINE_RECORDS_MISSING', 'are gone from the baseline directory']
          : ['BASELINE_RECORDS_DIGEST', 'were changed in the baseline directory since they were signed'];
      const detail = `The records of ${name} in version ${version} ${what}; what was verified stays in force. ${restore}`;
      problems.push({ code, file: null, detail, severity: 'critical' });
    } catch (error) {
      const problem = toApprovalProblem(problemOf(error, 'refused', null, version));
      const detail = `The records of ${name} in version ${version} cannot be read: ${problem.detail} What was verified stays in force. ${restore}`;
      problems.push({ ...problem, detail, severity: 'critical' });
    }
  }
  return problems;
}

/** Over all bytes that the signatures of the chain in force are made of. */
function* signaturesFingerprint({ trust, active, directory }: ChainOnDisk): Steps<string> {
  const hash = createHash('sha256').update(JSON.stringify([trust.digest, active.digest]));
  for (const { file, bytes, signatures } of stepsOnDisk(active, directory)) {
    const own = signatures.map((one) => [one.file, sha256Hex(Buffer.from(one.text, 'latin1'))]);
    hash.update(JSON.stringify([file, sha256Hex(bytes), own]));
    yield;
  }
  return hash.digest('hex');
}

function stepsOnDisk({ ancestry }: VerifiedBaseline, { documents }: DocumentDirectory) {
  const versions = new Set(ancestry.map(({ version }) => version));
  return documents.filter((document) => versions.has(versionIn(document)));
}

/** People whose signature counted when a step was verified, and does not as it lies there now. */
async function signersGone({
  site,
  trust,
  active,
  folder,
  directory,
  copy,
}: ChainOnDisk): Promise<ApprovalProblem[]> {
  const { records } = directory;
  const documents = stepsOnDisk(active, directory);
  const { steps } = await inSlices(verifyStepsInSteps({ trust, site, documents, records, nowMs: 0 }));
  const now = new Map(steps.map((step) => [step.version, new Set(step.signers)]));
  return active.ancestry.flatMap(({ version, signers }): ApprovalProblem[] => {
    const still = now.get(version);
    const gone = signers.filter((person) => still?.has(person) !== true);
    const isBehind =
      still === undefined && active.ancestry.some((one) => !now.has(one.version) && one.version < version);
    // The first step that does not count says it for those that follow.
    if (gone.length === 0 || isBehind || !documents.some((document) => isVersion(document, version)))
      return [];
    const counts =
      still === undefined
        ? 'Without that the next start does not accept this version'
        : 'The others still suffice';
    return [
      {
        code: 'BASELINE_SIGNATURE_GONE',
        file: statementFile(version),
        detail: `The signature of ${gone.join(', ')} under version ${version} was changed or is gone from the baseline directory. ${counts}; what was verified stays in force. Restore the file in ${siteDirectory(folder, site)}; the daemon's own copy lies in ${copy}.`,
        severity: still === undefined ? 'critical' : 'high',
      },
    ];
  });
}
